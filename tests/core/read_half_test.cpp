// SPDX-License-Identifier: BSL-1.0
// Proves the receiving half itself: arrival (R14-R16), the end and errors (R17, R18, R20), the
// views that it hands out, and operations that a user wrote.
#include <penstock/read_half.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/feed.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// A record of three bytes whose author thought of nothing but that.
struct triple {
  bool ready(const ps::read_half& in) const { return in.buffered().size() >= 3; }
  ps::read_outcome take(ps::read_half& in) const { return ps::read_outcome::data(in.consume(3)); }
};

// Drops dots; answers with the first other byte.
struct first_but_dots {
  bool ready(const ps::read_half& in) const { return !in.buffered().empty(); }
  ps::read_outcome take(ps::read_half& in) const {
    const std::string_view one = in.consume(1);
    return one == "." ? ps::read_outcome::need_more() : ps::read_outcome::data(one);
  }
};

static_assert(ps::read_operation<triple> && ps::read_operation<ps::readuntil> && !ps::read_operation<int>);
static_assert(!std::is_copy_constructible_v<ps::read_half> && !std::is_copy_assignable_v<ps::read_half>);

}  // namespace

// R11: a limit of 0 is refused before a half is made
TEST(ReadHalf, ChecksItsOptions) {
  EXPECT_FALSE(check(ps::read_options{}));
  EXPECT_FALSE(check(ps::read_options{.limit = 1, .max_buffered = 0}));
  EXPECT_EQ(check(ps::read_options{.limit = 0}), ps::errc::bad_option);
}

// R14: nothing arrives, nothing happens
TEST(ReadHalf, IgnoresEmptyPieces) {
  ps::read_half in;
  arena memory;
  in.feed("");
  in.commit(0);
  in.lend(std::string_view());
  memory.lend(in, "");
  EXPECT_TRUE(in.prepare(0).empty());
  EXPECT_TRUE(in.buffered().empty());
  EXPECT_EQ(in.capacity(), 0U);
  EXPECT_FALSE(in.at_eof());
  EXPECT_EQ(ask(in, ps::read_some(1)), need_more());
}

// R15, I-01: pieces are appended in order, whichever way each of them comes
TEST(ReadHalf, AppendsWhatArrives) {
  for (const way first : every_way) {
    for (const way second : every_way) {
      SCOPED_TRACE(::testing::Message() << first << " then " << second);
      ps::read_half in;
      bringer one(in, first), two(in, second);
      one.bring("ab");
      two.bring("cdef");
      EXPECT_EQ(in.buffered(), "abcdef");
      in.settle();
      EXPECT_EQ(in.buffered(), "abcdef");
      two.bring("g");
      EXPECT_EQ(in.buffered(), "abcdefg");
      in.settle();
      in.validate();
    }
  }
}

// R15: only what is committed has arrived; the rest of what was prepared is forgotten
TEST(ReadHalf, TakesInWhatIsCommitted) {
  ps::read_half in;
  std::span<char> to = in.prepare(100);
  ASSERT_EQ(to.size(), 100U);
  std::copy_n("abcdef", 6, to.begin());
  EXPECT_TRUE(in.buffered().empty());
  in.commit(4);
  EXPECT_EQ(in.buffered(), "abcd");
  static_cast<void>(in.prepare(50));
  to = in.prepare(3);
  ASSERT_EQ(to.size(), 3U) << "exactly what was asked for";
  std::copy_n("xyz", 3, to.begin());
  in.commit(3);
  EXPECT_EQ(in.buffered(), "abcdxyz");
}

// R16, R17, I-05: the end, twice; at_eof once nothing is left
TEST(ReadHalf, EndsOnce) {
  ps::read_half in;
  in.feed("ab");
  EXPECT_FALSE(in.ended());
  in.feed_eof();
  in.feed_eof();
  EXPECT_TRUE(in.ended());
  EXPECT_FALSE(in.at_eof());
  EXPECT_EQ(ask(in, ps::read_some(1)), delivered("a"));
  EXPECT_FALSE(in.at_eof());
  EXPECT_EQ(ask(in, ps::read_some(1)), delivered("b"));
  EXPECT_TRUE(in.at_eof());
}

// R17, R18: an error is no end of file, keeps what is buffered, and does not hide an end of file
TEST(ReadHalf, KnowsAnErrorFromTheEnd) {
  ps::read_half in;
  in.feed("ab");
  in.fail(reset);
  EXPECT_EQ(in.error(), reset);
  EXPECT_TRUE(in.ended());
  EXPECT_EQ(in.buffered(), "ab");
  static_cast<void>(in.consume(2));
  EXPECT_FALSE(in.at_eof());
  in.feed_eof();
  EXPECT_TRUE(in.at_eof());
}

// R18, I-23: the first error stays, and every operation gets it
TEST(ReadHalf, KeepsTheFirstError) {
  ps::read_half in;
  in.fail(reset);
  in.fail(refused);
  in.fail(ps::errc::timed_out);
  EXPECT_EQ(in.error(), reset);
  EXPECT_EQ(ask(in, ps::read_some(1)), failed(reset));
  EXPECT_EQ(ask(in, ps::readexactly(1)), failed(reset));
  EXPECT_EQ(ask(in, ps::readuntil("\n")), failed(reset));
  EXPECT_EQ(ask(in, ps::readline()), failed(reset));
  EXPECT_EQ(ask(in, ps::read_to_eof()), failed(reset));
  EXPECT_EQ(ask(in, ps::skip_until("\n")), failed(reset));
  EXPECT_EQ(ask(in, triple()), failed(reset));
}

// R25, R26, R28, R29: at the end a read that takes nothing un-pauses only if it is read_some
TEST(ReadHalf, StaysPausedByWhatTheEndCutShort) {
  ps::read_half in({.limit = 4});
  in.feed("123456789");
  in.feed_eof();
  EXPECT_EQ(ask(in, ps::readexactly(20)), incomplete("123456789", 20));
  EXPECT_TRUE(in.paused());
  EXPECT_EQ(ask(in, ps::readexactly(0)), delivered(""));
  EXPECT_EQ(ask(in, ps::read_some(0)), delivered(""));
  EXPECT_TRUE(in.paused());
  EXPECT_EQ(ask(in, ps::read_some(1)), eof());
  EXPECT_FALSE(in.paused());
}

// R20: error() tells early, while the bytes are still delivered
TEST(ReadHalf, TellsAnErrorWhileBytesAreLeft) {
  ps::read_half in;
  in.feed("a\nb");
  in.fail(reset);
  EXPECT_EQ(in.error(), reset);
  EXPECT_EQ(ask(in, ps::readline()), delivered("a\n"));
  EXPECT_EQ(ask(in, ps::readline()), failed(reset));
  EXPECT_EQ(ask(in, ps::readexactly(1)), delivered("b"));
}

// I-19, I-27: taking more does not move what was handed out
TEST(ReadHalf, KeepsViewsWhileBytesAreTaken) {
  ps::read_half in;
  in.feed("one\ntwo\nthree\n");
  ps::readline op;
  const std::string_view one = in.poll(op).text();
  const std::string_view two = in.poll(op).text();
  const std::string_view three = in.poll(op).text();
  EXPECT_EQ(one, "one\n");
  EXPECT_EQ(two, "two\n");
  EXPECT_EQ(three, "three\n");
}

// R29, R35: an operation that thinks of nothing gets ends, errors and the cap for free
TEST(ReadHalf, AnswersForAnOperationThatCannot) {
  ps::read_half in({.limit = 1, .max_buffered = 3});
  triple op;
  in.feed("abcd");
  EXPECT_EQ(ask(in, op), delivered("abc"));
  EXPECT_EQ(ask(in, op), need_more());
  in.feed_eof();
  EXPECT_EQ(ask(in, op), incomplete("d", 0));
  EXPECT_EQ(ask(in, op), eof());

  struct never {
    bool ready(const ps::read_half&) const { return false; }
    ps::read_outcome take(ps::read_half&) const { return ps::read_outcome::eof(); }
  };
  ps::read_half full({.limit = 1, .max_buffered = 3});
  full.feed("abc");
  EXPECT_EQ(ask(full, never()), failed(ps::errc::buffer_full));
  EXPECT_EQ(full.buffered(), "abc");
}

// R22: take() may drop bytes and ask for more; poll goes on as long as it is ready
TEST(ReadHalf, GoesOnBehindDroppedBytes) {
  for_every_cut("...a.b", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      bringer source(in, how);
      std::string all;
      for (const std::string_view piece : s.pieces) {
        source.bring(piece);
        for (answer a = ask(in, first_but_dots()); a != need_more(); a = ask(in, first_but_dots())) all += a.text;
        source.end_turn();
        EXPECT_TRUE(in.buffered().empty());
      }
      EXPECT_EQ(all, "ab");
    });
  });
}

// I-17, I-24: a million drops in one question take no more stack than one
TEST(ReadHalf, DropsAsOftenAsAnOperationLikes) {
  // In a process of its own: running out of stack would end this one.
  const auto run = [] {
    ps::read_half in;
    in.feed(std::string(1'000'000, '.') + "a");
    std::_Exit(ask(in, first_but_dots()) == delivered("a") ? 0 : 1);
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(0), "");
}
