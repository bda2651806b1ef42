// SPDX-License-Identifier: BSL-1.0
// Proves that a wait that was given up has taken nothing, by a cancellation slot of any type, by a limit and by the
// operators of awaitables, and that a handler is called once whatever comes together; tasks likewise.
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

// I-25: terminal, partial and total alike.
TEST(GivingUp, ACancelledReadHasTakenNothing) {
  for (const auto type :
       {net::cancellation_type::terminal, net::cancellation_type::partial, net::cancellation_type::total}) {
    net::io_context io;
    half_pair pair(io.get_executor());
    net::cancellation_signal signal;
    seen got;
    pair.send("ha");
    pa::async_readexactly(pair.ours.in, 4, net::bind_cancellation_slot(signal.slot(), got.handler()));
    while (pair.ours.in.peek().empty()) io.run_one();
    signal.emit(type);
    EXPECT_EQ(got.calls, 0);  // nor is it called inside emit
    while (got.calls == 0) io.run_one();
    EXPECT_EQ(got.error, net::error::operation_aborted);
    EXPECT_EQ(got.error, std::errc::operation_canceled);
    signal.emit(type);  // again: nothing
    pair.send("lf");
    seen whole;
    pa::async_readexactly(pair.ours.in, 4, whole.handler());
    while (whole.calls == 0) io.run_one();
    EXPECT_EQ(whole.bytes, "half");
    EXPECT_EQ(got.calls, 1);
  }
}

TEST(GivingUp, ReadyAndCancelledAtOnceTheAnswerWins) {
  net::io_context io;
  half_pair pair(io.get_executor());
  net::cancellation_signal signal;
  pair.send("first\nline\n");
  seen before;
  pa::async_readline(pair.ours.in, before.handler());
  while (before.calls == 0) io.run_one();
  seen got;
  pa::async_readline(pair.ours.in, net::bind_cancellation_slot(signal.slot(), got.handler()));
  signal.emit(net::cancellation_type::terminal);
  while (got.calls == 0) io.run_one();
  EXPECT_FALSE(got.error);
  EXPECT_EQ(got.bytes, "line\n");
}

net::awaitable<void> race_a_timer(half_pair& pair) {
  using namespace net::experimental::awaitable_operators;
  net::steady_timer timer(co_await net::this_coro::executor, 5ms);
  pair.send("half a li");
  const auto winner =
      co_await (pa::async_readline(pair.ours.in, net::use_awaitable) || timer.async_wait(net::use_awaitable));
  EXPECT_EQ(winner.index(), 1u);
  pair.send("ne\n");
  EXPECT_EQ(co_await pa::async_readline(pair.ours.in, net::use_awaitable), "half a line\n");
}

TEST(GivingUp, TheOperatorsOfAwaitablesLoseNoByte) {
  net::io_context io;
  half_pair pair(io.get_executor());
  result_of(io, net::co_spawn(io, race_a_timer(pair), net::use_future));
}

TEST(GivingUp, DeadlinesOnReadsAndLevels) {
  net::io_context io;
  half_pair pair(io.get_executor());
  seen late;
  pair.send("no newline");
  pa::async_readline(pair.ours.in, 3ms, late.handler());
  while (late.calls == 0) io.run_one();
  EXPECT_EQ(late.error, std::errc::timed_out);
  EXPECT_EQ(late.error, boost::system::errc::timed_out);
  EXPECT_EQ(late.error, make_error_code(ps::errc::timed_out));
  EXPECT_EQ(pair.ours.in.peek(), "no newline");
  pair.ours.out.write(std::string(4'000'000, 'x'));
  error_code drained;
  bool told = false;
  pa::async_drain(pair.ours.out, 3ms, [&](error_code ec) { told = true, drained = ec; });
  while (!told) io.run_one();
  EXPECT_EQ(drained, std::errc::timed_out);
  // The loop's idea of now is old when nothing ran: a limit counts from the call.
  std::this_thread::sleep_for(20ms);
  seen soon;
  pa::async_readline(pair.ours.in, 10ms, soon.handler());
  pair.send("\n");
  while (soon.calls == 0) io.run_one();
  EXPECT_FALSE(soon.error) << soon.error.message();
}

// --- tasks ---------------------------------------------------------------------------------------

// A task's end, as a handler is told it: a string, or "canceled".
struct told_end {
  int calls = 0;
  std::string what;
  auto handler() {
    return [this](const std::exception_ptr& e, std::string result) {
      ++calls;
      what = std::move(result);
      try {
        if (e) std::rethrow_exception(e);
      } catch (const std::system_error& error) {
        what = error.code() == ps::errc::canceled ? "canceled" : error.what();
      }
    };
  }
};

ps::task<std::string> one_line(ps::stream_reader& in, bool& took) {
  std::string line = co_await in.readline();
  took = true;
  co_return line;
}
ps::task<std::string> gives_itself_up(net::cancellation_signal& signal) {
  co_await ps::sleep(1ms);
  signal.emit(net::cancellation_type::terminal);
  co_return "done";
}

// A task that waits for a line, and can be cancelled.
struct line_task {
  line_task() : pair(io.get_executor()) {
    pa::co_spawn(io, one_line(pair.ours.in, took), net::bind_cancellation_slot(signal.slot(), end.handler()));
    io.poll();
  }
  void run() {
    while (end.calls == 0) io.run_one();
  }
  net::io_context io;
  half_pair pair;
  net::cancellation_signal signal;
  bool took = false;
  told_end end;
};

// I-25: a task has its end in one round of the loop and is told in the next one; in between it may be cancelled.
TEST(GivingUp, ATaskThatHasEndedHasItsResult) {
  line_task one;
  one.pair.send("one\ntwo\n");
  while (!one.took) one.io.run_one();
  EXPECT_EQ(one.end.calls, 0);
  one.signal.emit(net::cancellation_type::terminal);
  one.run();
  EXPECT_EQ(one.end.what, "one\n");
  seen next;
  pa::async_readline(one.pair.ours.in, next.handler());
  while (next.calls == 0) one.io.run_one();
  EXPECT_EQ(next.bytes, "two\n");
}

TEST(GivingUp, ATaskThatEndsBehindItsCancellationHasItsResultToo) {
  line_task one;
  one.pair.ours.in.unread("line\n");  // its turn is in front of the cancellation's
  one.signal.emit(net::cancellation_type::terminal);
  one.run();
  EXPECT_TRUE(one.took);
  EXPECT_EQ(one.end.what, "line\n");
}

TEST(GivingUp, ATaskMayCancelItself) {
  net::io_context io;
  net::cancellation_signal signal;
  told_end end;
  pa::co_spawn(io, gives_itself_up(signal), net::bind_cancellation_slot(signal.slot(), end.handler()));
  io.run();
  EXPECT_EQ(end.calls, 1);
  EXPECT_EQ(end.what, "done");
}

}  // namespace
