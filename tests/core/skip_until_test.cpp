// SPDX-License-Identifier: BSL-1.0
// Proves the two ways out of an overrun, R38's readexactly(consumed()) and skip_until: no separator
// is split, no byte behind it is lost, and memory stays bounded, in every cutting.
#include <penstock/read_operations.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/counting_blocks.hpp"
#include "support/feed.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// The recipe of R38: asks for records while the pieces come; what overruns is taken by readexactly.
// The record that such pieces begin is put together again.
std::vector<std::string> recover(ps::read_half& in, ps::separators ends, const split& s, way how) {
  bringer source(in, how);
  std::vector<std::string> records;
  std::string begun;
  for (const std::string_view piece : s.pieces) {
    source.bring(piece);
    for (;;) {
      ps::readuntil op(ends);
      const answer a = ask(in, op);
      if (a == need_more()) break;
      if (a.status == ps::read_status::limit_overrun) {
        const answer taken = ask(in, ps::readexactly(a.consumed));
        EXPECT_EQ(taken.text.size(), a.consumed);
        begun += taken.text;
      } else {
        EXPECT_EQ(a.status, ps::read_status::data);
        records.push_back(begun + a.text);
        begun.clear();
      }
    }
    source.end_turn();
  }
  return records;
}

}  // namespace

// R38, R33, R34, I-01, I-02: the recipe gives every record whole, in every cutting
TEST(Recovery, ByReadexactlyNeverSplitsASeparator) {
  struct row {
    const char* name;
    ps::separators ends;
    std::string_view input;
    std::vector<std::string> records;
  };
  const row rows[] = {
      {"one byte", "\n", "abcdefgh\nok\nabcd\n", {"abcdefgh\n", "ok\n", "abcd\n"}},
      {"two bytes", "\r\n", "abcdefgh\r\nok\r\n", {"abcdefgh\r\n", "ok\r\n"}},
      {"a false start at the cut", "\r\n", "abcd\rfgh\r\r\nok\r\n", {"abcd\rfgh\r\r\n", "ok\r\n"}},
      {"several", {"\n", "END"}, "abcdefENDok\nabcdEN\n", {"abcdefEND", "ok\n", "abcdEN\n"}},
      {"overlapping itself", "aab", "xxxxaaaabok aab", {"xxxxaaaab", "ok aab"}},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    for_every_cut(r.input, [&](const split& s) {
      for_every_way({.limit = 3}, [&](ps::read_half& in, way how) {
        EXPECT_EQ(recover(in, r.ends, s, how), r.records);
        EXPECT_TRUE(in.buffered().empty());
      });
    });
  }
}

// R38: what the recipe takes of the limit's own examples
TEST(Recovery, TakesWhatCannotBelongToTheSeparator) {
  ps::read_half in({.limit = 3});
  in.feed("abcd\r");
  EXPECT_EQ(ask(in, ps::readuntil("\r\n")), overrun(4));
  EXPECT_EQ(ask(in, ps::readexactly(4)), delivered("abcd"));
  EXPECT_EQ(ask(in, ps::readuntil("\r\n")), need_more());
  in.feed("\n");
  EXPECT_EQ(ask(in, ps::readuntil("\r\n")), delivered("\r\n"));
}

// R38, I-02: drops through the separator, answers with it, leaves what follows
TEST(SkipUntil, DropsThroughTheSeparator) {
  struct row {
    const char* name;
    ps::separators ends;
    std::string_view input;
    std::string_view found;
  };
  const row rows[] = {
      {"one byte", "\n", "abcdefgh\n", "\n"},
      {"at the front", "\r\n", "\r\n", "\r\n"},
      {"two bytes", "\r\n", "abc\r\r\n", "\r\n"},
      {"overlapping itself", "aab", "aaaaab", "aab"},
      {"the one that ends first", {"DEF", "BCDE"}, "ABCDE", "BCDE"},
      {"of equal ends the shortest", {"\r\n", "\n"}, "ab\r\n", "\n"},
      {"a long one", "--boundary--", "xx--bound--boundary--", "--boundary--"},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    for_every_split(r.input, [&](const split& s) {
      for_every_way({.limit = 3}, [&](ps::read_half& in, way how) {
        bringer source(in, how);
        ps::skip_until op(r.ends);
        answer got;
        for (const std::string_view piece : s.pieces) {
          source.bring(piece);
          if (got == need_more()) got = ask(in, op);
          source.end_turn();
        }
        EXPECT_EQ(got, delivered(r.found));
        EXPECT_EQ(in.buffered(), s.trailing);
      });
    });
  }
}

// R38, R33: after an overrun it leads to the next record
TEST(SkipUntil, IsAWayOutOfAnOverrun) {
  ps::read_half in({.limit = 3});
  in.feed("abcdef");
  EXPECT_EQ(ask(in, ps::readuntil("\r\n")), overrun(5));
  ps::skip_until skip("\r\n");
  EXPECT_EQ(ask(in, skip), need_more());
  EXPECT_EQ(in.buffered(), "f") << "all but what may begin a separator is gone";
  in.feed("gh\r");
  EXPECT_EQ(ask(in, skip), need_more());
  EXPECT_EQ(in.buffered(), "\r");
  in.feed("\nok\r\n");
  EXPECT_EQ(ask(in, skip), delivered("\r\n"));
  EXPECT_EQ(ask(in, ps::readuntil("\r\n")), delivered("ok\r\n"));
}

// R23: one that is given up has dropped what it saw; another one goes on, also across a cut
TEST(SkipUntil, CanBeTakenUpByAnotherOne) {
  for_every_cut("abcdef\r\nok", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      bringer source(in, how);
      answer got;
      for (const std::string_view piece : s.pieces) {
        source.bring(piece);
        if (got == need_more()) got = ask(in, ps::skip_until("\r\n"));
        source.end_turn();
      }
      EXPECT_EQ(got, delivered("\r\n"));
      EXPECT_EQ(in.buffered(), "ok");
    });
  });
}

// I-05: the end first: all dropped, eof
TEST(SkipUntil, AnswersEofIfTheStreamEndsFirst) {
  for_every_cut("abcdef\r", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      bringer source(in, how);
      ps::skip_until op("\r\n");
      for (const std::string_view piece : s.pieces) {
        source.bring(piece);
        EXPECT_EQ(ask(in, op), need_more());
        source.end_turn();
      }
      in.feed_eof();
      EXPECT_EQ(ask(in, op), eof());
      EXPECT_TRUE(in.at_eof());
      EXPECT_EQ(ask(in, op), eof());
    });
  });
}

// R20, R30, I-23: separators first, then what is buffered, then the error
TEST(SkipUntil, FailsInTheOrderOfTheOthers) {
  const auto reset = std::make_error_code(std::errc::connection_reset);
  ps::read_half in;
  in.feed("ab\n");
  in.fail(reset);
  EXPECT_EQ(ask(in, ps::skip_until("")), failed(ps::errc::empty_separator));
  const std::vector<std::string_view> nine(9, "x");
  EXPECT_EQ(ask(in, ps::skip_until(std::span<const std::string_view>(nine))), failed(ps::errc::too_many_separators));
  EXPECT_EQ(in.buffered(), "ab\n");
  EXPECT_EQ(ask(in, ps::skip_until("\n")), delivered("\n"));
  EXPECT_EQ(ask(in, ps::skip_until("\n")), failed(reset));
  EXPECT_EQ(ask(in, ps::skip_until("")), failed(ps::errc::empty_separator));
}

// I-10, I-11, I-15: 4 MiB are skipped in the memory of one piece
TEST(SkipUntil, WorksInBoundedMemory) {
  counting_blocks blocks;
  ps::read_half in({.limit = 1000}, blocks);
  ps::skip_until op("\r\n\r\n");
  const std::string piece(1024, '\r');
  for (int i = 0; i < 4096; ++i) {
    in.feed(piece);
    ASSERT_EQ(ask(in, op), need_more());
    in.settle();
    ASSERT_EQ(in.buffered().size(), 3U);
  }
  EXPECT_LE(blocks.peak_bytes(), 4096U);
  in.feed("\n\r\nok");
  EXPECT_EQ(ask(in, op), delivered("\r\n\r\n"));
  EXPECT_EQ(in.buffered(), "ok");
}
