// SPDX-License-Identifier: BSL-1.0
// Proves that a connection keeps the deadlines it is given: it shows them as a level, feeds them
// its own byte counts, and ends with errc::timed_out when one passes, to the nanosecond.
#include <penstock/connection.hpp>
#include <penstock/deadlines.hpp>

#include <chrono>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/printing.hpp"
#include "support/states.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::chrono_literals;
using state = ps::connection_state;
using step = ps::wire_step;

namespace {

constexpr ps::time_point never = ps::time_point::never();

// A connection under a policy; every call is a turn at its time.
struct watched {
  explicit watched(ps::deadlines given) : policy(given) { c.watch(&watch); }
  void turn(ps::time_point now) {
    c.on_time(now);
    c.validate();
  }
  void arrive(std::string bytes, ps::time_point now) {
    c.lend_input(bytes, 0);
    turn(now);
    c.settle_input();
  }

  ps::deadlines policy;
  ps::deadline_watch watch{policy, start};
  ps::connection c;
};

}  // namespace

// R78 as mended, I-18: a peer that never reads holds a close for 30 seconds.
TEST(CloseDeadline, TurnsACloseIntoAnAbortAfterThirtySeconds) {
  watched w({});
  EXPECT_FALSE(w.c.write("never read"));
  w.turn(start + 5s);
  EXPECT_EQ(w.c.deadline(), never);
  w.c.close();
  w.turn(start + 10s);
  EXPECT_EQ(w.c.deadline(), start + 40s);
  w.turn(start + 40s - 1ns);
  EXPECT_EQ(w.c.state(), state::closing);
  EXPECT_EQ(next_step(w.c), step::send);
  w.turn(start + 40s);
  EXPECT_EQ(w.c.state(), state::aborting);
  EXPECT_TRUE(w.c.aborted());
  EXPECT_EQ(next_step(w.c), step::close);
  EXPECT_TRUE(w.c.out().bytes_lost());
  EXPECT_EQ(w.c.close_reason(), ps::errc::timed_out);
  EXPECT_EQ(w.c.deadline(), never);
  w.c.lost({});
  EXPECT_EQ(w.c.close_reason(), ps::errc::timed_out);
  EXPECT_EQ(ask(w.c.in(), ps::read_some(1)), failed(ps::errc::timed_out));
}

// R78: bytes that trickle out do not move it.
TEST(CloseDeadline, IsNotMovedByBytesThatLeave) {
  watched w({.close_flush = 10s});
  EXPECT_FALSE(w.c.write(std::string(100, 'x')));
  w.c.close();
  w.turn(start);
  for (int second = 1; second < 10; ++second) {
    w.c.consume_output(1);
    w.turn(start + ps::duration(1s) * second);
    EXPECT_EQ(w.c.deadline(), start + 10s);
  }
  w.turn(start + 10s);
  EXPECT_TRUE(w.c.aborted());
}

TEST(CloseDeadline, IsMetByAFlushInTime) {
  watched w({.close_flush = 10s});
  EXPECT_FALSE(w.c.write("x"));
  w.c.close();
  w.turn(start);
  w.c.consume_output(1);
  w.turn(start + 9s);
  EXPECT_EQ(next_step(w.c), step::close);
  w.c.lost({});
  EXPECT_EQ(w.c.deadline(), never);
  w.turn(start + 20s);
  EXPECT_EQ(w.c.state(), state::closed);
  EXPECT_FALSE(w.c.close_reason());
  EXPECT_FALSE(w.c.out().bytes_lost());
}

// I-18: deadline() is a level, so that close() in the middle of a turn, after on_time, is seen by
// the transport that arms its timer at the end of it.
TEST(CloseDeadline, IsThereAsSoonAsTheConnectionIsClosed) {
  watched w({.close_flush = 10s});
  EXPECT_FALSE(w.c.write("never read"));
  w.turn(start + 1s);
  w.c.close();
  EXPECT_LE(w.c.deadline(), start + 11s);
}

// I-18: received, taken and sent bytes are progress; a write that waits is none.
TEST(IdleDeadline, IsMovedByBytesInEitherDirection) {
  watched w({.idle = 10s});
  w.turn(start);
  EXPECT_EQ(w.c.deadline(), start + 10s);
  w.arrive("received", start + 1s);
  EXPECT_EQ(w.c.deadline(), start + 11s);
  EXPECT_EQ(ask(w.c.in(), ps::read_some(4)), delivered("rece"));
  w.turn(start + 2s);
  EXPECT_EQ(w.c.deadline(), start + 12s);
  EXPECT_FALSE(w.c.write("sent"));
  w.turn(start + 3s);
  EXPECT_EQ(w.c.deadline(), start + 12s);
  w.c.consume_output(1);
  w.turn(start + 4s);
  EXPECT_EQ(w.c.deadline(), start + 14s);
  w.turn(start + 14s - 1ns);
  EXPECT_FALSE(w.c.is_closing());
  w.turn(start + 14s);
  EXPECT_TRUE(w.c.aborted());
  EXPECT_EQ(w.c.close_reason(), ps::errc::timed_out);
}

// I-23: what had arrived is delivered before the error.
TEST(IdleDeadline, LeavesWhatArrivedReadable) {
  watched w({.idle = 10s});
  w.arrive("a line\nhalf", start);
  w.turn(start + 10s);
  w.c.lost({});
  EXPECT_EQ(ask(w.c.in(), ps::readline()), delivered("a line\n"));
  EXPECT_EQ(ask(w.c.in(), ps::readline()), failed(ps::errc::timed_out));
  EXPECT_EQ(ask(w.c.in(), ps::read_some(9)), delivered("half"));
}

// A peer is held to its clocks only while somebody waits for it.
TEST(MessageDeadline, StandsWhileNobodyReads) {
  watched w({.whole_message = 10s});
  ps::readline line;
  EXPECT_EQ(ask(w.c.in(), line), need_more());
  w.c.in().await_input(line);
  w.arrive("half", start + 1s);
  EXPECT_EQ(w.c.deadline(), start + 11s);
  w.turn(start + 4s);
  w.c.in().stop_awaiting();
  w.turn(start + 5s);
  EXPECT_EQ(w.c.deadline(), never);
  w.c.in().await_input(line);
  w.turn(start + 100s);
  EXPECT_EQ(w.c.deadline(), start + 106s) << "four of ten seconds were spent";
  w.turn(start + 106s);
  EXPECT_TRUE(w.c.aborted());
}

TEST(Deadlines, AreKeptFromTheCallThatGivesThemToTheOneThatTakesThem) {
  watched w({.idle = 10s});
  w.turn(start);
  w.c.watch(nullptr);
  EXPECT_EQ(w.c.deadline(), never);
  w.turn(start + 20s);
  EXPECT_EQ(w.c.state(), state::open);
  w.c.watch(&w.watch);
  EXPECT_EQ(w.c.deadline(), start + 10s) << "due: nobody looked";
  w.turn(start + 20s);
  EXPECT_TRUE(w.c.aborted());
}

// I-18: bytes of an over-long line, and of what is skipped, count as one message although they are dropped as they
// come.
TEST(MessageDeadline, IsNotMovedByBytesThatAreDropped) {
  const auto abort_of = [](auto op, bool over_long) {
    watched w({.whole_message = 60s});
    EXPECT_FALSE(w.c.in().set_limit(10));
    ps::time_point now = start;
    if (over_long) {
      w.arrive(std::string(11, 'x'), now);
      EXPECT_EQ(w.c.in().poll(op).status(), ps::read_status::limit_overrun);
      w.turn(now);
    }
    for (int i = 0; i != 200 && !w.c.aborted(); ++i) {
      now = now + 10s;
      std::string byte = "y";
      w.c.lend_input(byte, 0);
      EXPECT_EQ(w.c.in().poll(op).status(), ps::read_status::need_more);
      w.c.in().await_input(op);
      w.turn(now);
      w.c.settle_input();
    }
    EXPECT_EQ(w.c.close_reason(), ps::errc::timed_out);
    return now - start;
  };
  EXPECT_LE(abort_of(ps::readline(), true), ps::duration(90s));
  EXPECT_LE(abort_of(ps::skip_until("\n"), false), ps::duration(90s));
}

// Nor is a peer let off that stops in the middle of one, however little of it was dropped, or whose reader gives up.
TEST(MessageDeadline, RunsWhereTheRestOfWhatIsDroppedDoesNotCome) {
  const auto abort_of = [](auto op, std::string over_long, std::string rest, bool gives_up) {
    watched w({.whole_message = 60s});
    EXPECT_FALSE(w.c.in().set_limit(10));
    w.turn(start);
    if (!over_long.empty()) {
      w.arrive(over_long, start + 1s);
      EXPECT_EQ(w.c.in().poll(op).status(), ps::read_status::limit_overrun);
    }
    if (!rest.empty()) w.c.lend_input(rest, 0);
    EXPECT_EQ(w.c.in().poll(op).status(), ps::read_status::need_more);
    w.c.in().await_input(op);
    w.turn(start + 1s);
    w.c.settle_input();
    ps::readexactly other(4);
    if (gives_up) {
      w.c.in().stop_awaiting();
      w.turn(start + 2s);
      EXPECT_EQ(w.c.in().poll(other).status(), ps::read_status::need_more);
      w.c.in().await_input(other);
      w.turn(start + 2s);
    }
    const ps::time_point due = w.c.deadline();
    if (due == never) return ps::deadlines::off;
    w.turn(due);
    EXPECT_EQ(w.c.close_reason(), ps::errc::timed_out);
    return due - start;
  };
  const ps::duration at = 61s;
  EXPECT_EQ(abort_of(ps::readline(), "over-long, ", "", false), at);
  EXPECT_EQ(abort_of(ps::readline(), "over-long, ", "y", false), at);
  EXPECT_EQ(abort_of(ps::readline(), "over-long, ", "yy", false), at);
  EXPECT_EQ(abort_of(ps::skip_until("\n"), "", "y", false), at);
  EXPECT_EQ(abort_of(ps::skip_until("\n"), "", "y", true), at);
}

// I-40: what comes behind a filter is not the rest of what was dropped before it.
TEST(MessageDeadline, EndsWhereTheStreamStartsOver) {
  watched w({.whole_message = 60s});
  ps::skip_until skip("\n");
  std::string bytes = "y";
  w.c.lend_input(bytes, 0);
  EXPECT_EQ(w.c.in().poll(skip).status(), ps::read_status::need_more);
  w.c.in().await_input(skip);
  w.turn(start);
  EXPECT_TRUE(w.c.in().dropping());
  w.c.in().start_over();
  EXPECT_FALSE(w.c.in().dropping());
  w.turn(start + 1s);
  EXPECT_EQ(w.c.deadline(), never);
}

// A message that comes in time is no worse off for having been dropped in parts.
TEST(MessageDeadline, EndsWithTheAnswerToWhatWasDropped) {
  watched w({.whole_message = 60s});
  ps::skip_until line("\n");
  for (ps::time_point now = start; now != start + 300s; now = now + 10s) {
    const bool last = (now - start).count() % 50'000'000'000 == 0;
    std::string bytes = last ? "end\n" : "skipped";
    w.c.lend_input(bytes, 0);
    const bool answered = w.c.in().poll(line).status() == ps::read_status::data;
    EXPECT_EQ(answered, last);
    if (!answered) w.c.in().await_input(line);
    w.turn(now);
    w.c.settle_input();
  }
  EXPECT_EQ(w.c.state(), state::open);
}
