// SPDX-License-Identifier: BSL-1.0
// Proves what a drain tells and in which order: the reader's error, the end, the marks; and that a limit ends
// with its wait.
#include <penstock/coro/stream_writer.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/memory_pair.hpp"

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

using Drain = penstock_test::on_a_pair;

// How the wait ended; success is an empty code.
template <class Wait>
ps::task<std::error_code> end_of(Wait wait) {
  try {
    co_await wait();
  } catch (const std::system_error& e) {
    co_return e.code();
  }
  co_return std::error_code();
}

ps::task<std::error_code> drained(ps::stream_writer& out) {
  auto wait = [&out] { return out.drain(); };
  return end_of(wait);
}

// Whether the task ends without suspending, and how.
std::pair<bool, std::error_code> at_once(ps::task<std::error_code> task, ps::memory::event_loop& loop) {
  const bool ended = task.start();
  while (!task.done() && loop.step()) {
  }
  return {ended, std::move(task).result()};
}

constexpr bool yes = true;
constexpr bool no = false;

}  // namespace

// R52 (4): a drain under the high mark does not yield.
TEST_F(Drain, GoesOnAtOnceUnderTheHighMark) {
  EXPECT_FALSE(out_.write("x"));
  EXPECT_EQ(at_once(drained(out_), loop_), std::pair(yes, std::error_code()));
}

// R52 (1): the reader's stored error comes first, even where writing would work.
TEST_F(Drain, TellsTheReadersErrorFirst) {
  const std::error_code why = std::make_error_code(std::errc::bad_message);
  out_.underlying().inner().in().fail(why);
  EXPECT_EQ(at_once(drained(out_), loop_), std::pair(yes, why));
  fill();
  EXPECT_EQ(at_once(drained(out_), loop_), std::pair(yes, why));
  out_.close();
  EXPECT_EQ(at_once(drained(out_), loop_), std::pair(yes, why));
}

// R52 (2, 3): behind close() it yields once, and by then the connection without unsent bytes is lost.
TEST_F(Drain, YieldsOnceBehindACloseAndTellsTheLoss) {
  out_.close();
  EXPECT_EQ(at_once(drained(out_), loop_), std::pair(no, make_error_code(ps::errc::not_connected)));
  EXPECT_EQ(at_once(drained(out_), loop_), std::pair(yes, make_error_code(ps::errc::not_connected)));
}

// R56: behind close() with bytes under way it goes on by the marks.
TEST_F(Drain, GoesOnByTheMarksWhileItCloses) {
  fill();
  out_.close();
  bool ended = false;
  ps::spawn(loop_, [](ps::stream_writer& out, bool* e) -> ps::task<> {
    EXPECT_EQ(co_await drained(out), std::error_code());
    *e = true;
  }(out_, &ended));
  loop_.run_until([]() -> ps::task<> { co_await ps::sleep(1s); }());
  EXPECT_FALSE(ended) << "the peer has read nothing";
  EXPECT_EQ(loop_.run_until([](ps::stream_reader& in) -> ps::task<std::size_t> {
    std::size_t count = 0;
    for (std::string some(1, ' '); !some.empty(); count += some.size()) some = co_await in.read(64 * 1024);
    co_return count;
  }(peer_in_)),
            256u * 1024);
  EXPECT_TRUE(ended);
}

// R50: after a loss with an error the stream has not ended, it has failed.
TEST_F(Drain, AResetIsNoEndOfTheStream) {
  peer_out_.abort();
  EXPECT_NE(loop_.run_until(end_of([this] { return in_.read(); })), std::error_code());
  EXPECT_FALSE(in_.at_eof());
  EXPECT_EQ(at_once(drained(out_), loop_).second, std::errc::connection_reset);
}

// I-17: a limit that its wait did not reach resumes nobody later, however long the awaitable lives.
TEST_F(Drain, ALimitEndsWithItsWait) {
  const auto slept = [](ps::stream_writer& out, ps::stream_reader& peer, ps::memory::event_loop& loop,
                        bool drains) -> ps::task<ps::duration> {
    EXPECT_FALSE(out.write(std::string(256 * 1024, 'x')));
    ps::spawn(loop, [](ps::stream_reader& in) -> ps::task<> { co_await in.readexactly(256 * 1024); }(peer));
    auto drained = out.drain(1s);
    auto flushed = out.flush(1s);
    if (drains)
      co_await drained;
    else
      co_await flushed;
    const ps::time_point begun = loop.now();
    co_await ps::sleep(10s);
    co_return loop.now() - begun;
  };
  EXPECT_EQ(loop_.run_until(slept(out_, peer_in_, loop_, yes)), ps::duration(10s));
  EXPECT_EQ(loop_.run_until(slept(out_, peer_in_, loop_, no)), ps::duration(10s));
}
