// SPDX-License-Identifier: BSL-1.0
// Proves read_to_eof, asyncio's read(-1), against R27 as section 14 mends it: everything in one
// answer, nothing lost on the way, and bounded by at_most and by max_buffered.
#include <penstock/read_operations.hpp>

#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/feed.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;

// R27, I-02, I-05: all pieces in one answer, once the stream has ended
TEST(ReadToEof, CollectsTheWholeStream) {
  for_every_cut("abcdef", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::read_to_eof op;
      EXPECT_EQ(ask_while_bringing(in, op, s, how), need_more());
      in.feed_eof();
      EXPECT_EQ(ask(in, op), delivered("abcdef"));
      EXPECT_TRUE(in.at_eof());
    });
  });
}

// R27: an empty stream is an empty answer, as often as asked
TEST(ReadToEof, OfAnEndedStreamIsEmpty) {
  ps::read_half in;
  in.feed_eof();
  EXPECT_EQ(ask(in, ps::read_to_eof()), delivered(""));
  EXPECT_EQ(ask(in, ps::read_to_eof(0)), delivered(""));
}

// R23, R27, I-25: giving it up loses nothing (asyncio loses all that it had collected)
TEST(ReadToEof, LosesNothingWhenItIsGivenUp) {
  for_every_cut("abcdef", [](const split& s) {
    for_every_way({.limit = 2}, [&](ps::read_half& in, way how) {
      {
        ps::read_to_eof given_up;
        EXPECT_EQ(ask_while_bringing(in, given_up, s, how), need_more());
      }
      EXPECT_EQ(in.buffered(), "abcdef");
      EXPECT_EQ(ask(in, ps::readexactly(2)), delivered("ab"));
      in.feed_eof();
      EXPECT_EQ(ask(in, ps::read_to_eof()), delivered("cdef"));
    });
  });
}

// R20, R27, I-23: an error in the middle leaves what came before it to other reads
TEST(ReadToEof, KeepsTheBytesAtAnError) {
  ps::read_half in;
  ps::read_to_eof op;
  in.feed("abc");
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  in.feed("def");
  in.fail(reset);
  EXPECT_EQ(ask(in, op), failed(reset));
  EXPECT_EQ(ask(in, ps::read_to_eof(2)), failed(reset));
  EXPECT_EQ(ask(in, ps::read_some(9)), delivered("abcdef"));
  EXPECT_EQ(ask(in, op), failed(reset));
}

// R22, R27: the limit does not bound it; the wait makes room up to the cap
TEST(ReadToEof, IsNotBoundedByTheLimit) {
  ps::read_half in({.limit = 2, .max_buffered = 100});
  ps::read_to_eof op;
  in.feed("abcdef");
  EXPECT_TRUE(in.paused());
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  EXPECT_FALSE(in.paused());
  EXPECT_EQ(in.input_room(), 94U);
  in.feed(std::string(93, 'x'));
  EXPECT_EQ(ask(in, op), need_more());
  in.feed_eof();
  EXPECT_EQ(ask(in, op), delivered("abcdef" + std::string(93, 'x')));
}

// R26, R27, I-10: at the cap it fails and keeps the bytes; one byte below it does not
TEST(ReadToEof, IsBoundedByTheCap) {
  ps::read_half in({.limit = 2, .max_buffered = 8});
  ps::read_to_eof op;
  in.feed("abcdefg");
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  EXPECT_EQ(in.input_room(), 1U);
  in.feed("h");
  EXPECT_EQ(ask(in, op), failed(ps::errc::buffer_full));
  EXPECT_EQ(ask(in, op), failed(ps::errc::buffer_full));
  EXPECT_EQ(in.buffered(), "abcdefgh");
  EXPECT_FALSE(in.error());
  EXPECT_EQ(ask(in, ps::readexactly(1)), delivered("a"));
  EXPECT_EQ(ask(in, op), need_more());
  in.feed_eof();
  EXPECT_EQ(ask(in, op), delivered("bcdefgh"));
}

// R27, R43: at_most counts to the byte, in every cutting; more fails and stays
TEST(ReadToEof, MayBeBounded) {
  for_every_cut("abcdef", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::read_to_eof six(6);
      EXPECT_EQ(ask_while_bringing(in, six, s, how), need_more());
      EXPECT_EQ(six.asks(in), 7U);
      ps::read_to_eof five(5);
      EXPECT_EQ(ask(in, five), failed(ps::errc::buffer_full));
      in.feed_eof();
      EXPECT_EQ(ask(in, five), failed(ps::errc::buffer_full));
      EXPECT_EQ(in.buffered(), "abcdef");
      EXPECT_EQ(ask(in, six), delivered("abcdef"));
    });
  });
}

// R27: at most nothing means that the stream must end at once
TEST(ReadToEof, OfAtMostNothingAcceptsOnlyTheEnd) {
  ps::read_half in;
  ps::read_to_eof op(0);
  EXPECT_EQ(ask(in, op), need_more());
  in.feed("x");
  EXPECT_EQ(ask(in, op), failed(ps::errc::buffer_full));
  EXPECT_EQ(in.buffered(), "x");
}
