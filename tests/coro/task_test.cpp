// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>

#include <penstock/memory.hpp>

namespace {

namespace ps = penstock;

ps::task<int> one() { co_return 1; }
ps::task<int> many(int n) {
  int sum = 0;
  for (int i = 0; i != n; ++i) sum += co_await one();
  co_return sum;
}

TEST(Task, AMillionAwaitsOfATaskThatEndsAtOnce) {
  ps::memory::event_loop loop;
  EXPECT_EQ(loop.run_until(many(1'000'000)), 1'000'000);
}

ps::task<int> late(int value) {
  co_await ps::sleep(ps::duration::nanoseconds(value));
  co_return value;
}
ps::task<int> all() {
  auto [a, b] = co_await ps::when_all(late(3), late(2));
  co_return a * 10 + b;
}

TEST(Task, WhenAll) {
  ps::memory::event_loop loop;
  EXPECT_EQ(loop.run_until(all()), 32);
}

}  // namespace
