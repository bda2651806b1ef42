// SPDX-License-Identifier: BSL-1.0
// Proves when reading pauses and how much may come in (R2, R15, R22, R37, I-10): tables of paused()
// and input_room() at the limit, twice the limit and one byte more, idle and during each wait.
#include <penstock/read_half.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/framing.hpp>
#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/feed.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// An operation that does not say what it asks for: everything, once ten bytes are there.
struct ten_or_more {
  bool ready(const ps::read_half& in) const { return in.buffered().size() >= 10; }
  ps::read_outcome take(ps::read_half& in) const { return ps::read_outcome::data(in.consume(in.buffered().size())); }
};

struct level {
  std::size_t buffered;
  bool paused;
  std::size_t room;
};

void expect_level(const ps::read_half& in, const level& expected) {
  EXPECT_EQ(in.buffered().size(), expected.buffered);
  EXPECT_EQ(in.paused(), expected.paused) << "at " << expected.buffered;
  EXPECT_EQ(in.input_room(), expected.room) << "at " << expected.buffered;
  EXPECT_EQ(in.wants_input(), expected.room != 0);
}

// limit, limit + 1, 2 * limit, 2 * limit + 1 and their neighbours, for a limit of 4.
constexpr level levels_of_4[] = {{0, false, 9}, {1, false, 8}, {3, false, 6}, {4, false, 5},
                                 {5, false, 4}, {7, false, 2}, {8, false, 1}, {9, true, 0}};

}  // namespace

// R1, R11: the defaults
TEST(Pausing, HasAsynciosLimit) {
  const ps::read_half in;
  EXPECT_EQ(in.limit(), 65536U);
  EXPECT_EQ(in.max_buffered(), 16U * 1024 * 1024);
  expect_level(in, {0, false, 131073});
}

// R2, R15, I-10: paused above twice the limit, and room for no more than one byte above it
TEST(Pausing, BeginsAboveTwiceTheLimit) {
  for (const level& expected : levels_of_4) {
    for_every_way({.limit = 4}, [&](ps::read_half& in, way how) {
      bringer source(in, how);
      source.bring(std::string(expected.buffered, 'x'));
      expect_level(in, expected);
      source.end_turn();
      expect_level(in, expected);
    });
  }
}

// R2, R15: the same byte by byte, and with the default limit
TEST(Pausing, BeginsAtTheSameByteHoweverTheyCome) {
  ps::read_half small({.limit = 4});
  for (std::size_t n = 1; n <= 9; ++n) {
    small.feed("x");
    EXPECT_EQ(small.paused(), n == 9);
    EXPECT_EQ(small.input_room(), 9 - n);
  }
  for (const level& expected : {level{64 * kib, false, 64 * kib + 1}, level{64 * kib + 1, false, 64 * kib},
                                level{128 * kib, false, 1}, level{128 * kib + 1, true, 0}}) {
    ps::read_half in;
    in.feed(std::string(expected.buffered, 'x'));
    expect_level(in, expected);
  }
}

// R15: feed and prepare may bring more than there is room for; that pauses, too
TEST(Pausing, CountsWhatIsFedBeyondTheRoom) {
  ps::read_half in({.limit = 4});
  in.feed(std::string(100, 'x'));
  expect_level(in, {100, true, 0});
  in.feed("x");
  expect_level(in, {101, true, 0});
}

// R2, R37: once paused, until the limit is reached again
TEST(Pausing, EndsAtTheLimit) {
  for (const std::size_t fed : {std::size_t{9}, std::size_t{100}}) {
    ps::read_half in({.limit = 4});
    in.feed(std::string(fed, 'x'));
    static_cast<void>(in.consume(fed - 9));
    for (std::size_t left = 8; left > 4; --left) {
      static_cast<void>(in.consume(1));
      expect_level(in, {left, true, 0});
    }
    static_cast<void>(in.consume(1));
    expect_level(in, {4, false, 5});
    in.feed("xxxx");
    expect_level(in, {8, false, 1});
    in.feed("x");
    expect_level(in, {9, true, 0});
  }
}

// R37: every read that takes enough resumes; an overrun takes nothing and does not
TEST(Pausing, EndsWithTheReadThatTakesEnough) {
  const auto filled = [](ps::read_half& in) {
    in.feed("abcd\nefgh");
    EXPECT_TRUE(in.paused());
  };
  ps::read_half some({.limit = 4}), exactly({.limit = 4}), until({.limit = 4}), line({.limit = 4}), over({.limit = 4});
  for (ps::read_half* in : {&some, &exactly, &until, &line, &over}) filled(*in);
  EXPECT_EQ(ask(some, ps::read_some(4)), delivered("abcd"));
  expect_level(some, {5, true, 0});
  EXPECT_EQ(ask(some, ps::read_some(1)), delivered("\n"));
  expect_level(some, {4, false, 5});
  EXPECT_EQ(ask(exactly, ps::readexactly(5)), delivered("abcd\n"));
  expect_level(exactly, {4, false, 5});
  EXPECT_EQ(ask(until, ps::readuntil("\n")), delivered("abcd\n"));
  expect_level(until, {4, false, 5});
  EXPECT_EQ(ask(line, ps::readline()), delivered("abcd\n"));
  expect_level(line, {4, false, 5});
  EXPECT_EQ(ask(over, ps::readuntil("h")), overrun(8));
  expect_level(over, {9, true, 0});
}

// R22: asking leaves the pause; waiting ends it and makes the room that the operation needs
TEST(Pausing, EndsWithAWaitAndMakesTheRoomAskedFor) {
  const auto room_for = [](auto op) {
    ps::read_half in({.limit = 4, .max_buffered = 64});
    in.feed("0xxxxxxxx");
    EXPECT_EQ(ask(in, op), need_more());
    expect_level(in, {9, true, 0});
    in.await_input(op);
    EXPECT_FALSE(in.paused());
    in.validate();
    return in.input_room();
  };
  EXPECT_EQ(room_for(ps::readexactly(10)), 1U);
  EXPECT_EQ(room_for(ps::readexactly(20)), 11U);
  EXPECT_EQ(room_for(ps::readexactly(1000)), 55U) << "max_buffered";
  EXPECT_EQ(room_for(ps::readuntil("twelve bytes")), 7U) << "4 + 12 - 9";
  EXPECT_EQ(room_for(ps::readuntil({"\n", "twelve bytes"})), 7U);
  EXPECT_EQ(room_for(ps::readuntil("\n", 30)), 22U) << "30 + 1 - 9";
  EXPECT_EQ(room_for(ps::readline(30)), 22U);
  EXPECT_EQ(room_for(ps::read_to_eof()), 55U);
  EXPECT_EQ(room_for(ps::read_to_eof(14)), 6U) << "one more than at most: 15 - 9";
  EXPECT_EQ(room_for(ps::length_prefixed(1)), 40U) << "1 + '0' = 49 bytes";
}

// R22: who does not say what it needs gets the limit's worth more
TEST(Pausing, GivesAWaitThatDoesNotSayALimitMore) {
  ps::read_half in({.limit = 4});
  ten_or_more op;
  in.feed("xxxxxxxxx");
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  expect_level(in, {9, false, 4});
  in.feed("x");
  EXPECT_EQ(ask(in, op), delivered("xxxxxxxxxx"));
}

// R22: a wait with little buffered has the usual room
TEST(Pausing, LeavesTheUsualRoomToAShortWait) {
  ps::read_half in({.limit = 4});
  in.await_input(ps::read_some(1));
  expect_level(in, {0, false, 9});
  in.await_input(ps::readexactly(2));
  expect_level(in, {0, false, 9});
}

// R15, R22, I-10: during a wait bytes come up to what was asked for, then the usual levels count
TEST(Pausing, IsHeldOffDuringAWaitOnly) {
  ps::read_half in({.limit = 4});
  ps::readexactly op(12);
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  expect_level(in, {0, false, 12});
  for (std::size_t n = 1; n < 12; ++n) {
    in.feed("x");
    expect_level(in, {n, false, 12 - n});
    EXPECT_EQ(ask(in, op), need_more());
    in.await_input(op);
  }
  in.feed("xyyyyyyyyy");
  EXPECT_EQ(ask(in, op), delivered("xxxxxxxxxxxx"));
  expect_level(in, {9, true, 0});
}

// R15, R37: what came during the wait pauses as if nobody had waited
TEST(Pausing, CountsWhatCameDuringAWait) {
  struct row {
    std::size_t fed;
    level after;  // readexactly(3), limit 4
  };
  for (const row r : {row{7, {4, false, 5}}, row{8, {5, false, 4}}, row{9, {6, true, 0}}, row{12, {9, true, 0}}}) {
    ps::read_half in({.limit = 4});
    ps::readexactly op(3);
    in.await_input(op);
    in.feed(std::string(r.fed, 'x'));
    EXPECT_EQ(ask(in, op).status, ps::read_status::data);
    expect_level(in, r.after);
  }
}

// R33, R37: an overrun that ends a wait leaves what arrived to pause
TEST(Pausing, SurvivesAnOverrun) {
  ps::read_half in({.limit = 4});
  ps::readuntil op("\n");
  in.await_input(op);
  in.feed("xxxxxxxxx");
  EXPECT_EQ(ask(in, op), overrun(9));
  expect_level(in, {9, true, 0});
  EXPECT_EQ(ask(in, ps::readexactly(5)).status, ps::read_status::data);
  expect_level(in, {4, false, 5});
}

// R23, I-25: giving up a wait gives up its room
TEST(Pausing, TakesTheRoomBackFromAWaitGivenUp) {
  ps::read_half in({.limit = 4});
  ps::readexactly op(100);
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  in.feed("xxxxxxxxxx");
  EXPECT_EQ(in.input_room(), 90U);
  in.stop_awaiting();
  EXPECT_EQ(in.input_room(), 0U);
  EXPECT_EQ(in.buffered(), "xxxxxxxxxx");
  static_cast<void>(in.consume(6));
  expect_level(in, {4, false, 5});
}

// R16, R18: nothing more is wanted once the stream has ended, whoever waits
TEST(Pausing, WantsNothingAfterTheEnd) {
  ps::read_half ended;
  ended.feed_eof();
  EXPECT_EQ(ended.input_room(), 0U);
  ps::read_half broken;
  broken.await_input(ps::readexactly(5));
  broken.fail(std::make_error_code(std::errc::connection_reset));
  EXPECT_EQ(broken.input_room(), 0U);
}

// R11, R43: the limit can be set at any time, to anything but 0, and may end the pause
TEST(Pausing, FollowsALimitThatIsSet) {
  ps::read_half in({.limit = 4});
  in.feed("xxxxxxxxx");
  EXPECT_EQ(in.set_limit(0), ps::errc::bad_option);
  EXPECT_EQ(in.limit(), 4U);
  EXPECT_FALSE(in.set_limit(8));
  expect_level(in, {9, true, 0});
  EXPECT_FALSE(in.set_limit(9));
  expect_level(in, {9, false, 10});
  EXPECT_FALSE(in.set_limit(2));
  EXPECT_EQ(in.input_room(), 0U) << "more than 2 * 2 + 1 are there";
  static_cast<void>(in.consume(7));
  expect_level(in, {2, false, 3});
}

// I-10: the cap is at least 2 * limit + 1, and nothing gets past it
TEST(Pausing, NeverMakesRoomPastTheCap) {
  ps::read_half tight({.limit = 4, .max_buffered = 1});
  EXPECT_EQ(tight.max_buffered(), 9U);
  tight.await_input(ps::readexactly(50));
  expect_level(tight, {0, false, 9});
  tight.feed("xxxxxxxx");
  EXPECT_FALSE(tight.full());
  expect_level(tight, {8, false, 1});
  tight.feed("x");
  EXPECT_TRUE(tight.full());
  EXPECT_EQ(tight.input_room(), 0U);

  ps::read_half raised({.limit = 4, .max_buffered = 20});
  EXPECT_EQ(raised.max_buffered(), 20U);
  EXPECT_FALSE(raised.set_limit(10));
  EXPECT_EQ(raised.max_buffered(), 21U);
}
