// SPDX-License-Identifier: BSL-1.0
// Proves how a connection is ended: half-close in both orders, close that flushes, abort that
// drops; what was received stays readable, what comes too late is discarded.
#include <penstock/connection.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arrivals.hpp"
#include "support/counting_blocks.hpp"
#include "support/printing.hpp"
#include "support/states.hpp"

namespace ps = penstock;
using namespace penstock_test;
using state = ps::connection_state;
using step = ps::wire_step;

// --- half-close ---------------------------------------------------------------------------------

// I-6, R49 (as mended), R80: the peer's end stops no write.
TEST(Connection, WritesOnAfterThePeersEnd) {
  ps::connection c;
  arrive(c, "last words");
  c.input_ended();
  EXPECT_FALSE(c.write("an answer"));
  EXPECT_EQ(drain(c), "an answer");
  EXPECT_EQ(next_read(c), delivered("last words"));
  EXPECT_EQ(next_read(c), eof());
  EXPECT_FALSE(c.write("and more"));
  EXPECT_FALSE(c.write_eof());
  EXPECT_EQ(drain(c), "and more");
  EXPECT_EQ(c.state(), state::both_ended);
  EXPECT_EQ(next_step(c), step::idle) << "it stays open until close()";
}

// I-6, R80: our end stops no read.
TEST(Connection, ReadsOnAfterItsOwnEnd) {
  ps::connection c;
  EXPECT_FALSE(c.write("all of it"));
  EXPECT_FALSE(c.write_eof());
  EXPECT_EQ(drain(c), "all of it");
  EXPECT_EQ(next_read(c), need_more());
  arrive(c, "an answer");
  EXPECT_EQ(next_read(c), delivered("an answer"));
  c.input_ended();
  EXPECT_EQ(next_read(c), eof());
  EXPECT_EQ(c.state(), state::both_ended);
  EXPECT_EQ(next_step(c), step::idle);
}

// --- close --------------------------------------------------------------------------------------

// R57, R78: what was written leaves, then the socket is closed.
TEST(Connection, FlushesBeforeItCloses) {
  ps::connection c;
  EXPECT_FALSE(c.write("goodbye"));
  c.close();
  EXPECT_TRUE(c.is_closing());
  EXPECT_EQ(c.out().pending(), 7U);
  EXPECT_EQ(next_step(c), step::send);
  c.consume_output(3);
  c.close();
  EXPECT_EQ(drain(c), "dbye");
  EXPECT_EQ(next_step(c), step::close);
  EXPECT_FALSE(c.aborted());
  c.lost({});
  EXPECT_FALSE(c.out().bytes_lost());
  EXPECT_FALSE(c.close_reason());
}

TEST(Connection, SendsTheFinThatWasAskedForBeforeItCloses) {
  ps::connection c;
  EXPECT_FALSE(c.write("x"));
  EXPECT_FALSE(c.write_eof());
  c.close();
  EXPECT_EQ(next_step(c), step::send);
  c.consume_output(1);
  EXPECT_EQ(next_step(c), step::shutdown);
  c.output_shut_down();
  EXPECT_EQ(next_step(c), step::close);
}

// R56, R53: a drain after close goes on by the marks.
TEST(Connection, DrainsByItsMarksWhileItCloses) {
  ps::connection c({}, {.high = 5, .low = 2});
  EXPECT_FALSE(c.write("123456"));
  c.close();
  EXPECT_TRUE(c.out().full());
  c.consume_output(3);
  EXPECT_TRUE(c.out().full());
  c.consume_output(1);
  EXPECT_FALSE(c.out().full());
}

// R92 (as mended): what arrives after close() is discarded, what arrived before is not.
TEST(Connection, DiscardsWhatArrivesAfterClose) {
  ps::connection c;
  arrive(c, "before ");
  const std::span<char> under_way = c.prepare_input(5);
  ASSERT_EQ(under_way.size(), 5U);
  c.close();
  EXPECT_EQ(c.input_room(), 0U);
  std::fill(under_way.begin(), under_way.end(), 'x');
  c.commit_input(5);
  arrive(c, "after");
  EXPECT_TRUE(c.prepare_input(5).empty());
  EXPECT_EQ(next_read(c), delivered("before "));
  EXPECT_EQ(next_read(c), need_more());
  c.lost({});
  EXPECT_EQ(next_read(c), eof());
}

TEST(Connection, DoesNotDiscardWhatArrivesAfterWriteEof) {
  ps::connection c;
  EXPECT_FALSE(c.write_eof());
  arrive(c, "an answer");
  EXPECT_EQ(next_read(c), delivered("an answer"));
}

// --- abort --------------------------------------------------------------------------------------

// R79 (as mended), I-3: what the peer saw is a prefix, and it is told by a reset.
TEST(Connection, DropsWhatIsQueuedWhenAborted) {
  ps::connection c({}, {.high = 1, .low = 0});
  EXPECT_FALSE(c.write("some bytes"));
  c.consume_output(4);
  EXPECT_TRUE(c.out().full());
  c.abort();
  EXPECT_TRUE(c.aborted());
  EXPECT_EQ(c.out().pending(), 0U);
  EXPECT_TRUE(c.out().bytes_lost());
  EXPECT_FALSE(c.out().full()) << "R55: nobody drains for ever";
  EXPECT_EQ(next_step(c), step::close);
  c.lost({});
  EXPECT_FALSE(c.aborted());
  EXPECT_FALSE(c.close_reason()) << "it was asked for";
  EXPECT_EQ(next_read(c), eof());
}

TEST(Connection, LosesNothingByAnAbortWithNothingQueued) {
  ps::connection c;
  EXPECT_FALSE(c.write("x"));
  EXPECT_EQ(drain(c), "x");
  c.abort();
  EXPECT_FALSE(c.out().bytes_lost());
}

TEST(Connection, TurnsACloseIntoAnAbort) {
  ps::connection c;
  EXPECT_FALSE(c.write("never read"));
  c.close();
  c.abort();
  EXPECT_EQ(next_step(c), step::close);
  EXPECT_TRUE(c.aborted());
  EXPECT_TRUE(c.out().bytes_lost());
}

// Owned bytes are given back as soon as they are dropped.
TEST(Connection, GivesOwnedBytesBackWhenTheyAreDropped) {
  const std::string large(5000, 'x');
  for (const bool by_loss : {false, true}) {
    int released = 0;
    const auto release = [](void* context) noexcept { ++*static_cast<int*>(context); };
    ps::connection c;
    EXPECT_FALSE(c.write(ps::owned_bytes(large, release, &released)));
    c.consume_output(4999);
    EXPECT_EQ(released, 0);
    by_loss ? c.lost(reset) : c.abort();
    EXPECT_EQ(released, 1);
  }
}

// I-11: the end of a turn is the end of it for both halves.
TEST(Connection, SettlesBothHalves) {
  counting_blocks blocks;
  ps::connection c({}, {}, blocks);
  EXPECT_FALSE(c.write(std::string(30'000, 'w')));
  c.in().feed(std::string(30'000, 'r'));
  c.consume_output(29'990);
  c.in().consume(29'990);
  c.settle_input();
  EXPECT_LE(c.out().capacity(), 2U * 10U + 4096U);
  EXPECT_LE(c.in().capacity(), 2U * 10U + 4096U);
  EXPECT_EQ(blocks.live_bytes(), c.out().capacity() + c.in().capacity());
}

// R10: a transport that brings more places for views than are of use is given only those.
TEST(Connection, OffersAtMost64SegmentsToASend) {
  ps::connection c;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(c.write(ps::owned_bytes(std::string(1024, 'x'))));
  for (const std::size_t room : {1U, 63U, 64U, 65U, 200U}) {
    std::array<std::string_view, 200> views;
    std::size_t count = 0;
    EXPECT_EQ(c.next_output(std::span(views).first(room), count), step::send);
    EXPECT_EQ(count, std::min<std::size_t>(room, 64));
  }
}

// For who puts a filter around it in the middle of a turn: nothing leaves, and nothing is lost.
TEST(Connection, HoldsItsOutputBack) {
  counting_blocks blocks;
  ps::block_source& source = blocks;
  ps::connection c({}, {}, blocks);
  EXPECT_EQ(&c.blocks(), &source);
  std::string_view segments[4];
  std::size_t count = 0;
  EXPECT_FALSE(c.write("later"));
  EXPECT_FALSE(c.write_eof());
  c.hold_output(true);
  EXPECT_EQ(c.next_output(segments, count), ps::wire_step::idle);
  EXPECT_EQ(count, 0U);
  EXPECT_EQ(c.out().pending(), 5U);
  c.close();
  EXPECT_EQ(c.next_output(segments, count), ps::wire_step::idle);
  c.hold_output(false);
  EXPECT_EQ(c.next_output(segments, count), ps::wire_step::send);
  c.hold_output(true);
  c.abort();
  EXPECT_EQ(c.next_output(segments, count), ps::wire_step::close) << "what is aborted does not wait";
}

// What a filter may say of itself; a connection says nothing.
TEST(Connection, HasNoPropertyOfAFilters) {
  const ps::connection c;
  char text[8];
  for (const std::string_view key : {"cipher", "layer", ""}) EXPECT_EQ(c.property(key, text), 0U);
  EXPECT_EQ(c.family(), nullptr);
  EXPECT_TRUE(c.can_write_eof());
  EXPECT_TRUE(c.handshake_done());
}
