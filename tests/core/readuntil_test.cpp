// SPDX-License-Identifier: BSL-1.0
// Proves readuntil against R30-R37: tables of the rules' own examples with every answer worked out
// by hand for the whole input and for single bytes, and with the rules read naively for every cut.
#include <penstock/read_operations.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/feed.hpp"
#include "support/naive.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::string_view_literals;
using texts = std::vector<std::string_view>;

namespace {

struct row {
  const char* name;
  texts separators;
  std::size_t limit;
  std::string_view input;
  answer whole;    // when all of it comes at once
  answer by_byte;  // when it comes byte by byte
};

// Where the cutting does not matter.
row same(const char* name, texts separators, std::size_t limit, std::string_view input, answer a) {
  return {name, separators, limit, input, a, a};
}

ps::readuntil until(const texts& separators) {
  return ps::readuntil(ps::separators(std::span<const std::string_view>(separators)));
}

// What the rules give for a cutting: the naive answer at the first piece that has one.
answer by_the_rules(const row& r, const split& s) {
  std::string held;
  answer now;
  for (const std::string_view piece : s.pieces)
    if (now == need_more()) now = naive_readuntil(held += piece, r.separators, r.limit);
  return now;
}

void check(const row& r) {
  SCOPED_TRACE(r.name);
  for_every_cut(r.input, [&](const split& s) {
    for_every_way({.limit = r.limit}, [&](ps::read_half& in, way how) {
      ps::readuntil op = until(r.separators);
      const answer got = ask_while_bringing(in, op, s, how);
      EXPECT_EQ(got, by_the_rules(r, s));
      if (s.pieces.size() == 1) {
        EXPECT_EQ(got, r.whole);
      }
      if (s.pieces.size() == r.input.size()) {
        EXPECT_EQ(got, r.by_byte);
      }
      EXPECT_EQ(in.buffered(), r.input.substr(got.text.size()));
    });
  });
}

}  // namespace

// R31, R32, I-02, I-04: the match that ends first wins, in every cutting
TEST(Readuntil, EndsWhereTheFirstMatchEnds) {
  const row rows[] = {
      same("the rule's example", {"DEF", "BCDE"}, 64, "ABCDEFG", delivered("ABCDE")),
      same("the same, given the other way round", {"BCDE", "DEF"}, 64, "ABCDEFG", delivered("ABCDE")),
      same("one byte", {"\n"}, 64, "ab\ncd\n", delivered("ab\n")),
      same("at the very front", {"\n"}, 64, "\n\n", delivered("\n")),
      same("two bytes", {"\r\n"}, 64, "ab\r\ncd", delivered("ab\r\n")),
      same("the first byte alone is none", {"\r\n"}, 64, "a\rb\r\r\nc", delivered("a\rb\r\r\n")),
      same("overlaps itself", {"aab"}, 64, "aaab", delivered("aaab")),
      same("restarts inside a false start", {"abac"}, 64, "abababac", delivered("abababac")),
      same("NUL", {"\0"sv}, 64, "a\0b"sv, delivered("a\0"sv)),
      same("NULs among others", {"\0\0a"sv}, 64, "\0\0\0a"sv, delivered("\0\0\0a"sv)),
      same("high bytes", {"\xff\xfe"}, 64, "\xff\xff\xfe!", delivered("\xff\xff\xfe")),
      same("three, the last begins first", {"\n", "\r\n", "a\r\n"}, 64, "ba\r\nc", delivered("ba\r\n")),
      same("the longer one ends first", {"z", "abc"}, 64, "xabcz", delivered("xabc")),
      same("the prefix of the other one", {"ab", "abc"}, 64, "xabc", delivered("xab")),
      same("the same twice", {"\n", "\n"}, 64, "a\n", delivered("a\n")),
  };
  for (const row& r : rows) check(r);
}

// R31, R34: of matches that end together the shortest counts, which the limit shows
TEST(Readuntil, GivesTiesToTheShortest) {
  const row rows[] = {
      same("AB starts at 3", {"AB", "AAB"}, 2, "xxAAB", overrun(3)),
      same("the order given does not matter", {"AAB", "AB"}, 2, "xxAAB", overrun(3)),
      same("3 is within a limit of 3", {"AB", "AAB"}, 3, "xxAAB", delivered("xxAAB")),
      same("B starts at 4", {"AAB", "AB", "B"}, 3, "xxAAB", overrun(4)),
      same("4 is within a limit of 4", {"AAB", "AB", "B"}, 4, "xxAAB", delivered("xxAAB")),
  };
  for (const row& r : rows) check(r);
}

// R33, R34, R36: every example of the rule, limit 3
TEST(Readuntil, OverrunsWhereAsyncioDoes) {
  const row rows[] = {
      same("abc\\n passes", {"\n"}, 3, "abc\n", delivered("abc\n")),
      same("abcd\\n is found behind the limit", {"\n"}, 3, "abcd\n", overrun(4)),
      same("abc waits", {"\n"}, 3, "abc", need_more()),
      same("abcd is not found", {"\n"}, 3, "abcd", overrun(4)),
      same("crlf: abcd waits", {"\r\n"}, 3, "abcd", need_more()),
      same("crlf: abcde", {"\r\n"}, 3, "abcde", overrun(4)),
      same("crlf: abcd\\r", {"\r\n"}, 3, "abcd\r", overrun(4)),
      same("crlf: abcd\\r\\n", {"\r\n"}, 3, "abcd\r\n", overrun(4)),
      same("crlf: abc\\r\\n passes", {"\r\n"}, 3, "abc\r\n", delivered("abc\r\n")),
      same("boundary: 8 bytes wait", {"\n", "BOUNDARY"}, 3, "abcdefgh", need_more()),
      same("boundary: 10 bytes wait", {"\n", "BOUNDARY"}, 3, "abcdefghij", need_more()),
      same("boundary: 11 bytes", {"\n", "BOUNDARY"}, 3, "abcdefghijk", overrun(4)),
      same("boundary: passes", {"\n", "BOUNDARY"}, 3, "abcBOUNDARY", delivered("abcBOUNDARY")),
      same("boundary: found behind the limit", {"\n", "BOUNDARY"}, 3, "abcdBOUNDARY", overrun(4)),
      same("boundary: the newline behind the limit", {"\n", "BOUNDARY"}, 3, "abcdefgh\n", overrun(8)),
      same("the shortest matched", {"AB", "AAB"}, 2, "xxAAB", overrun(3)),
  };
  for (const row& r : rows) check(r);
}

// R33, R34, I-02: consumed() of an overrun is the match's start or what had come, by the cutting
TEST(Readuntil, TellsHowMuchIsSurelyNoSeparator) {
  const row rows[] = {
      {"one byte", {"\n"}, 3, "abcdefgh\n", overrun(8), overrun(4)},
      {"two bytes", {"\r\n"}, 3, "abcdefgh\r\n", overrun(8), overrun(4)},
      {"none at all", {"\n"}, 3, "abcdefgh", overrun(8), overrun(4)},
      {"none at all, two bytes", {"\r\n"}, 3, "abcdefgh", overrun(7), overrun(4)},
      {"two separators", {"\n", "end"}, 3, "abcdefgh", overrun(6), overrun(4)},
      same("limit 1", {"\n"}, 1, "ab\n", overrun(2)),
      same("limit 1 exactly", {"\n"}, 1, "a\n", delivered("a\n")),
  };
  for (const row& r : rows) check(r);
}

// R35, R36, I-05: at the end of the stream
TEST(Readuntil, AtTheEndGivesWhatIsLeftUnlessItIsTooLong) {
  struct end_row {
    std::string_view input;
    answer expected;
    std::string_view left;
  };
  const end_row rows[] = {
      {"", incomplete(""), ""},          {"abc", incomplete("abc"), ""},
      {"abc\n", delivered("abc\n"), ""}, {"abc\nde", delivered("abc\n"), "de"},
      {"abcd", overrun(4), "abcd"},  // an over-long rest is R33, not R35
      {"abcd\n", overrun(4), "abcd\n"},
  };
  for (const end_row& r : rows) {
    SCOPED_TRACE(ps::quoted(r.input));
    ps::read_half in({.limit = 3});
    in.feed(r.input);
    in.feed_eof();
    ps::readuntil op("\n");
    EXPECT_EQ(ask(in, op), r.expected);
    EXPECT_EQ(in.buffered(), r.left);
    EXPECT_EQ(in.at_eof(), r.left.empty());
  }
}

// R35, R44, I-05: partial data is told with expected() 0, once; then it is over for ever
TEST(Readuntil, IsIncompleteOnceAndThenEmptyForEver) {
  for_every_cut("abc", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::readuntil op("\n");
      EXPECT_EQ(ask_while_bringing(in, op, s, how), need_more());
      in.feed_eof();
      EXPECT_EQ(ask(in, op), incomplete("abc", 0));
      EXPECT_TRUE(in.at_eof());
      EXPECT_EQ(ask(in, op), incomplete(""));
      EXPECT_EQ(ask(in, op), incomplete(""));
    });
  });
}

// R30: bad separators are told before data and before a stored error, and cost nothing
TEST(Readuntil, RefusesBadSeparatorsFirst) {
  const texts none;
  const texts nine(9, "x");
  const texts one_empty = {"\n", "", "x"};
  const auto check_all = [&](ps::read_half& in) {
    EXPECT_EQ(ask(in, ps::readuntil("")), failed(ps::errc::empty_separator));
    EXPECT_EQ(ask(in, until(none)), failed(ps::errc::empty_separator));
    EXPECT_EQ(ask(in, until(one_empty)), failed(ps::errc::empty_separator));
    EXPECT_EQ(ask(in, until(nine)), failed(ps::errc::too_many_separators));
  };
  ps::read_half in;
  check_all(in);
  in.feed("line\n");
  check_all(in);
  in.fail(std::make_error_code(std::errc::connection_reset));
  check_all(in);
  EXPECT_EQ(in.buffered(), "line\n");
  const texts eight = {"1", "2", "3", "4", "5", "6", "7", "\n"};
  EXPECT_EQ(ask(in, until(eight)), delivered("line\n"));
}

// R11, R30, R43: a limit of its own replaces the half's, and is checked before anything else
TEST(Readuntil, MayHaveALimitOfItsOwn) {
  ps::read_half in({.limit = 3});
  in.feed("abcdef\n");
  EXPECT_EQ(ask(in, ps::readuntil("\n", 5)), overrun(6));
  EXPECT_EQ(ask(in, ps::readuntil("\n", 6)), delivered("abcdef\n"));
  EXPECT_EQ(ask(in, ps::readuntil("\n", 0)), failed(ps::errc::bad_option));
  EXPECT_EQ(ask(in, ps::readuntil("\n", in.max_buffered() + 1)), failed(ps::errc::bad_option));
  EXPECT_EQ(ask(in, ps::readuntil("\n", in.max_buffered())), need_more());
  in.fail(std::make_error_code(std::errc::connection_reset));
  EXPECT_EQ(ask(in, ps::readuntil("\n", 0)), failed(ps::errc::bad_option));
}

// R30: also where the cap has fallen below it since it last answered, whatever is known of what comes next
TEST(Readuntil, ChecksItsLimitWhenItIsAskedAgain) {
  for (int answers = 0; answers != 4; ++answers) {
    ps::read_half in({.limit = 100, .max_buffered = 1});
    ps::readuntil op("\r\n", 200);
    in.feed("ab\r\nab\r\nab\r\nab\r\nab\r\n and more than is needed to look ahead");
    for (int i = 0; i != answers; ++i) EXPECT_EQ(ask(in, op), delivered("ab\r\n"));
    EXPECT_FALSE(in.set_limit(1));
    EXPECT_EQ(ask(in, op), failed(ps::errc::bad_option)) << answers;
  }
}

// One operation asks one half. Where it is asked of another one all the same, what it remembers of places that are not
// there is nothing.
TEST(Readuntil, RemembersNothingOfPlacesThatAreNotThere) {
  ps::read_half first;
  ps::readuntil op("\r\n");
  first.feed(std::string(1000, 'x'));
  EXPECT_EQ(ask(first, op), need_more());
  ps::read_half second;
  second.feed("ab\r\n");
  EXPECT_EQ(ask(second, op), delivered("ab\r\n"));
}

// R20, R24, I-23: complete records come before a stored error; a broken one is left where it is
TEST(Readuntil, DeliversWhatIsCompleteBeforeAnError) {
  const auto reset = std::make_error_code(std::errc::connection_reset);
  ps::read_half in;
  in.feed("one\ntwo\nthr");
  in.fail(reset);
  ps::readuntil op("\n");
  EXPECT_EQ(ask(in, op), delivered("one\n"));
  EXPECT_EQ(ask(in, op), delivered("two\n"));
  EXPECT_EQ(ask(in, op), failed(reset));
  EXPECT_EQ(ask(in, op), failed(reset));
  EXPECT_EQ(in.buffered(), "thr");
  ps::read_half long_rest({.limit = 3});
  long_rest.feed("abcdef");
  long_rest.fail(reset);
  EXPECT_EQ(ask(long_rest, op), overrun(6)) << "as at the end of the stream";
}

// R26, R33, I-10: where the cap comes before the limit and a separator, it is the cap that is told
TEST(Readuntil, IsBoundedByTheCap) {
  ps::read_half in({.limit = 3, .max_buffered = 7});
  ps::readuntil op("twelve bytes");
  in.feed("abcdef");
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  EXPECT_EQ(in.input_room(), 1U);
  in.feed("g");
  EXPECT_EQ(ask(in, op), failed(ps::errc::buffer_full));
  EXPECT_EQ(in.buffered(), "abcdefg");
}

// R32, I-04: with an operation that is asked again, candidates are known ahead; each differs from the separator in one
// of its bytes, wherever that is, until the match comes
TEST(Readuntil, TellsEveryNearMatchFromAMatch) {
  for (std::size_t size = 3; size != 40; ++size) {
    std::string wanted(size, '=');
    wanted.front() = '<';
    wanted.back() = '>';
    ps::readuntil op(wanted);
    ps::read_half in;
    for (std::size_t wrong = 1; wrong != size - 1; ++wrong) {
      SCOPED_TRACE(testing::Message() << size << " bytes, the one at " << wrong << " is another");
      std::string record = wanted;
      record[wrong] ^= 1;
      record += "..." + wanted;
      in.feed(record + record);
      EXPECT_EQ(ask(in, op), delivered(record));
      EXPECT_EQ(ask(in, op), delivered(record));
      EXPECT_EQ(ask(in, op), need_more());
    }
  }
}
