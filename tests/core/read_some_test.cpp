// SPDX-License-Identifier: BSL-1.0
// Proves read_some, asyncio's read(n), against R25 and R26: what it takes, when it waits, and what
// it answers at the end and after an error.
#include <penstock/read_operations.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/feed.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;

// R26: up to n of what is there, without waiting for more
TEST(ReadSome, TakesAtMostWhatWasAskedFor) {
  struct row {
    std::size_t n;
    std::string_view expected;
  };
  for (const row r : {row{1, "a"}, row{5, "abcde"}, row{6, "abcdef"}, row{7, "abcdef"},
                      row{std::numeric_limits<std::size_t>::max(), "abcdef"}}) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      bringer source(in, how);
      source.bring("abcdef");
      EXPECT_EQ(ask(in, ps::read_some(r.n)), delivered(r.expected));
      source.end_turn();
      EXPECT_EQ(in.buffered(), std::string_view("abcdef").substr(r.expected.size()));
    });
  }
}

// R26, I-02: each answer is the piece that came, and together they are the input
TEST(ReadSome, AnswersWithTheFirstPiece) {
  for_every_split("abcdef", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::read_some op(64);
      EXPECT_EQ(ask_while_bringing(in, op, s, how), delivered(s.pieces.front()));
      std::string rest(in.buffered());
      EXPECT_EQ(std::string(s.pieces.front()) + rest, "abcdef" + std::string(s.trailing));
    });
  });
}

// R26: an empty stream waits; it asks for one byte
TEST(ReadSome, WaitsForTheFirstByte) {
  ps::read_half in;
  ps::read_some op(4);
  EXPECT_EQ(ask(in, op), need_more());
  EXPECT_EQ(op.asks(in), 1U);
  in.feed("");
  EXPECT_EQ(ask(in, op), need_more());
  in.feed("x");
  EXPECT_EQ(ask(in, op), delivered("x"));
  EXPECT_EQ(ask(in, op), need_more());
}

// R26: more than the limit may be taken at once
TEST(ReadSome, IsNotBoundedByTheLimit) {
  ps::read_half in({.limit = 2});
  in.feed("abcdefgh");
  EXPECT_EQ(ask(in, ps::read_some(7)), delivered("abcdefg"));
}

// R25: no bytes asked for are given at once, at the end of the stream, too
TEST(ReadSome, OfNothingNeverWaits) {
  ps::read_half in;
  EXPECT_EQ(ask(in, ps::read_some(0)), delivered(""));
  in.feed("ab");
  EXPECT_EQ(ask(in, ps::read_some(0)), delivered(""));
  EXPECT_EQ(in.buffered(), "ab");
  in.feed_eof();
  EXPECT_EQ(ask(in, ps::read_some(0)), delivered(""));
  EXPECT_EQ(ask(in, ps::read_some(2)), delivered("ab"));
  EXPECT_EQ(ask(in, ps::read_some(0)), delivered(""));
}

// R25, R20: with nothing buffered a stored error comes first, also before a read of nothing
TEST(ReadSome, OfNothingTellsAStoredError) {
  ps::read_half in;
  in.fail(reset);
  EXPECT_EQ(ask(in, ps::read_some(0)), failed(reset));
  EXPECT_EQ(ask(in, ps::read_some(1)), failed(reset));
}

// R20, I-23: buffered bytes before the error, as often as it takes
TEST(ReadSome, DeliversBufferedBytesBeforeAnError) {
  ps::read_half in;
  in.feed("abcd");
  in.fail(reset);
  EXPECT_EQ(ask(in, ps::read_some(3)), delivered("abc"));
  EXPECT_EQ(ask(in, ps::read_some(3)), delivered("d"));
  EXPECT_EQ(ask(in, ps::read_some(3)), failed(reset));
  EXPECT_EQ(ask(in, ps::read_some(3)), failed(reset));
}

// R26, I-05: at the end what is left, then eof for ever
TEST(ReadSome, AnswersEofForEver) {
  for_every_cut("abcd", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      bringer source(in, how);
      for (const std::string_view piece : s.pieces) source.bring(piece);
      source.end_turn();
      in.feed_eof();
      EXPECT_EQ(ask(in, ps::read_some(99)), delivered("abcd"));
      for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(in, ps::read_some(99)), eof());
    });
  });
}

// R16, R24: an end that comes during the wait ends it
TEST(ReadSome, SeesTheEndAndTheErrorAfterEachWake) {
  ps::read_half ending;
  ps::read_some op(1);
  EXPECT_EQ(ask(ending, op), need_more());
  ending.await_input(op);
  ending.feed_eof();
  EXPECT_EQ(ask(ending, op), eof());

  ps::read_half failing;
  EXPECT_EQ(ask(failing, op), need_more());
  failing.await_input(op);
  failing.feed("x");
  failing.fail(reset);
  EXPECT_EQ(ask(failing, op), delivered("x"));
  EXPECT_EQ(ask(failing, op), failed(reset));
}
