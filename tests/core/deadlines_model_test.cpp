// SPDX-License-Identifier: BSL-1.0
// Proves that a stream's deadlines, kept in closed form, are those of a model that counts every
// tick by hand (I-18): on all short scripts and on long random ones, at every instant about each
// step, with the kind that passed.
#include <penstock/deadlines.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "fuzz/support/naive_watch.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace std::chrono_literals;
using penstock::fuzz::naive_watch;
using ps::deadline_kind;

namespace penstock { inline namespace v0 {
inline void PrintTo(deadline_kind kind, std::ostream* out) { *out << name(kind); }
}}  // namespace penstock::v0

namespace {

using penstock_test::off;
using penstock_test::start;

constexpr ps::duration nanosecond = 1ns;

enum class verb : std::uint8_t { tick, receive, take_one, take_all, send, toggle_reading, toggle_dropping, close };
constexpr int verbs = 8;

// Runs both on one script; all deadlines within `horizon` ticks after each step must agree.
// Answers how many of the comparisons saw a deadline pass.
template <class Script>
std::uint64_t agree(const ps::deadlines& policy, const Script& script, int horizon) {
  naive_watch naive(policy);
  ps::deadline_watch watch(policy, start);
  ps::stream_progress seen;
  ps::time_point now = start;
  std::uint64_t passed = 0;
  for (const verb each : script) {
    switch (each) {
      case verb::tick:
        now = now + nanosecond;
        naive.pass(1);
        break;
      case verb::receive: ++seen.received; break;
      case verb::take_one: seen.consumed += seen.received != seen.consumed ? 1 : 0; break;
      case verb::take_all: seen.consumed = seen.received; break;
      case verb::send: ++seen.sent; break;
      case verb::toggle_reading: seen.reading = !seen.reading; break;
      case verb::toggle_dropping: seen.dropping = !seen.dropping; break;
      case verb::close: seen.closing = true; break;
    }
    if (each != verb::tick) {
      naive.observe(seen);
      watch.observe(seen, now);
    }
    naive_watch later = naive;
    ps::time_point t = now;
    for (int i = 0; i < horizon; ++i) {
      const deadline_kind expected = later.expired();
      const bool is_past = expected != deadline_kind::none;
      if (watch.expired(t) != expected || (watch.next() <= t) != is_past) {
        EXPECT_EQ(watch.expired(t), expected);
        EXPECT_EQ(watch.next() <= t, is_past);
        return 0;
      }
      passed += is_past ? 1 : 0;
      t = t + nanosecond;
      later.pass(1);
    }
  }
  return passed;
}

}  // namespace

TEST(DeadlineWatch, AgreesWithCountedTicksOnAllShortScripts_I18) {
  const ps::deadlines policies[] = {
      {.close_flush = 2ns, .idle = 3ns},
      {.close_flush = 3ns, .first_byte = 2ns, .whole_message = 2ns},
      {.close_flush = 1ns,
       .idle = 2ns,
       .first_byte = 2ns,
       .whole_message = 3ns,
       .minimum_rate = 600'000'000,
       .rate_grace = 1ns},
      {.close_flush = 4ns, .idle = 4ns, .minimum_rate = 400'000'000, .rate_grace = 2ns},
  };
  constexpr std::size_t length = 6;
  std::uint64_t scripts = 0;
  std::uint64_t passed = 0;
  std::array<verb, length> script{};
  for (const ps::deadlines& policy : policies) {
    std::uint64_t count = 1;
    for (std::size_t i = 0; i < length; ++i) count *= verbs;
    for (std::uint64_t code = 0; code < count && !HasFailure(); ++code, ++scripts) {
      std::uint64_t rest = code;
      for (verb& each : script) {
        each = static_cast<verb>(rest % verbs);
        rest /= verbs;
      }
      passed += agree(policy, script, 5);
    }
  }
  std::cout << scripts << " scripts, " << passed << " instants with a deadline passed\n";
  EXPECT_EQ(scripts, 4U * 262'144U);
  EXPECT_GT(passed, scripts);
}

RC_GTEST_PROP(DeadlineWatch, AgreesWithCountedTicksOnLongScripts_I18, ()) {
  const auto limit = [] {
    const auto n = *rc::gen::inRange<std::int64_t>(1, 12);
    return n == 11 ? off : ps::duration::nanoseconds(n);
  };
  ps::deadlines policy{.close_flush = limit(), .idle = limit(), .first_byte = limit(), .whole_message = limit()};
  policy.minimum_rate = *rc::gen::element<std::uint32_t>(0, 300'000'000, 999'999'999, 1'000'000'000);
  policy.rate_grace = ps::duration::nanoseconds(*rc::gen::inRange<std::int64_t>(1, 10));
  const auto script = *rc::gen::container<std::vector<verb>>(
      rc::gen::map(rc::gen::weightedElement<int>({{9, 0}, {5, 1}, {2, 2}, {2, 3}, {2, 4}, {2, 5}, {2, 6}, {1, 7}}),
                   [](int i) { return static_cast<verb>(i); }));
  agree(policy, script, 16);
  RC_ASSERT(!testing::Test::HasFailure());
}
