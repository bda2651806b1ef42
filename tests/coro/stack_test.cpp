// SPDX-License-Identifier: BSL-1.0
// Proves that awaiting what is there already needs no stack, however often: loops of it run on a
// thread whose stack is 256 KiB, in every build, not optimised ones included.
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <pthread.h>

#include <penstock/memory.hpp>

namespace ps = penstock;

namespace {

// Runs f on a thread with a small stack.
template <class F>
void on_a_small_stack(F f) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread;
  const auto body = [](void* function) -> void* {
    (*static_cast<F*>(function))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, &f), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  ASSERT_EQ(pthread_attr_destroy(&attributes), 0);
}

ps::task<int> one() { co_return 1; }
ps::task<> failing() {
  throw std::runtime_error("no");
  co_return;
}

ps::task<int> await_many(int n) {
  int sum = 0;
  for (int i = 0; i != n; ++i) sum += co_await one();
  co_return sum;
}
ps::task<int> catch_many(int n) {
  int caught = 0;
  for (int i = 0; i != n; ++i) {
    try {
      co_await failing();
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  co_return caught;
}
ps::task<int> join_many(int n) {
  int sum = 0;
  for (int i = 0; i != n; ++i) {
    auto [a, b] = co_await ps::when_all(one(), ps::task<int>(one()));
    sum += a + b + co_await ps::with_timeout(one(), std::chrono::seconds(1));
  }
  co_return sum;
}

ps::task<int> read_many(ps::stream_reader& in, int n) {
  int lines = 0;
  for (int i = 0; i != n; ++i) lines += (co_await in.readline()) == "\n" ? 1 : 0;
  co_return lines;
}
ps::task<int> write_many(ps::stream_writer& out, int n) {
  int accepted = 0;
  for (int i = 0; i != n; ++i) {
    accepted += !out.write("x") ? 1 : 0;
    co_await out.drain();
  }
  co_return accepted;
}
ps::task<> echo(ps::stream_reader in, ps::stream_writer out) {
  while (auto line = co_await in.next_line()) static_cast<void>(out.write(*line));
}
ps::task<int> ask_many(ps::stream_reader& in, ps::stream_writer& out, int n) {
  int answers = 0;
  for (int i = 0; i != n; ++i) {
    static_cast<void>(out.write("question\n"));
    answers += (co_await in.readline()) == "question\n" ? 1 : 0;
  }
  co_return answers;
}

}  // namespace

TEST(Stack, AMillionAwaitsOfATaskThatEndsAtOnce) {
  on_a_small_stack([] {
    ps::memory::event_loop loop;
    EXPECT_EQ(loop.run_until(await_many(1'000'000)), 1'000'000);
  });
}

TEST(Stack, TensOfThousandsOfAwaitsOfATaskThatFailsAtOnce) {
  on_a_small_stack([] {
    ps::memory::event_loop loop;
    EXPECT_EQ(loop.run_until(catch_many(20'000)), 20'000);
  });
}

TEST(Stack, AHundredThousandGroupsThatEndAtOnce) {
  on_a_small_stack([] {
    ps::memory::event_loop loop;
    EXPECT_EQ(loop.run_until(join_many(100'000)), 300'000);
  });
}

TEST(Stack, AHundredThousandReadsAnsweredFromTheBuffer) {
  on_a_small_stack([] {
    ps::memory::event_loop loop;
    auto [mine, other] = ps::memory::duplex(loop, {.to_first = {.capacity = 1024 * 1024}});
    EXPECT_FALSE(other.out.write(std::string(100'000, '\n')));
    loop.run();
    EXPECT_EQ(mine.in.peek().size(), 100'000U);
    EXPECT_EQ(loop.run_until(read_many(mine.in, 100'000)), 100'000);
  });
}

TEST(Stack, AHundredThousandDrainsThatNeedNotWait) {
  on_a_small_stack([] {
    ps::memory::event_loop loop;
    auto [mine, other] = ps::memory::duplex(loop, {.first = {.writing = {.high = 200'000}}});
    EXPECT_EQ(loop.run_until(write_many(mine.out, 100'000)), 100'000);
  });
}

TEST(Stack, TensOfThousandsOfReadsThatWait) {
  on_a_small_stack([] {
    ps::memory::event_loop loop;
    auto [mine, other] = ps::memory::duplex(loop);
    ps::spawn(loop, echo(std::move(other.in), std::move(other.out)));
    EXPECT_EQ(loop.run_until(ask_many(mine.in, mine.out, 50'000)), 50'000);
  });
}
