// SPDX-License-Identifier: BSL-1.0
// Deadlines of a stream: a peer that does not take or send is not waited for without end.
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> a_flush_has_a_deadline(ground& g) {
  const duration allowed = g.calm() * 3;
  auto [near, peer] = co_await g.connect_raw({.policy = {.close_flush = allowed}});
  near.out.write(std::string(g.under_way() + 1'000'000, 'x'));
  co_await calm(g);
  const time_point start = g.loop().now();
  near.out.close();
  expect(static_cast<bool>(co_await error_of(near.out.wait_closed())), "bytes were lost, and wait_closed says so");
  expect(g.loop().now() >= start + allowed, "not before the deadline");
  expect_error(near.out.close_reason(), errc::timed_out, "the reason");
  if (g.can().reset) {
    while (!peer->was_reset()) {
      static_cast<void>(peer->receive());
      co_await tick();
    }
  }
}

task<> a_quick_flush_meets_its_deadline(ground& g) {
  // Far enough away for a busy machine: only what goes wrong waits for it.
  auto [a, b] = co_await g.connect({.policy = {.close_flush = g.calm() * 100}}, {});
  a.out.write(byte_source(51).next(300'000));
  a.out.close();
  expect(byte_source(51).goes_on_with(co_await b.in.read()), "all bytes");
  co_await a.out.wait_closed();
  expect_success(a.out.close_reason(), "by request");
}

task<> an_idle_stream_ends(ground& g) {
  const duration allowed = g.calm() * 3;
  auto [a, b] = co_await g.connect({.policy = {.idle = allowed}}, {});
  const time_point start = g.loop().now();
  expect_error(co_await error_of(a.in.readline()), errc::timed_out, "the waiting read");
  expect(g.loop().now() >= start + allowed, "not before the deadline");
  expect_error(a.out.close_reason(), errc::timed_out, "the reason");
  co_await a.out.wait_closed();  // no written byte was lost
}

task<> traffic_keeps_a_stream_alive(ground& g) {
  const duration allowed = g.calm() * 3;
  auto [a, b] = co_await g.connect({.policy = {.idle = allowed}}, {});
  for (int i = 0; i != 6; ++i) {
    co_await calm(g);
    b.out.write("still here\n");
    expect_equal(co_await a.in.readline(), "still here\n", "no deadline passed");
  }
}

task<> a_silent_client_is_dropped(ground& g) {
  const duration allowed = g.calm() * 3;
  auto [a, b] = co_await g.connect({.policy = {.first_byte = allowed}}, {});
  expect_error(co_await error_of(a.in.readline()), errc::timed_out, "no first byte");
  auto [c, d] = co_await g.connect({.policy = {.whole_message = allowed}}, {});
  d.out.write("begun");
  expect_error(co_await error_of(c.in.readline()), errc::timed_out, "no whole message");
  expect_equal(co_await c.in.read(10), "begun", "its bytes stay");
}

}  // namespace

std::span<const check> deadline_checks() noexcept {
  static constexpr check checks[] = {
      {"AFlushHasADeadline", "R78 I-18", &a_flush_has_a_deadline},
      {"AQuickFlushMeetsItsDeadline", "R78", &a_quick_flush_meets_its_deadline},
      {"AnIdleStreamEnds", "R58 I-18", &an_idle_stream_ends},
      {"TrafficKeepsAStreamAlive", "I-18", &traffic_keeps_a_stream_alive},
      {"ASilentClientIsDropped", "R20 I-18", &a_silent_client_is_dropped},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
