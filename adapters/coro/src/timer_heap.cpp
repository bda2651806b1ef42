// SPDX-License-Identifier: BSL-1.0
// The pairing heap of timers.
#include <penstock/coro/timer_heap.hpp>

#include <utility>

namespace penstock { inline namespace v0 {

void timer::disarm() noexcept {
  if (heap_ != nullptr) heap_->take_out(*this);
}

timer_heap::~timer_heap() {
  while (root_ != nullptr) take_out(*root_);
}

timer* timer_heap::meld(timer* a, timer* b) noexcept {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  if (b->when_ < a->when_) std::swap(a, b);
  b->sibling_ = a->child_;
  if (b->sibling_ != nullptr) b->sibling_->previous_ = b;
  b->previous_ = a;
  a->child_ = b;
  return a;
}

// Two passes: pairs from the left, then one by one from the right.
timer* timer_heap::meld_siblings(timer* first) noexcept {
  timer* pairs = nullptr;
  while (first != nullptr) {
    timer* const a = first;
    timer* const b = a->sibling_;
    first = b != nullptr ? b->sibling_ : nullptr;
    a->sibling_ = a->previous_ = nullptr;
    if (b != nullptr) b->sibling_ = b->previous_ = nullptr;
    timer* const pair = meld(a, b);
    pair->sibling_ = pairs;
    pairs = pair;
  }
  timer* root = nullptr;
  while (pairs != nullptr) {
    timer* const rest = std::exchange(pairs->sibling_, nullptr);
    root = meld(root, pairs);
    pairs = rest;
  }
  return root;
}

void timer_heap::arm(timer& t, time_point when) noexcept {
  t.disarm();
  t.when_ = when;
  t.heap_ = this;
  root_ = meld(root_, &t);
}

void timer_heap::take_out(timer& t) noexcept {
  timer* const below = meld_siblings(std::exchange(t.child_, nullptr));
  if (root_ == &t) {
    root_ = below;
  } else {
    (t.previous_->child_ == &t ? t.previous_->child_ : t.previous_->sibling_) = t.sibling_;
    if (t.sibling_ != nullptr) t.sibling_->previous_ = t.previous_;
    t.sibling_ = t.previous_ = nullptr;
    root_ = meld(root_, below);
  }
  t.heap_ = nullptr;
}

timer* timer_heap::take_due(time_point now) noexcept {
  timer* const first = root_;
  if (first == nullptr || first->when_ > now) return nullptr;
  take_out(*first);
  return first;
}

}}  // namespace penstock::v0
