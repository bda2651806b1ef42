// SPDX-License-Identifier: BSL-1.0
// Temporaries that notice what a compiler does to them inside a co_await expression.
#pragma once

#include <string>
#include <string_view>

#include <penstock/coro.hpp>

namespace penstock_test {

// A string that counts itself: a temporary that is destroyed twice, or never, is seen.
class counted {
 public:
  static inline int alive = 0;
  counted(std::string_view text) : text_(text) { ++alive; }  // NOLINT: implicit, as a string is
  counted(const counted& other) : text_(other.text_) { ++alive; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }
  operator std::string_view() const noexcept { return text_; }  // NOLINT

 private:
  std::string text_;
};

// An operation that g++ 12 would destroy twice, and one with a constructor that it would not.
struct aggregate_line {
  counted name;
  penstock::readline line;
  bool ready(const penstock::read_half& in) { return line.ready(in); }
  penstock::read_outcome take(penstock::read_half& in) { return line.take(in); }
};
struct constructed_line : aggregate_line {
  explicit constructed_line(counted n) : aggregate_line{n, {}} {}
};
template <class Op>
concept may_be_viewed = requires(penstock::stream_reader& in, Op op) { in.view(static_cast<Op&&>(op)); };
static_assert(may_be_viewed<aggregate_line&>);
static_assert(may_be_viewed<constructed_line> && may_be_viewed<penstock::readline>);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
static_assert(!may_be_viewed<aggregate_line>);
#else
static_assert(may_be_viewed<aggregate_line>);
#endif

}  // namespace penstock_test
