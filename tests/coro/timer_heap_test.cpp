// SPDX-License-Identifier: BSL-1.0
// Proves that the timer heap is a sorted list, whatever is armed, armed anew, disarmed, destroyed
// and taken: random walks beside a model, of which every step is compared.
#include <penstock/coro/timer_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "properties/property.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

ps::time_point at(std::int64_t n) { return ps::time_point(ps::duration::nanoseconds(n)); }

struct numbered : ps::timer {
  explicit numbered(std::size_t n) noexcept : timer([](ps::timer&) {}), number(n) {}
  std::size_t number;
};

// Beside each timer of a heap when it is due, if it is armed.
class twins {
 public:
  twins() {
    for (std::size_t i = 0; i != count; ++i) timers_[i].emplace(i);
  }

  void arm(std::size_t i, std::int64_t when) {
    heap_.arm(*timers_[i], at(when));
    due_[i] = when;
  }
  void disarm(std::size_t i) {
    timers_[i]->disarm();
    due_[i].reset();
  }
  void destroy(std::size_t i) {
    timers_[i].emplace(i);
    due_[i].reset();
  }
  // Takes one; it must be one of the earliest.
  bool take(std::int64_t now) {
    const auto first = earliest();
    ps::timer* const taken = heap_.take_due(at(now));
    RC_ASSERT((taken != nullptr) == (first.has_value() && *first <= now));
    if (taken == nullptr) return false;
    const std::size_t number = static_cast<numbered*>(taken)->number;
    RC_ASSERT(due_[number] == first);
    due_[number].reset();
    return true;
  }
  void compare() const {
    const auto first = earliest();
    RC_ASSERT(heap_.next() == (first ? at(*first) : ps::time_point::never()));
    for (std::size_t i = 0; i != count; ++i) {
      RC_ASSERT(timers_[i]->armed() == due_[i].has_value());
      if (due_[i]) RC_ASSERT(timers_[i]->when() == at(*due_[i]));
    }
  }

  static constexpr std::size_t count = 12;

 private:
  std::optional<std::int64_t> earliest() const {
    std::optional<std::int64_t> first;
    for (const auto& one : due_)
      if (one && (!first || *one < *first)) first = one;
    return first;
  }

  std::array<std::optional<numbered>, count> timers_;  // outlive the heap
  ps::timer_heap heap_;
  std::array<std::optional<std::int64_t>, count> due_;
};

}  // namespace

TEST(TimerHeap, IsASortedList) {
  holds([] {
    const auto steps = *rc::gen::container<std::vector<std::tuple<int, std::size_t, std::int64_t>>>(
                            rc::gen::tuple(rc::gen::inRange(0, 8), rc::gen::inRange<std::size_t>(0, twins::count),
                                           rc::gen::inRange<std::int64_t>(0, 40)))
                            .as("steps");
    twins both;
    for (const auto& [what, i, when] : steps) {
      switch (what) {
        case 0: both.disarm(i); break;
        case 1: both.destroy(i); break;
        case 2: both.take(when); break;
        case 3:
          while (both.take(when)) {
          }
          break;
        default: both.arm(i, when);
      }
      both.compare();
    }
    while (both.take(40)) both.compare();
    RC_ASSERT(!both.take(1'000));
  });
}

TEST(TimerHeap, ThatEndsDisarms) {
  ps::timer t([](ps::timer&) {});
  {
    ps::timer_heap heap;
    heap.arm(t, at(3));
    EXPECT_TRUE(t.armed());
  }
  EXPECT_FALSE(t.armed());
}

TEST(TimerHeap, MovesATimerFromAnotherHeap) {
  ps::timer t([](ps::timer&) {});
  ps::timer_heap a;
  ps::timer_heap b;
  a.arm(t, at(3));
  b.arm(t, at(5));
  EXPECT_EQ(a.next(), ps::time_point::never());
  EXPECT_EQ(b.next(), at(5));
}

TEST(TimerHeap, TakesTensOfThousandsInOrder) {
  constexpr std::size_t n = 20'000;
  std::vector<std::optional<numbered>> timers(n);
  ps::timer_heap heap;
  std::uint64_t random = 1;
  for (std::size_t i = 0; i != n; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    timers[i].emplace(i);
    heap.arm(*timers[i], at(static_cast<std::int64_t>(random >> 40)));
  }
  ps::time_point last;
  std::size_t taken = 0;
  while (heap.next() != ps::time_point::never()) {
    const ps::time_point next = heap.next();
    EXPECT_LE(last, next);
    last = next;
    ASSERT_NE(heap.take_due(next), nullptr);
    ++taken;
  }
  EXPECT_EQ(taken, n);
}
