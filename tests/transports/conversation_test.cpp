// SPDX-License-Identifier: BSL-1.0
// Proves that the same conversation has the same trace on every transport (I-36): what each operation
// answered and what each peer received, in order; in memory cut and delayed in several ways, over TCP and
// over Unix sockets. The checks of the kit run a few of them, this many.
#include <cstdint>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <penstock/testing/conversation.hpp>
#include <penstock/testing/memory_ground.hpp>

#include <tests/support/sanitized.hpp>

#include "cuts.hpp"
#if __has_include(<penstock/epoll.hpp>)
#include "socket_ground.hpp"
#endif

namespace {

namespace ps = penstock;
using ps::testing::abilities;

constexpr abilities ends[] = {
    {.reset = false, .half_close = false}, {.reset = false, .half_close = true}, {.reset = true, .half_close = false}};

ps::task<> converse_into(ps::testing::ground& g, std::uint64_t seed, abilities use, std::string& trace) {
  trace = co_await ps::testing::converse(g, seed, use);
}

std::string trace_on(ps::testing::ground& g, std::uint64_t seed, abilities use) {
  std::string trace;
  g.run(converse_into(g, seed, use, trace));
  return trace;
}

std::string trace_in_memory(const ps::memory::fault_plan& plan, std::uint64_t seed, abilities use) {
  ps::testing::memory_ground ground(plan);
  return trace_on(ground, seed, use);
}

TEST(Conversations, AreTheSameHoweverBytesAreCut_I_36) {
  for (const abilities use : ends) {
    for (std::uint64_t seed = 1; seed <= penstock_test::fewer(10); ++seed) {
      const std::string whole = trace_in_memory({}, seed, use);
      ASSERT_GT(whole.size(), 1000u);
      for (const ps::memory::fault_plan& cut : penstock_test::cuts(seed))
        ASSERT_EQ(trace_in_memory(cut, seed, use), whole) << "seed " << seed;
    }
  }
}

// They differ, and all that they may do is done by some of them.
TEST(Conversations, AreManyAndReachEveryCall) {
  std::string all;
  for (const abilities use : ends) {
    std::set<std::string> different;
    for (std::uint64_t seed = 1; seed != 41; ++seed) all += *different.insert(trace_in_memory({}, seed, use)).first;
    EXPECT_EQ(different.size(), 40u);
  }
  for (const char* const seen : {"readline -> data",
                                 "readline -> limit_overrun",
                                 "readline behind it -> data",
                                 "readline behind it -> eof",
                                 "readuntil -> data",
                                 "readuntil -> limit_overrun",
                                 "skip_until -> ",
                                 "readexactly",
                                 "-> incomplete",
                                 "reads of ",
                                 "unread -> ",
                                 "a stopped read -> ",
                                 "a read with a time -> ",
                                 "a destroyed read -> waits",
                                 "drain -> ok",
                                 "flush -> ok",
                                 "set_limit -> ok",
                                 "write -> logic_error",
                                 "write_eof -> ok",
                                 "read to the end -> data",
                                 "the peer's abort -> generic Connection reset by peer",
                                 "wait_closed -> ok"})
    EXPECT_NE(all.find(seen), std::string::npos) << seen;
}

#if __has_include(<penstock/epoll.hpp>)
void expect_like_memory(penstock_test::descriptors (*pair)(), abilities can) {
  for (const abilities use : ends) {
    if (use.reset && !can.reset) continue;
    for (std::uint64_t seed = 1; seed != 41; ++seed) {
      penstock_test::socket_ground ground(pair, can);
      ASSERT_EQ(trace_on(ground, seed, use), trace_in_memory({}, seed, use)) << "seed " << seed;
    }
  }
}

TEST(Conversations, AreTheSameOverTcp_I_36) { expect_like_memory(&penstock_test::tcp_pair, {}); }

TEST(Conversations, AreTheSameOverUnixSockets_I_36) {
  expect_like_memory(&penstock_test::unix_pair, {.reset = false, .half_close = true});
}
#endif

}  // namespace
