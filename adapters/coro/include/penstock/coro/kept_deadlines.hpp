// SPDX-License-Identifier: BSL-1.0
// Deadlines as a loop's streams have them: one word each, for most of them are the same.
#pragma once

#include <cstddef>

#include <penstock/coro/held.hpp>
#include <penstock/coro/list.hpp>
#include <penstock/deadlines.hpp>

namespace penstock { inline namespace v0 {

namespace detail {

class shared_deadlines : public list_hook<shared_deadlines> {
 public:
  explicit shared_deadlines(const deadlines& of) noexcept : policy(of) {}
  void hold() noexcept { ++holders_; }
  void let_go() noexcept {
    if (--holders_ == 0) delete this;
  }

  const deadlines policy;

 private:
  ~shared_deadlines() = default;
  std::size_t holders_ = 0;
};

}  // namespace detail

// A share of them; may outlive the loop that handed it out.
class kept_deadlines {
 public:
  explicit kept_deadlines(detail::shared_deadlines& of) noexcept : of_(of) {}
  operator const deadlines&() const noexcept { return of_->policy; }  // NOLINT: it stands for them

 private:
  held<detail::shared_deadlines> of_;
};

}}  // namespace penstock::v0
