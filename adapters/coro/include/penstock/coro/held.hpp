// SPDX-License-Identifier: BSL-1.0
// A share of something that counts its holders itself: one word.
#pragma once

#include <utility>

namespace penstock { inline namespace v0 {

// T has hold() and let_go(); the last let_go() ends it. For one thread.
template <class T>
class held {
 public:
  held() = default;
  explicit held(T& of) noexcept : of_(&of) { of.hold(); }
  held(const held& other) noexcept : of_(other.of_) {
    if (of_ != nullptr) of_->hold();
  }
  held(held&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  held& operator=(held other) noexcept {
    std::swap(of_, other.of_);
    return *this;
  }
  ~held() {
    if (of_ != nullptr) of_->let_go();
  }

  explicit operator bool() const noexcept { return of_ != nullptr; }
  T& operator*() const noexcept { return *of_; }
  T* operator->() const noexcept { return of_; }
  T* get() const noexcept { return of_; }

 private:
  T* of_ = nullptr;
};

}}  // namespace penstock::v0
