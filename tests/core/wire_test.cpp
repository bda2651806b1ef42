// SPDX-License-Identifier: BSL-1.0
// Proves that two connections joined by their wires alone carry bytes both ways, in order, within
// bounded memory, and end in every order that two peers can: plain and through users' filters, with
// sends and receives of every length, lent or received in place.
#include <penstock/wire.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/deadlines.hpp>

#include "support/pair.hpp"
#include "support/printing.hpp"
#include "support/talkers.hpp"
#include "support/user_filters.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;
using state = ps::connection_state;

namespace {

const flip_filter flipping;

struct joint {
  std::size_t fragment;
  bool lends;
  bool flips;
};
void PrintTo(const joint& j, std::ostream* out) {
  *out << j.fragment << " bytes at once, " << (j.lends ? "lent" : "prepared") << (j.flips ? ", flipped" : ", plain");
}

class Pair : public testing::TestWithParam<joint> {
 protected:
  pair_options options(ps::read_options reading = {}, ps::write_options writing = {}) const {
    const ps::filter* const around = GetParam().flips ? &flipping : nullptr;
    return {.link = {.fragment = GetParam().fragment, .capacity = 3000, .lends = GetParam().lends},
            .reading = reading,
            .writing = writing,
            .around_a = around,
            .around_b = around};
  }
  // As much as takes a moment at these fragments.
  std::size_t plenty() const { return std::min<std::size_t>(300'000, 3000 + 1000 * GetParam().fragment); }
};

std::string test_name(const testing::TestParamInfo<joint>& info) {
  const joint& j = info.param;
  return (j.flips ? "Flipped" : "Plain") + std::string(j.lends ? "Lent" : "Prepared") + std::to_string(j.fragment);
}

const joint joints[] = {{1, true, false},      {1, false, false},     {2, true, false},       {7, false, false},
                        {100, true, false},    {1021, false, false},  {100'000, true, false}, {100'000, false, false},
                        {1, true, true},       {3, false, true},      {100, true, true},      {1021, false, true},
                        {100'000, true, true}, {100'000, false, true}};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Joints, Pair, testing::ValuesIn(joints), test_name);

// I-3, I-6: all of it, both ways at once, each end ended by its own side.
TEST_P(Pair, CarriesTwoTextsBothWays) {
  pair p(options());
  speaker say_a{p.a.stream, prose(plenty(), 1)};
  speaker say_b{p.b.stream, prose(plenty(), 2)};
  listener hear_a{p.a.stream};
  listener hear_b{p.b.stream};
  p.a.end.application = both(say_a, hear_a);
  p.b.end.application = both(say_b, hear_b);
  p.drive_bounded();
  EXPECT_TRUE(hear_b.heard == say_a.text);
  EXPECT_TRUE(hear_a.heard == say_b.text);
  EXPECT_TRUE(hear_a.at_eof && hear_b.at_eof);
  EXPECT_EQ(p.a.stream.state(), state::both_ended);
  EXPECT_EQ(p.b.stream.state(), state::both_ended);

  p.a.stream.close();
  p.b.stream.close();
  p.drive_bounded();
  EXPECT_TRUE(p.a.end.closed() && p.b.end.closed());
  EXPECT_FALSE(p.a.stream.out().bytes_lost() || p.b.stream.out().bytes_lost());
  EXPECT_EQ(p.a.blocks.live_bytes() + p.b.blocks.live_bytes(), 0U) << "I-11: nothing is held at the end";
}

// I-6: a peer that ends first hears the whole answer.
TEST_P(Pair, AnswersAPeerThatHasEnded) {
  pair p(options({.limit = 500}, {.high = 700, .low = 300}));
  speaker say{p.a.stream, prose(plenty())};
  listener hear{p.a.stream};
  echo answer{p.b.stream};
  p.a.end.application = both(say, hear);
  p.b.end.application = std::ref(answer);
  p.drive_bounded();
  EXPECT_TRUE(hear.heard == say.text);
  EXPECT_TRUE(hear.at_eof);
  EXPECT_TRUE(p.b.end.closed());
  EXPECT_EQ(p.a.stream.state(), state::both_ended);
}

// R2, R74, I-10, I-13: who does not read stops who writes; nobody holds more than the marks allow.
TEST_P(Pair, HoldsAWriterBackWhoseReaderDoesNotRead) {
  const ps::read_options reading{.limit = 1000};
  const ps::write_options writing{.high = 2000, .low = 500};
  pair p(options(reading, writing));
  speaker say{p.a.stream, prose(std::max<std::size_t>(plenty(), 20'000)), 100};
  listener hear{p.b.stream, {}, false, {}, false};
  p.a.end.application = std::ref(say);
  p.b.end.application = std::ref(hear);

  std::size_t most_sending = 0;
  std::size_t most_receiving = 0;
  const auto watch = [&] {
    most_sending = std::max(most_sending, p.a.stream.out().pending());
    most_receiving = std::max(most_receiving, p.b.stream.in().buffered().size());
    EXPECT_LE(p.a.stream.out().capacity(), 2 * p.a.stream.out().pending() + 4096);
    EXPECT_LE(p.b.stream.in().capacity(), 2 * p.b.stream.in().buffered().size() + 4096);
  };
  while (p.step()) watch();
  EXPECT_TRUE(p.a.stream.out().full());
  EXPECT_TRUE(p.b.stream.in().paused());
  EXPECT_EQ(p.b.stream.input_room(), 0U);
  EXPECT_LT(say.written, say.text.size());
  EXPECT_EQ(p.b.stream.in().buffered().size(), 2 * reading.limit + 1);

  hear.listening = true;
  while (p.step()) watch();
  EXPECT_TRUE(hear.heard == say.text);
  EXPECT_TRUE(hear.at_eof);
  EXPECT_LE(most_sending, writing.high + say.piece);
  EXPECT_LE(most_receiving, 2 * reading.limit + 1);
}

// R117, R57, R78: data, then the end, then the loss; a close in the middle of sending loses
// nothing.
TEST_P(Pair, DeliversAllThatWasWrittenBeforeAClose) {
  pair p(options());
  speaker say{p.a.stream, prose(std::min<std::size_t>(plenty(), 60'000)), 1'000'000, false};
  listener hear{p.b.stream};
  p.b.end.application = std::ref(hear);
  say();
  p.a.stream.close();
  p.drive_bounded();
  EXPECT_TRUE(hear.heard == say.text);
  EXPECT_TRUE(hear.at_eof);
  EXPECT_FALSE(hear.error);
  EXPECT_TRUE(p.a.end.closed());
  EXPECT_FALSE(p.a.stream.out().bytes_lost());
  EXPECT_EQ(p.b.stream.state(), state::input_ended);
}

// R79 as mended, I-3: the peer of an abort sees a prefix and an error, never an end.
TEST_P(Pair, ShowsAnAbortAsAnError) {
  pair p(options());
  speaker say{p.a.stream, prose(10'000), 10'000, false};
  listener hear{p.b.stream};
  p.b.end.application = std::ref(hear);
  say();
  p.step();
  p.a.stream.abort();
  p.drive_bounded();
  EXPECT_LT(hear.heard.size(), say.text.size());
  EXPECT_EQ(hear.heard, say.text.substr(0, hear.heard.size()));
  EXPECT_FALSE(hear.at_eof);
  EXPECT_EQ(hear.error, reset);
  EXPECT_TRUE(p.a.stream.out().bytes_lost());
  EXPECT_FALSE(p.a.stream.close_reason());
  EXPECT_EQ(p.b.stream.close_reason(), reset);
  EXPECT_EQ(p.b.stream.write("too late"), ps::errc::not_connected);
}

// R83, R77 as mended, I-22: one loss, told to reads and writes; what was unsent is known to be
// lost.
TEST_P(Pair, TellsAWriterThatItsPeerHasGone) {
  pair p(options());
  EXPECT_FALSE(p.b.stream.write("unread"));
  p.step();
  p.b.stream.close();
  p.step();
  ASSERT_TRUE(p.b.end.closed());
  EXPECT_FALSE(p.a.stream.write("nobody hears this"));
  p.drive_bounded();
  EXPECT_TRUE(p.a.end.closed());
  EXPECT_EQ(p.a.stream.state(), state::closed);
  EXPECT_TRUE(p.a.stream.out().bytes_lost());
  EXPECT_EQ(p.a.stream.write("nor this"), ps::errc::not_connected);
  listener hear{p.a.stream};
  hear();
  EXPECT_EQ(hear.heard, std::string_view("unread").substr(0, hear.heard.size()));
  EXPECT_EQ(hear.error, reset);
}

// R78 as mended: a peer that never reads does not hold a close for ever.
TEST_P(Pair, GivesUpAFlushThatNobodyTakes) {
  pair p(options({.limit = 100}));
  const ps::deadlines policy;
  ps::deadline_watch watch(policy, p.now);
  p.a.stream.watch(&watch);
  EXPECT_FALSE(p.a.stream.write(prose(10'000)));
  p.a.stream.close();
  const ps::time_point closed_at = p.now;
  p.drive_bounded();
  EXPECT_EQ(p.a.stream.state(), state::closing);
  ASSERT_TRUE(p.wait());
  EXPECT_EQ(p.now, closed_at + policy.close_flush);
  p.drive_bounded();
  EXPECT_TRUE(p.a.end.closed());
  EXPECT_TRUE(p.a.stream.out().bytes_lost());
  EXPECT_EQ(p.a.stream.close_reason(), ps::errc::timed_out);
  EXPECT_EQ(p.b.stream.close_reason(), reset);
  EXPECT_FALSE(p.wait());
}

// Both close at once: nobody waits for the other.
TEST_P(Pair, ClosesOnBothSidesAtOnce) {
  pair p(options());
  EXPECT_FALSE(p.a.stream.write("from a"));
  EXPECT_FALSE(p.b.stream.write("from b"));
  p.a.stream.close();
  p.b.stream.close();
  p.drive_bounded();
  EXPECT_TRUE(p.a.end.closed() && p.b.end.closed());
  EXPECT_EQ(p.a.stream.state(), state::closed);
  EXPECT_EQ(p.b.stream.state(), state::closed);
}
