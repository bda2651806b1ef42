// SPDX-License-Identifier: BSL-1.0
// Time, on the virtual clock: ways that drop packets, slow peers, and what a healthy one feels of them.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "serving/nets.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
namespace pm = penstock::memory;

// R101, I-18: an address that drops packets does not hold up the one that works, and a time for all ends a hole.
ps::task<> past_a_hole(pm::event_loop& loop) {
  loop.net().set_hosts("both.example", {"v6", "v4"});
  loop.net().set_way("v6", {.drops = true});
  loop.net().set_way("v4", {.connect_delay = 30ms});
  auto server = co_await pm::start_server(handlers::echo_lines, {.host = "v4", .port = 80});
  const ps::time_point before = loop.now();
  auto [in, out] = co_await pm::open_connection({.host = "both.example", .port = 80, .happy_eyeballs_delay = 250ms});
  EXPECT_EQ(loop.now() - before, ps::duration(280ms));
  EXPECT_EQ(out.get_extra_info("peername"), "v4:80");
  out.write("a\n");
  EXPECT_EQ(co_await in.readline(), "a\n");
  // Without the delay only a time for all ends it.
  std::error_code why;
  try {
    auto none = co_await pm::open_connection({.host = "both.example", .port = 80, .connect_timeout = 10s});
  } catch (const ps::connect_error& e) {
    why = e.code();
  }
  EXPECT_EQ(why, ps::errc::timed_out);
  EXPECT_EQ(loop.now() - before, ps::duration(10'280ms));
}
TEST(Time, AHoleCostsTheDelayOnly) {
  pm::event_loop loop;
  loop.run_until(past_a_hole(loop));
}

// R101: all reasons can be reached, whatever the text.
ps::task<> different_reasons(pm::event_loop& loop) {
  loop.net().set_hosts("three.example", {"a", "b", "c"});
  loop.net().set_way("b", {.refuses = std::make_error_code(std::errc::network_unreachable)});
  try {
    auto none = co_await pm::open_connection({.host = "three.example", .port = 1});
    ADD_FAILURE() << "connected to nobody";
  } catch (const ps::connect_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_refused);
    EXPECT_EQ(e.attempts().size(), 3u);
    EXPECT_EQ(e.attempts().at(1).error, std::errc::network_unreachable);
    EXPECT_EQ(std::string(e.what()),
              "Multiple exceptions: a:1: Connection refused, b:1: Network is unreachable, c:1: Connection refused");
  }
}
TEST(Time, AllReasonsAreTold) {
  pm::event_loop loop;
  loop.run_until(different_reasons(loop));
}

// R70, I-25: an attempt answers when the connection is made, 30 ms here; cancelled at any moment it leaves nothing, and
// the next one works.
TEST(Time, ConnectingCanBeGivenUpAtAnyMoment) {
  for (int milliseconds = 0; milliseconds != 60; ++milliseconds) {
    record seen;
    pm::event_loop loop;
    const auto story = [&]() -> ps::task<> {
      loop.net().set_hosts("both", {"hole", "slow"});
      loop.net().set_way("hole", {.drops = true});
      loop.net().set_way("slow", {.connect_delay = 20ms});
      auto server = co_await pm::start_server(handlers::echo_lines, {.host = "slow", .port = 80, .observer = &seen});
      bool connected = false;
      try {
        auto streams =
            co_await ps::with_timeout(pm::open_connection({.host = "both", .port = 80, .happy_eyeballs_delay = 10ms}),
                                      std::chrono::milliseconds(milliseconds));
        connected = true;
      } catch (const std::system_error& e) {
        EXPECT_EQ(e.code(), ps::errc::timed_out);
      }
      EXPECT_EQ(connected, milliseconds > 30) << milliseconds;
      auto [in, out] = co_await pm::open_connection({.host = "slow", .port = 80});
      out.write("a\n");
      EXPECT_EQ(co_await in.readline(), "a\n");
      EXPECT_EQ(seen.accepted_ones, connected ? 2 : 1);
    };
    loop.run_until(story());
  }
}

// I-18: a byte a second meets the deadline of the message to the tick.
struct closing_time final : ps::server_observer {
  explicit closing_time(ps::time_point (*now)()) noexcept : clock(now) {}
  void closed(const ps::stream&, const ps::counters&) noexcept override { at = clock(); }
  ps::time_point (*clock)();
  ps::time_point at;
};
ps::task<> drip(pm::event_loop& loop, closing_time& closing) {
  auto server = co_await pm::start_server(
      handlers::echo_lines,
      {.host = "here", .port = 80, .policy = ps::deadlines::server_defaults(), .observer = &closing});
  auto [in, out] = co_await pm::open_connection({.host = "here", .port = 80});
  const ps::time_point before = loop.now();
  std::error_code why;
  while (!why) {
    co_await ps::sleep(1s);
    why = out.write("x");
  }
  // 64 bytes a second count from 10 s after the first byte, which came after 1 s.
  EXPECT_EQ(closing.at - before, ps::duration(11s));
  EXPECT_EQ(out.close_reason(), std::errc::connection_reset);
  server.close();
  co_await server.wait_closed();
  EXPECT_EQ(server.counters().failed, 1u);
}
TEST(Time, ASlowDripMeetsItsDeadlineToTheTick) {
  closing_time closing([] { return ps::scheduler::current()->now(); });
  pm::event_loop loop;
  loop.run_until(drip(loop, closing));
}

// The 99th percentile of the round trips of a healthy client beside `slow` ones that take and send a
// byte at a time.
ps::duration p99_beside(unsigned slow) {
  pm::event_loop loop;
  loop.on_unhandled([](std::exception_ptr) {});
  std::vector<std::int64_t> trips;
  const auto story = [&]() -> ps::task<> {
    pm::fault_plan drop_by_drop{.fragment_min = 1, .fragment_max = 1, .delay_min = 100ms, .delay_max = 1s};
    loop.net().set_hosts("slow", {"s"});
    loop.net().set_way("s", {.to_server = drop_by_drop, .to_client = drop_by_drop});
    loop.net().set_way("healthy", {.to_server = {.seed = 1, .delay_min = 1ms, .delay_max = 2ms},
                                   .to_client = {.seed = 2, .delay_min = 1ms, .delay_max = 2ms}});
    auto server = co_await pm::start_server(handlers::echo_lines,
                                            {.port = 80, .backlog = 5000, .policy = ps::deadlines::server_defaults()});
    std::vector<ps::memory::duplex_end> others;
    others.reserve(slow);
    for (unsigned i = 0; i != slow; ++i) {
      others.push_back(co_await pm::open_connection({.host = "slow", .port = 80}));
      others.back().out.write("a line that arrives drop by drop\n");
    }
    auto [in, out] = co_await pm::open_connection({.host = "healthy", .port = 80});
    for (int i = 0; i != 1000; ++i) {
      const ps::time_point before = loop.now();
      out.write("ping\n");
      EXPECT_EQ(co_await in.readline(), "ping\n");
      trips.push_back((loop.now() - before).count());
    }
  };
  loop.run_until(story());
  std::ranges::sort(trips);
  return ps::duration::nanoseconds(trips[trips.size() * 99 / 100]);
}
TEST(Time, SlowPeersDoNotSlowAHealthyOne) {
  const ps::duration alone = p99_beside(0);
  const ps::duration beside = p99_beside(2000);
  EXPECT_GT(alone, ps::duration(2ms));
  EXPECT_LE(beside, alone * 2);
}

}  // namespace
