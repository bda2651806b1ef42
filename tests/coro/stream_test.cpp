// SPDX-License-Identifier: BSL-1.0
// Proves who is woken when on one stream: one reader, any number of writers in their order, and
// nobody for ever; and that a stream that has much to read leaves others their turn.
#include <penstock/coro/stream.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/memory_pair.hpp"

namespace ps = penstock;
using penstock_test::pass;
using penstock_test::read_all;
using namespace std::chrono_literals;

namespace {

using text = ps::task<std::string>;
using notes = std::vector<std::string>;

using Stream = penstock_test::on_a_pair;

ps::task<> read_line(ps::stream_reader& in, notes* to) {
  std::string line;
  try {
    line = co_await in.readline();
  } catch (const std::logic_error& e) {
    line = "logic_error";
  } catch (const std::system_error& e) {
    line = e.code() == ps::errc::limit_overrun ? "limit_overrun" : e.what();
  }
  to->push_back(line);
}
ps::task<> count_lines(ps::stream_reader& in, std::size_t* count) {
  while (auto line = co_await in.next_line()) ++*count;
}

// The three levels of the writing side, awaited alike.
using wait_function = ps::task<> (*)(ps::stream_writer&, ps::wait_limit);
ps::task<> drain(ps::stream_writer& out, ps::wait_limit limit) { co_await out.drain(std::move(limit)); }
ps::task<> flush(ps::stream_writer& out, ps::wait_limit limit) { co_await out.flush(std::move(limit)); }
ps::task<> wait_closed(ps::stream_writer& out, ps::wait_limit limit) { co_await out.wait_closed(std::move(limit)); }

ps::task<> note_end(ps::task<> wait, std::string name, notes* to) {
  try {
    co_await std::move(wait);
  } catch (const std::system_error& e) {
    name += ": " + e.code().message();
  }
  to->push_back(name);
}

}  // namespace

// R21 as mended
TEST_F(Stream, ASecondReadWhileOneWaitsFailsAndLeavesTheFirst) {
  notes seen;
  ps::spawn(loop_, read_line(in_, &seen));
  ps::spawn(loop_, read_line(in_, &seen));
  EXPECT_EQ(seen, (notes{"logic_error"}));
  loop_.run();
  EXPECT_EQ(loop_.run_until([](ps::stream_reader& in) -> text {
    const ps::read_outcome out = co_await in.view(ps::read_some(1));
    co_return out.error() == ps::errc::read_in_progress ? "in progress" : "?";
  }(in_)),
            "in progress");
  peer_sends("ab\ncd\n");
  loop_.run();
  EXPECT_EQ(seen, (notes{"logic_error", "ab\n"}));
  ps::spawn(loop_, read_line(in_, &seen));
  EXPECT_EQ(seen.back(), "cd\n");
}

// I-29: one reads, others write and wait.
TEST_F(Stream, AReaderAndWritersWaitAtOnce) {
  notes seen;
  fill();
  ps::spawn(loop_, read_line(in_, &seen));
  ps::spawn(loop_, note_end(drain(out_, 1h), "drain", &seen));
  ps::spawn(loop_, read_all(peer_in_));
  peer_sends("ab\n");
  loop_.run();
  std::ranges::sort(seen);
  EXPECT_EQ(seen, (notes{"ab\n", "drain"}));
}

// R54, R58, I-7: each has its own completion.
TEST(StreamWriters, WaitInAnyNumberAndAreWokenInOrder) {
  for (const wait_function wait : {&drain, &flush, &wait_closed}) {
    ps::memory::event_loop loop;
    auto [mine, other] = ps::memory::duplex(loop);
    notes seen;
    EXPECT_FALSE(mine.out.write(std::string(256 * 1024, 'x')));
    if (wait == &wait_closed) mine.out.close();
    std::stop_source source;
    std::optional<ps::task<>> destroyed;
    ps::spawn(loop, note_end(wait(mine.out, std::stop_token()), "0", &seen));
    ps::spawn(loop, note_end(wait(mine.out, 1s), "1", &seen));
    ps::spawn(loop, note_end(wait(mine.out, std::stop_token()), "2", &seen));
    destroyed.emplace(note_end(wait(mine.out, std::stop_token()), "3", &seen));
    destroyed->start();
    ps::spawn(loop, note_end(wait(mine.out, source.get_token()), "4", &seen));
    ps::spawn(loop, note_end(wait(mine.out, std::stop_token()), "5", &seen));
    loop.run_until(pass(2s));  // less than closing may take
    destroyed.reset();
    source.request_stop();
    loop.run_until(pass(1s));
    const std::string timed_out = "1: " + make_error_code(ps::errc::timed_out).message();
    const std::string canceled = "4: " + make_error_code(ps::errc::canceled).message();
    EXPECT_EQ(seen, (notes{timed_out, canceled}));
    ps::spawn(loop, read_all(other.in));
    loop.run();
    EXPECT_EQ(seen, (notes{timed_out, canceled, "0", "2", "5"}));
  }
}

// R50, R53, R77 as mended: a reset reaches every waiter; wait_closed only tells of lost bytes (R58).
TEST_F(Stream, AResetReachesEveryWaiter) {
  notes seen;
  fill();
  loop_.run();
  ps::spawn(loop_, read_line(in_, &seen));
  ps::spawn(loop_, note_end(drain(out_, 1h), "drain", &seen));
  ps::spawn(loop_, note_end(flush(out_, 1h), "flush", &seen));
  ps::spawn(loop_, note_end(wait_closed(out_, 1h), "wait_closed", &seen));
  peer_out_.abort();
  loop_.run();
  const std::string reset = std::make_error_code(std::errc::connection_reset).message();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0], reset);
  EXPECT_EQ((notes{seen.begin() + 1, seen.end()}),
            (notes{"drain: " + reset, "flush: " + reset, "wait_closed: " + reset}));
}

TEST_F(Stream, WaitClosedSaysNothingOfAResetThatLostNothing) {
  notes seen;
  ps::spawn(loop_, note_end(wait_closed(out_, 1h), "wait_closed", &seen));
  peer_out_.abort();
  loop_.run();
  EXPECT_EQ(seen, (notes{"wait_closed"}));
  EXPECT_EQ(out_.close_reason(), std::errc::connection_reset);
}

// I-17: 1,024 reads a turn, and the one that the turn itself answers.
// R20, R24: the error can be told while there are bytes in front of it.
TEST_F(Stream, TellsItsErrorBeforeItsLastBytesAreRead) {
  peer_sends("ab");
  loop_.run();
  EXPECT_EQ(in_.buffered(), "ab");
  EXPECT_FALSE(in_.error());
  peer_out_.abort();
  loop_.run();
  EXPECT_EQ(in_.error(), std::errc::connection_reset);
  EXPECT_EQ(in_.buffered(), "ab");
}

TEST_F(Stream, LeavesOthersTheirTurn) {
  auto [busy, feeder] = ps::memory::duplex(loop_, {.to_first = {.capacity = 1024 * 1024}});
  EXPECT_FALSE(feeder.out.write(std::string(20'000, '\n')));
  loop_.run();
  std::size_t count = 0;
  ps::spawn(loop_, count_lines(busy.in, &count));
  EXPECT_EQ(count, ps::stream::reads_a_turn);
  notes seen;
  ps::spawn(loop_, read_line(in_, &seen));
  peer_sends("ab\n");
  std::size_t when_seen = 0;
  while (count != 20'000) {
    const std::size_t before = count;
    ASSERT_TRUE(loop_.step());
    EXPECT_LE(count - before, ps::stream::reads_a_turn + 1U);
    if (when_seen == 0 && !seen.empty()) when_seen = count;
  }
  EXPECT_LE(when_seen, 5U * ps::stream::reads_a_turn);
  EXPECT_EQ(seen, (notes{"ab\n"}));
}

// I-14: what makes a waiting read answerable wakes it, also inside a turn and without anything arriving.
TEST_F(Stream, APutBackInsideATurnWakesTheReader) {
  notes seen;
  fill();
  ps::spawn(loop_, read_line(in_, &seen));
  ps::spawn(loop_, [](ps::stream_writer& out, ps::stream_reader& in) -> ps::task<> {
    co_await out.drain();
    in.unread("back\n");
  }(out_, in_));
  EXPECT_NE(loop_.run(), "");
  ps::spawn(loop_, read_all(peer_in_));
  loop_.run();
  EXPECT_EQ(seen, (notes{"back\n"}));
}

// R119: who is woken finds all that came with what it waited for.
TEST_F(Stream, BytesAreThereBeforeTheirReaderGoesOn) {
  notes seen;
  ps::spawn(loop_, [](ps::stream_reader& in, notes* to) -> ps::task<> {
    to->push_back(co_await in.readline());
    to->push_back(std::string(in.peek()));
  }(in_, &seen));
  loop_.run();
  peer_sends("ab\ncd");
  loop_.run();
  EXPECT_EQ(seen, (notes{"ab\n", "cd"}));
}

namespace {

// A call that lets somebody go on: on `first`, on whose both directions somebody waits, or on its peer.
struct waking_call {
  const char* name;
  void (*make)(ps::memory::duplex_pair&);
};
const waking_call waking_calls[] = {
    {"unread", [](ps::memory::duplex_pair& p) { p.first.in.unread("ab\n"); }},
    {"set_limit", [](ps::memory::duplex_pair& p) { p.first.in.set_limit(10); }},
    {"set_write_buffer_limits",
     [](ps::memory::duplex_pair& p) { p.first.out.transport().set_write_buffer_limits(1024 * 1024, 512 * 1024); }},
    {"resume_reading",
     [](ps::memory::duplex_pair& p) {
       p.first.out.transport().pause_reading();
       EXPECT_FALSE(p.second.out.write("\n"));
       p.first.out.transport().resume_reading();
     }},
    {"close", [](ps::memory::duplex_pair& p) { p.first.out.close(); }},
    {"abort", [](ps::memory::duplex_pair& p) { p.first.out.abort(); }},
    {"write of the peer", [](ps::memory::duplex_pair& p) { EXPECT_FALSE(p.second.out.write("\n")); }},
    {"write_eof of the peer", [](ps::memory::duplex_pair& p) { EXPECT_FALSE(p.second.out.write_eof()); }},
    {"close of the peer", [](ps::memory::duplex_pair& p) { p.second.out.close(); }},
    {"abort of the peer", [](ps::memory::duplex_pair& p) { p.second.out.abort(); }},
};

// On each direction of `first` somebody waits.
void begin_waits(ps::memory::event_loop& loop, ps::memory::duplex_pair& p, notes* to) {
  EXPECT_FALSE(p.second.out.write(std::string(1000, 'x')));
  EXPECT_FALSE(p.first.out.write(std::string(256 * 1024, 'x')));
  ps::spawn(loop, read_line(p.first.in, to));
  for (const wait_function wait : {&drain, &flush, &wait_closed})
    ps::spawn(loop, note_end(wait(p.first.out, std::stop_token()), "writer", to));
  loop.run_until(pass(1s));
}

// R27, R28: asyncio's read(-1) must not become a read of a part.
TEST(NegativeSizes, AreRefusedAtTheCall) {
  ps::memory::event_loop loop;
  const ps::memory::duplex_pair pair = ps::memory::duplex(loop);
  const ps::stream_reader& in = pair.first.in;
  EXPECT_THROW(static_cast<void>(in.read(static_cast<std::size_t>(-1))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(in.readexactly(static_cast<std::size_t>(-1))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(in.read(static_cast<std::size_t>(-1), 1s)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(in.readexactly(static_cast<std::size_t>(-2), 1s)), std::invalid_argument);
}

// R13, R61 as mended.
TEST(Describe, SaysWhatAStreamsConnectionIs) {
  ps::memory::event_loop loop;
  const ps::memory::duplex_pair pair = ps::memory::duplex(loop);
  pair.first.out.write("hello");
  EXPECT_EQ(describe(pair.first.in), describe(pair.first.out));
  EXPECT_EQ(describe(pair.first.out), ps::describe(pair.first.out.underlying().inner()));
}

}  // namespace

// R118, I-20: whoever waits goes on in a turn of its own, never inside the call that lets it, be it made in a task or
// outside the loop.
TEST(Streams, NobodyGoesOnInsideACallOfAnother) {
  for (const waking_call& call : waking_calls) {
    for (const bool in_a_task : {false, true}) {
      SCOPED_TRACE(call.name);
      notes seen;
      ps::memory::event_loop loop;
      ps::memory::duplex_pair pair = ps::memory::duplex(loop);
      begin_waits(loop, pair, &seen);
      ASSERT_EQ(seen, notes());
      const auto make = [](const waking_call& c, ps::memory::duplex_pair& p, bool later,
                           const notes& so_far) -> ps::task<> {
        if (later) co_await ps::sleep(1ms);
        c.make(p);
        EXPECT_EQ(so_far, notes());
      };
      ps::spawn(loop, make(call, pair, in_a_task, seen));
      loop.run();
      EXPECT_NE(seen, notes());
    }
  }
}

TEST_F(Stream, ALowerLimitEndsAWaitingRead) {
  notes seen;
  ps::spawn(loop_, read_line(in_, &seen));
  peer_sends(std::string(1000, 'x'));
  EXPECT_NE(loop_.run(), "");
  in_.set_limit(10);
  EXPECT_EQ(loop_.run(), "");
  EXPECT_EQ(seen, (notes{"limit_overrun"}));
}

TEST_F(Stream, ExplainsWhoWaitsForWhatSinceWhen) {
  EXPECT_EQ(loop_.explain(), "");
  notes seen;
  fill();
  ps::spawn(loop_, read_line(in_, &seen));
  ps::spawn(loop_, note_end(drain(out_, std::stop_token()), "drain", &seen));
  ps::spawn(loop_, note_end(flush(out_, std::stop_token()), "flush", &seen));
  loop_.run_until(pass(1500ms));
  ps::spawn(loop_, note_end(wait_closed(out_, std::stop_token()), "wait_closed", &seen));
  out_.transport().pause_reading();
  const std::string line = explain(in_.underlying());
  const std::string start =
      "first <-> second waits: readline for 1.500 s, drain for 1.500 s, flush for 1.500 s, wait_closed for 0.000 s; ";
  EXPECT_EQ(line.substr(0, start.size()), start);
  EXPECT_NE(line.find(describe(in_.underlying().inner())), std::string::npos);
  EXPECT_NE(line.find(" reading paused"), std::string::npos);
  EXPECT_EQ(loop_.explain(), line + '\n');
  EXPECT_EQ(explain(peer_in_.underlying()), "");
}
