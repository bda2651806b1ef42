// SPDX-License-Identifier: BSL-1.0
// Proves readexactly against R28 and R29, and the hard cap that section 14 puts on it: exact
// counts in every cutting, the end, errors, and the boundary of max_buffered.
#include <penstock/read_operations.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/feed.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;

// R29, I-01, I-02: n bytes, not one more, in every cutting
TEST(Readexactly, GivesExactlyWhatWasAskedFor) {
  for_every_split("abcdef", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::readexactly op(6);
      EXPECT_EQ(ask_while_bringing(in, op, s, how), delivered("abcdef"));
      EXPECT_EQ(in.buffered(), s.trailing);
    });
  });
}

// R29, I-02: a part of what came, and the rest by the next one
TEST(Readexactly, SplitsAPieceAsAsked) {
  for_every_split("abcdef", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::readexactly op(4);
      EXPECT_EQ(ask_while_bringing(in, op, s, how), delivered("abcd"));
      EXPECT_EQ(ask(in, ps::readexactly(1)), delivered("e"));
      EXPECT_EQ(ask(in, ps::readexactly(1)), delivered("f"));
      EXPECT_EQ(in.buffered(), s.trailing);
    });
  });
}

// R28: nothing asked for is given at once, before and at the end
TEST(Readexactly, OfNothingNeverWaits) {
  ps::read_half in;
  EXPECT_EQ(ask(in, ps::readexactly(0)), delivered(""));
  in.feed("ab");
  EXPECT_EQ(ask(in, ps::readexactly(0)), delivered(""));
  EXPECT_EQ(in.buffered(), "ab");
  in.feed_eof();
  EXPECT_EQ(ask(in, ps::readexactly(2)), delivered("ab"));
  EXPECT_EQ(ask(in, ps::readexactly(0)), delivered(""));
}

// R28, R20: a stored error beats a read of nothing, once nothing is buffered
TEST(Readexactly, OfNothingTellsAStoredError) {
  ps::read_half in;
  in.fail(reset);
  EXPECT_EQ(ask(in, ps::readexactly(0)), failed(reset));
}

// R29, R44, I-05: the end before n bytes gives all that was left, with what was asked for
TEST(Readexactly, IsIncompleteAtTheEnd) {
  for_every_cut("abc", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::readexactly op(5);
      EXPECT_EQ(ask_while_bringing(in, op, s, how), need_more());
      in.feed_eof();
      EXPECT_EQ(ask(in, op), incomplete("abc", 5));
      EXPECT_TRUE(in.at_eof());
      EXPECT_EQ(ask(in, op), incomplete("", 5));
      EXPECT_EQ(ask(in, ps::readexactly(1)), incomplete("", 1));
    });
  });
}

// R29: enough at the end is a whole answer
TEST(Readexactly, TakesTheLastBytesAtTheEnd) {
  ps::read_half in;
  in.feed("abc");
  in.feed_eof();
  EXPECT_EQ(ask(in, ps::readexactly(3)), delivered("abc"));
  EXPECT_EQ(ask(in, ps::readexactly(3)), incomplete("", 3));
}

// R20, I-23: enough bytes come before an error; too few are left where they are
TEST(Readexactly, LeavesTooFewBytesToOthersAfterAnError) {
  ps::read_half in;
  in.feed("abcde");
  in.fail(reset);
  EXPECT_EQ(ask(in, ps::readexactly(3)), delivered("abc"));
  EXPECT_EQ(ask(in, ps::readexactly(3)), failed(reset));
  EXPECT_EQ(in.buffered(), "de");
  EXPECT_EQ(ask(in, ps::read_some(9)), delivered("de"));
  EXPECT_EQ(ask(in, ps::readexactly(3)), failed(reset));
}

// R24: bytes and an error that come together during a wait are seen in that order
TEST(Readexactly, SeesAnErrorBehindTheBytes) {
  ps::read_half in;
  ps::readexactly op(4);
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  in.feed("ab");
  in.fail(reset);
  EXPECT_EQ(ask(in, op), failed(reset));
  EXPECT_EQ(in.buffered(), "ab");
}

// R23, I-25: giving up a wait loses nothing
TEST(Readexactly, LosesNothingWhenItIsGivenUp) {
  for_every_cut("abcdef", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::readexactly given_up(100);
      EXPECT_EQ(ask_while_bringing(in, given_up, s, how), need_more());
      EXPECT_EQ(ask(in, ps::readexactly(6)), delivered("abcdef"));
    });
  });
}

// R22, R29: more than twice the limit can be asked for; the wait makes the room
TEST(Readexactly, IsNotBoundedByTheLimit) {
  ps::read_half in({.limit = 2});
  ps::readexactly op(20);
  in.feed("abcde");
  EXPECT_TRUE(in.paused());
  EXPECT_EQ(ask(in, op), need_more());
  EXPECT_EQ(in.input_room(), 0U);
  in.await_input(op);
  EXPECT_EQ(op.asks(in), 20U);
  EXPECT_EQ(in.input_room(), 15U);
  in.feed("fghijklmnopqrs");
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  EXPECT_EQ(in.input_room(), 1U);
  in.feed("t");
  EXPECT_EQ(ask(in, op), delivered("abcdefghijklmnopqrst"));
}

// R26, R29, I-10: max_buffered bounds it: what fits is given, one byte more is buffer_full
TEST(Readexactly, IsBoundedByTheCap) {
  constexpr ps::read_options options{.limit = 2, .max_buffered = 8};
  ps::read_half fits(options);
  ps::readexactly eight(8);
  fits.feed("abcdefg");
  EXPECT_EQ(ask(fits, eight), need_more());
  fits.await_input(eight);
  EXPECT_EQ(fits.input_room(), 1U);
  fits.feed("h");
  EXPECT_TRUE(fits.full());
  EXPECT_EQ(ask(fits, eight), delivered("abcdefgh"));

  ps::read_half too_small(options);
  ps::readexactly nine(9);
  too_small.feed("abcdefg");
  EXPECT_EQ(ask(too_small, nine), need_more());
  too_small.await_input(nine);
  EXPECT_EQ(too_small.input_room(), 1U);
  too_small.feed("h");
  EXPECT_EQ(too_small.input_room(), 0U);
  EXPECT_EQ(ask(too_small, nine), failed(ps::errc::buffer_full));
  EXPECT_EQ(ask(too_small, nine), failed(ps::errc::buffer_full));
  EXPECT_EQ(too_small.buffered(), "abcdefgh");
  EXPECT_FALSE(too_small.error()) << "buffer_full is the operation's answer, not the stream's end";
  EXPECT_EQ(ask(too_small, eight), delivered("abcdefgh"));
}

// R29: at the cap the end of the stream comes first
TEST(Readexactly, AtTheCapIsIncompleteOnceTheStreamHasEnded) {
  ps::read_half in({.limit = 2, .max_buffered = 8});
  in.feed("abcdefgh");
  in.feed_eof();
  EXPECT_EQ(ask(in, ps::readexactly(9)), incomplete("abcdefgh", 9));
}
