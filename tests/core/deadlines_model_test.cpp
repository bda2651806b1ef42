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

namespace ps = penstock;
using namespace std::chrono_literals;
using ps::deadline_kind;

namespace penstock { inline namespace v0 {
inline void PrintTo(deadline_kind kind, std::ostream* out) { *out << name(kind); }
}}  // namespace penstock::v0

namespace {

constexpr ps::time_point start{1'000h};
constexpr ps::duration off = ps::deadlines::off;
constexpr ps::duration nanosecond = 1ns;

// The rules, counted: a tick is a nanosecond, a byte at the tests' rates takes a few of them.
class naive_watch {
 public:
  explicit naive_watch(const ps::deadlines& policy) : policy_(policy) {}

  void tick() {
    ++idle_;
    if (seen_.closing) ++flushing_;
    if (seen_.reading) ++peer_;
  }

  void observe(const ps::stream_progress& seen) {
    const bool took = seen.consumed != seen_.consumed;
    const bool first = seen_.received == 0 && seen.received != 0;
    const bool began = seen_.received == seen_.consumed && seen.received != seen.consumed;
    if (took || seen.received != seen_.received || seen.sent != seen_.sent) idle_ = 0;
    if (!seen_.closing) flushing_ = 0;
    if (took || first || began) peer_ = 0;
    seen_ = seen;
  }

  deadline_kind expired() const {
    // The one that is overdue for longest passed first.
    std::int64_t worst = 0;
    deadline_kind kind = deadline_kind::none;
    const auto judge = [&](std::int64_t overdue, deadline_kind each) {
      if (overdue < worst) return;
      worst = overdue;
      kind = each;
    };
    if (seen_.closing) {
      judge(flushing_ - policy_.close_flush.count(), deadline_kind::close_flush);
      return kind;
    }
    judge(idle_ - policy_.idle.count(), deadline_kind::idle);
    if (!seen_.reading) return kind;
    const std::uint64_t bytes = seen_.received - seen_.consumed;
    if (seen_.received == 0) {
      judge(peer_ - policy_.first_byte.count(), deadline_kind::first_byte);
    } else if (bytes != 0) {
      judge(peer_ - policy_.whole_message.count(), deadline_kind::whole_message);
      std::int64_t allowed = policy_.rate_grace.count();
      const std::uint64_t rate = policy_.minimum_rate;
      while (rate != 0 && static_cast<std::uint64_t>(allowed) * rate < bytes * 1'000'000'000)
        ++allowed;
      if (rate != 0) judge(peer_ - allowed, deadline_kind::rate);
    }
    return kind;
  }

 private:
  const ps::deadlines& policy_;
  ps::stream_progress seen_;
  std::int64_t idle_ = 0;
  std::int64_t flushing_ = 0;
  std::int64_t peer_ = 0;
};

enum class verb : std::uint8_t { tick, receive, take_one, take_all, send, toggle_reading, close };
constexpr int verbs = 7;

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
        naive.tick();
        break;
      case verb::receive: ++seen.received; break;
      case verb::take_one: seen.consumed += seen.received != seen.consumed ? 1 : 0; break;
      case verb::take_all: seen.consumed = seen.received; break;
      case verb::send: ++seen.sent; break;
      case verb::toggle_reading: seen.reading = !seen.reading; break;
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
      later.tick();
    }
  }
  return passed;
}

}  // namespace

TEST(DeadlineWatch, AgreesWithCountedTicksOnAllShortScripts_I18) {
  const ps::deadlines policies[] = {
      {.close_flush = 2ns, .idle = 3ns},
      {.close_flush = 3ns, .first_byte = 2ns, .whole_message = 2ns},
      {.close_flush = 1ns, .idle = 2ns, .first_byte = 2ns, .whole_message = 3ns,
       .minimum_rate = 600'000'000, .rate_grace = 1ns},
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
  EXPECT_EQ(scripts, 4U * 117'649U);
  EXPECT_GT(passed, scripts);
}

RC_GTEST_PROP(DeadlineWatch, AgreesWithCountedTicksOnLongScripts_I18, ()) {
  const auto limit = [] {
    const auto n = *rc::gen::inRange<std::int64_t>(1, 12);
    return n == 11 ? off : ps::duration::nanoseconds(n);
  };
  ps::deadlines policy{.close_flush = limit(), .idle = limit(), .first_byte = limit(),
                       .whole_message = limit()};
  policy.minimum_rate =
      *rc::gen::element<std::uint32_t>(0, 300'000'000, 999'999'999, 1'000'000'000);
  policy.rate_grace = ps::duration::nanoseconds(*rc::gen::inRange<std::int64_t>(1, 10));
  const auto script = *rc::gen::container<std::vector<verb>>(rc::gen::map(
      rc::gen::weightedElement<int>({{9, 0}, {5, 1}, {2, 2}, {2, 3}, {2, 4}, {2, 5}, {1, 6}}),
      [](int i) { return static_cast<verb>(i); }));
  agree(policy, script, 16);
  RC_ASSERT(!testing::Test::HasFailure());
}
