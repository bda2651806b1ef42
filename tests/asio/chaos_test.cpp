// SPDX-License-Identifier: BSL-1.0
// Proves that no byte is lost and nothing is touched that has gone, in programs that destroy streams, cancel and
// time out at random, end their context in the middle of it, and run on one thread or on several with strands.
// PENSTOCK_CHAOS_RUNS says how many programs; each one's number is its seed.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "chaos.hpp"

namespace {

using namespace penstock_test;

unsigned runs() {
  const char* const asked = std::getenv("PENSTOCK_CHAOS_RUNS");
  return asked != nullptr ? static_cast<unsigned>(std::atoi(asked)) : 60;
}

void report(const chaos_counts& counts) {
  std::printf("%llu bytes in order, %llu waits given up, %llu streams destroyed, %llu read to their end\n",
              static_cast<unsigned long long>(counts.bytes), static_cast<unsigned long long>(counts.given_up),
              static_cast<unsigned long long>(counts.destroyed), static_cast<unsigned long long>(counts.whole));
  EXPECT_EQ(counts.wrong, 0u);
  EXPECT_GT(counts.given_up, 100u);
  EXPECT_GT(counts.destroyed, 5u);
  EXPECT_GT(counts.whole, 20u);
}

TEST(Chaos, OnOneThread) {
  chaos_counts counts;
  for (unsigned seed = 1; seed <= runs(); ++seed) {
    SCOPED_TRACE(seed);
    net::io_context io(1);
    std::vector<std::weak_ptr<chaos_connection>> all;
    for (unsigned i = 0; i != 4; ++i) {
      const bool strand = (seed + i) % 3 == 0;
      auto one = std::make_shared<chaos_connection>(
          strand ? net::any_io_executor(net::make_strand(io)) : net::any_io_executor(io.get_executor()), seed * 100 + i,
          counts);
      one->start();
      all.push_back(one);
    }
    if (seed % 3 == 0) {
      io.run_for(std::chrono::microseconds(seed * 37 % 5000));  // and the context ends with all of it
      if (seed % 2 == 0)
        if (const auto one = all[seed % 4].lock()) one->drop();
    } else {
      io.run_for(std::chrono::seconds(20));
      for (const auto& one : all) EXPECT_TRUE(one.expired());
    }
  }
  report(counts);
}

TEST(Chaos, OnSeveralThreadsWithStrands) {
  chaos_counts counts;
  for (unsigned seed = 1; seed <= runs(); ++seed) {
    net::io_context io;
    for (unsigned i = 0; i != 4; ++i) {
      const auto strand = net::make_strand(io);
      auto one = std::make_shared<chaos_connection>(strand, seed * 1000 + i, counts);
      net::post(strand, [one] { one->start(); });
    }
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i) threads.emplace_back([&] { io.run_for(std::chrono::seconds(20)); });
    if (seed % 3 == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(seed * 41 % 3000));
      io.stop();
    }
    for (std::thread& one : threads) one.join();
  }
  report(counts);
}

}  // namespace
