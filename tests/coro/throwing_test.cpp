// SPDX-License-Identifier: BSL-1.0
// Proves that an exception which the application lets out of a turn costs nobody else anything: what had come stays,
// who waits goes on waiting, who is due is due.
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/coro.hpp>
#include <penstock/memory.hpp>

namespace {

namespace ps = penstock;
namespace pm = penstock::memory;
using namespace std::chrono_literals;

// Takes four bytes, and has no memory for what it makes of them when it is asked for the nth time.
struct picky {
  int* left;  // before it throws
  bool ready(const ps::read_half& in) const {
    if (--*left == 0) throw std::bad_alloc();
    return in.buffered().size() >= 4 || in.ended();
  }
  static ps::read_outcome take(ps::read_half& in) {
    return in.buffered().size() >= 4 ? ps::read_outcome::data(in.consume(4)) : ps::read_outcome::eof();
  }
};

ps::task<> take_four(ps::stream_reader& in, int* left, std::string* seen) {
  *seen = std::string((co_await in.view(picky{left})).text());
}
ps::task<> take_six(ps::stream_reader& in, std::string* seen) { *seen = co_await in.readexactly(6); }

TEST(Throwing, LeavesWhatCameForTheNextTurn) {
  pm::event_loop loop;
  pm::duplex_pair one = pm::duplex(loop);
  pm::duplex_pair other = pm::duplex(loop);
  std::string seen;
  std::string seen_by_other;
  int left = 3;
  loop.spawn(take_four(one.second.in, &left, &seen));
  loop.spawn(take_six(other.second.in, &seen_by_other));
  loop.run();
  one.first.out.write("AAAA");
  EXPECT_THROW(loop.run(), std::bad_alloc);
  other.first.out.write("SECRET");  // comes to the same memory
  loop.run();
  EXPECT_EQ(seen, "AAAA");
  EXPECT_EQ(seen_by_other, "SECRET");
}

ps::task<> take_for_a_second(ps::stream_reader& in, int* left, bool* ended) {
  static_cast<void>(co_await in.view(picky{left}, 1s));
  *ended = true;
}
ps::task<> sleep_for_a_second(int* woken) {
  co_await ps::sleep(1s);
  ++*woken;
}

TEST(Throwing, LeavesTheTimersThatAreDueWithIt) {
  pm::event_loop loop;
  pm::duplex_pair pair = pm::duplex(loop);
  int woken = 0;
  int left = 3;
  bool ended = false;
  for (int i = 0; i != 5; ++i) loop.spawn(sleep_for_a_second(&woken));
  loop.spawn(take_for_a_second(pair.second.in, &left, &ended));
  for (int i = 0; i != 5; ++i) loop.spawn(sleep_for_a_second(&woken));
  EXPECT_THROW(loop.run(), std::bad_alloc);  // asked for the last time when its second is over
  loop.run();
  EXPECT_EQ(woken, 10);
  EXPECT_FALSE(ended);  // it waits on, without its limit
  pair.first.out.write("AAAA");
  loop.run();
  EXPECT_TRUE(ended);
}

// A user's coroutine, which lets its exception out of resume().
class loud {
 public:
  struct promise_type {
    loud get_return_object() noexcept { return loud(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
  };
  explicit loud(std::coroutine_handle<> frame) noexcept : frame_(frame) {}
  loud(loud&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  ~loud() {
    if (frame_) frame_.destroy();
  }

 private:
  std::coroutine_handle<> frame_;
};
loud flush_and_throw(const ps::stream_writer& out) {
  co_await out.flush();
  throw std::runtime_error("no");
}
loud flush_and_count(const ps::stream_writer& out, int* went_on) {
  co_await out.flush();
  ++*went_on;
}

TEST(Throwing, LeavesThoseWhoWaitForTheSameBytes) {
  pm::event_loop loop;
  pm::duplex_pair pair = pm::duplex(loop);
  pair.first.out.write("x");
  int went_on = 0;
  const loud first = flush_and_throw(pair.first.out);
  const loud second = flush_and_count(pair.first.out, &went_on);
  const loud third = flush_and_count(pair.first.out, &went_on);
  EXPECT_THROW(loop.run(), std::runtime_error);
  loop.run();
  EXPECT_EQ(went_on, 2);
}

ps::task<> fail() {
  throw std::runtime_error("no");
  co_return;
}

TEST(OnUnhandled, MayReplaceItself) {
  pm::event_loop loop;
  int told = 0;
  const auto held = std::make_shared<int>(0);
  loop.on_unhandled([held, &loop, &told](std::exception_ptr) {
    loop.on_unhandled([&told](std::exception_ptr) { told += 10; });
    ++*held;
    ++told;
  });
  loop.spawn(fail());
  loop.spawn(fail());
  EXPECT_EQ(told, 11);
  EXPECT_EQ(*held, 1);
}

}  // namespace
