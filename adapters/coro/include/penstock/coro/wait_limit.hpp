// SPDX-License-Identifier: BSL-1.0
// How long a wait may take: times, a stop token, or both, as one last argument.
#pragma once

#include <algorithm>
#include <concepts>
#include <stop_token>
#include <utility>

#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

// Made from a duration (from when the wait starts), a time_point, a std::stop_token, or several of
// them: then the earliest. A limit that is reached ends that wait alone: the connection stays open,
// and the bytes stay where they are. errc::timed_out and errc::canceled are different results.
class wait_limit {
 public:
  wait_limit() noexcept = default;                                          // none
  wait_limit(duration after) noexcept : after_(after) {}                    // NOLINT: implicit on purpose, as are all
  wait_limit(time_point at) noexcept : at_(at) {}                           // NOLINT
  wait_limit(std::stop_token token) noexcept : token_(std::move(token)) {}  // NOLINT
  wait_limit(duration after, std::stop_token token) noexcept : after_(after), token_(std::move(token)) {}
  wait_limit(time_point at, std::stop_token token) noexcept : at_(at), token_(std::move(token)) {}
  wait_limit(duration after, time_point at, std::stop_token token = {}) noexcept
      : after_(after), at_(at), token_(std::move(token)) {}
  template <class Chrono>
    requires std::convertible_to<const Chrono&, duration>
  wait_limit(const Chrono& after) noexcept : wait_limit(duration(after)) {}  // NOLINT
  template <class Chrono>
    requires(std::convertible_to<const Chrono&, time_point> && !std::convertible_to<const Chrono&, duration>)
  wait_limit(const Chrono& at) noexcept : wait_limit(time_point(at)) {}  // NOLINT

  time_point deadline(time_point now) const noexcept { return std::min(at_, now + after_); }
  const std::stop_token& token() const noexcept { return token_; }
  bool none() const noexcept {
    return after_ == duration::max() && at_ == time_point::never() && !token_.stop_possible();
  }

 private:
  duration after_ = duration::max();
  time_point at_ = time_point::never();
  std::stop_token token_;
};

}}  // namespace penstock::v0
