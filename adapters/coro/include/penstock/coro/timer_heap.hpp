// SPDX-License-Identifier: BSL-1.0
// What a loop runs at a time. Nothing is allocated for it.
#pragma once

#include <penstock/contract.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

class timer_heap;

// Fires once for each time it is armed; disarmed when it is destroyed.
class PENSTOCK_API timer {
 public:
  using function = void (*)(timer&);
  explicit timer(function f) noexcept : fire_(f) {}
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  ~timer() { disarm(); }

  bool armed() const noexcept { return heap_ != nullptr; }
  time_point when() const noexcept { return when_; }  // while armed
  void disarm() noexcept;
  void fire() { fire_(*this); }

 private:
  friend class timer_heap;
  function fire_;
  time_point when_;
  timer_heap* heap_ = nullptr;
  timer* child_ = nullptr;  // a pairing heap: the first child, the next sibling,
  timer* sibling_ = nullptr;
  timer* previous_ = nullptr;  // and the sibling before, or the parent of a first child
};

// Armed timers, earliest first; those due at the same time in no particular order. Arming is O(1),
// taking out O(log n) amortised.
class PENSTOCK_API timer_heap {
 public:
  timer_heap() = default;
  timer_heap(const timer_heap&) = delete;
  timer_heap& operator=(const timer_heap&) = delete;
  ~timer_heap();

  void arm(timer&, time_point when) noexcept;  // or arms anew
  time_point next() const noexcept { return root_ == nullptr ? time_point::never() : root_->when_; }
  // Takes out the earliest one that is due at `now`; null if none is.
  timer* take_due(time_point now) noexcept;

 private:
  friend class timer;
  static timer* meld(timer* a, timer* b) noexcept;
  static timer* meld_siblings(timer* first) noexcept;
  void take_out(timer&) noexcept;

  timer* root_ = nullptr;
};

}}  // namespace penstock::v0
