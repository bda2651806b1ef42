// SPDX-License-Identifier: BSL-1.0
// Proves that the waiting calls need no task around them: they are awaited in a coroutine type that
// knows nothing of the library, whose frames no loop owns.
#include <chrono>
#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

// Starts at once, is awaited by nobody and ends with its object.
class foreign {
 public:
  struct promise_type {
    foreign get_return_object() noexcept { return foreign(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
  foreign(foreign&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  foreign& operator=(foreign&&) = delete;
  ~foreign() {
    if (frame_) frame_.destroy();
  }
  bool done() const noexcept { return frame_.done(); }

 private:
  explicit foreign(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  std::coroutine_handle<promise_type> frame_;
};

ps::task<std::string> line_of(ps::stream_reader& in) { co_return co_await in.readline(1h); }

foreign talk(ps::stream_reader& in, ps::stream_writer& out, std::string* seen) {
  *seen = co_await in.readline();
  *seen += co_await line_of(in);
  *seen += (co_await in.view(ps::readexactly(2), 1h)).text();
  static_cast<void>(out.write(std::string(256 * 1024, 'x')));
  co_await out.drain();
  co_await out.flush(1h);
}
foreign wait_with_handles(ps::stream_reader in, ps::stream_writer out, std::string* seen) {
  static_cast<void>(out.write("ready\n"));
  *seen = co_await in.readline(1h);
}
foreign wait_outside(std::string* seen) {
  const auto nothing = []() -> ps::task<> { co_await std::suspend_always(); };
  try {
    co_await ps::sleep(1ms);
  } catch (const std::logic_error& e) {
    *seen = e.what();
  }
  try {
    co_await ps::with_timeout(nothing(), 1ms);
  } catch (const std::logic_error& e) {
    *seen += e.what();
  }
}
foreign wait_with_limit(ps::stream_reader& in, ps::wait_limit limit, std::string* seen) {
  *seen = co_await in.readline(std::move(limit));
}
ps::task<std::string> text_of_all(ps::stream_reader& in) {
  std::string all;
  std::string some(1, ' ');
  while (!some.empty()) all += some = co_await in.read(64 * 1024);
  co_return all;
}

}  // namespace

TEST(Foreign, CoroutinesAwaitTheSameCalls) {
  ps::memory::event_loop loop;
  auto [mine, other] = ps::memory::duplex(loop);
  std::string seen;
  const foreign work = talk(mine.in, mine.out, &seen);
  EXPECT_FALSE(other.out.write("ab\ncd\nef"));
  EXPECT_FALSE(other.out.write_eof());
  for (int round = 0; round != 10; ++round) loop.step();
  EXPECT_EQ(seen, "ab\ncd\nef");
  EXPECT_FALSE(work.done());
  ps::spawn(loop, [](ps::stream_reader& in) -> ps::task<> { static_cast<void>(co_await text_of_all(in)); }(other.in));
  loop.run();
  EXPECT_TRUE(work.done());
}

TEST(Foreign, FramesMayEndWhileTheyWaitBeforeOrAfterTheLoop) {
  for (const bool before : {true, false}) {
    SCOPED_TRACE(before);
    std::string seen;
    std::optional<ps::memory::event_loop> loop(std::in_place);
    std::optional<ps::memory::duplex_pair> pair(ps::memory::duplex(*loop));
    std::optional<foreign> work(wait_with_handles(std::move(pair->first.in), std::move(pair->first.out), &seen));
    loop->step();
    if (before) work.reset();
    loop.reset();
    work.reset();
    EXPECT_EQ(seen, "");
  }
}

// A stop that comes when the loop has ended, or while it ends, reaches nobody.
TEST(Foreign, FramesMayOutliveTheLoopWithAStopToken) {
  for (int i = 0; i != 100; ++i) {
    std::stop_source source;
    std::optional<ps::memory::event_loop> loop(std::in_place);
    ps::memory::duplex_pair pair = ps::memory::duplex(*loop);
    std::string seen;
    const foreign work = wait_with_limit(pair.first.in, {1h, source.get_token()}, &seen);
    loop->step();
    std::thread stops([&source] { source.request_stop(); });
    if (i % 2 != 0) stops.join();
    loop.reset();
    if (i % 2 == 0) stops.join();
    EXPECT_EQ(seen, "");
    EXPECT_FALSE(work.done());
  }
}

// Whose clock would it be?
TEST(Foreign, WaitsForTimeNeedALoop) {
  std::string seen;
  const foreign waiting = wait_outside(&seen);
  EXPECT_TRUE(waiting.done());
  const std::string one = "not inside a task of such a loop: a call that takes a loop has it as its first argument";
  EXPECT_EQ(seen, one + one);
}
