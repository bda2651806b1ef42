// SPDX-License-Identifier: BSL-1.0
// Time as an argument: steady_clock's durations and instants, by value, without <chrono>.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>

namespace penstock { inline namespace v0 {

// A span of time in nanoseconds. Made from and converted to any std::chrono::duration with an
// integral count; what does not fit becomes the largest or the smallest value. Made from one with a
// floating-point count too, to the nearest nanosecond: 0.25s. NaN is 0.
class duration {
 public:
  constexpr duration() = default;
  static constexpr duration nanoseconds(std::int64_t n) noexcept { return duration(n, 0); }
  static constexpr duration max() noexcept { return nanoseconds(std::numeric_limits<std::int64_t>::max()); }
  static constexpr duration min() noexcept { return nanoseconds(std::numeric_limits<std::int64_t>::min()); }

  template <class Chrono>
    requires requires(Chrono d) {
      Chrono::period::num;
      std::int64_t{d.count()};
    }
  constexpr duration(const Chrono& d) noexcept  // NOLINT: a chrono duration is a duration
      : count_(scaled(d.count(), ratio<typename Chrono::period>::numerator,
                      ratio<typename Chrono::period>::denominator)) {}

  template <class Chrono>
    requires requires(Chrono d) {
      Chrono::period::num;
      { d.count() } -> std::floating_point;
    }
  constexpr duration(const Chrono& d) noexcept  // NOLINT: as above
      : count_(nearest(static_cast<long double>(d.count()) * ratio<typename Chrono::period>::numerator /
                       ratio<typename Chrono::period>::denominator)) {}

  template <class Chrono>
    requires requires(Chrono d) {
      Chrono::period::num;
      std::int64_t{d.count()};
    }
  constexpr operator Chrono() const noexcept {
    using rep = typename Chrono::rep;
    const std::int64_t n =
        scaled(count_, ratio<typename Chrono::period>::denominator, ratio<typename Chrono::period>::numerator);
    const rep narrow = static_cast<rep>(n);
    if (std::int64_t{narrow} == n) return Chrono(narrow);
    return n < 0 ? Chrono::min() : Chrono::max();
  }

  constexpr std::int64_t count() const noexcept { return count_; }  // nanoseconds

  friend constexpr duration operator+(duration a, duration b) noexcept {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.count_, b.count_, &sum)) return b.count_ > 0 ? max() : min();
    return nanoseconds(sum);
  }
  friend constexpr duration operator-(duration a, duration b) noexcept {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a.count_, b.count_, &difference)) return b.count_ < 0 ? max() : min();
    return nanoseconds(difference);
  }
  friend constexpr duration operator*(duration a, std::int64_t n) noexcept {
    return nanoseconds(scaled(a.count_, n, 1));
  }
  friend constexpr bool operator==(duration, duration) = default;
  friend constexpr auto operator<=>(duration, duration) = default;

 private:
  static constexpr std::int64_t common_divisor(std::int64_t a, std::int64_t b) noexcept {
    return b == 0 ? a : common_divisor(b, a % b);
  }

  // A period in nanoseconds, in lowest terms: scaled() multiplies a rest by it.
  template <class Period>
  struct ratio {
    static constexpr std::int64_t billion = 1'000'000'000;
    static constexpr std::int64_t common = common_divisor(billion, Period::den);
    static constexpr std::int64_t numerator = billion / common * Period::num;
    static constexpr std::int64_t denominator = Period::den / common;
  };

  constexpr duration(std::int64_t n, int) noexcept : count_(n) {}

  static constexpr std::int64_t nearest(long double n) noexcept {
    if (n != n) return 0;
    const long double end = 0x1p63L;
    if (n >= end) return std::numeric_limits<std::int64_t>::max();
    if (n <= -end) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(n < 0 ? n - 0.5L : n + 0.5L);
  }
  // count * numerator / denominator, saturated.
  static constexpr std::int64_t scaled(std::int64_t count, std::int64_t numerator, std::int64_t denominator) noexcept;

  std::int64_t count_ = 0;
};

// An instant of std::chrono::steady_clock, to and from which it converts. A virtual clock makes
// values of the same type, from 0 on: 0 is the deadline of what is due already. Sums saturate: an instant never wraps.
class time_point {
 public:
  constexpr time_point() = default;
  constexpr explicit time_point(duration since_epoch) noexcept : since_epoch_(since_epoch) {}
  static constexpr time_point never() noexcept { return time_point(duration::max()); }

  template <class Chrono>
    requires(Chrono::clock::is_steady)
  constexpr time_point(const Chrono& t) noexcept  // NOLINT: steady_clock's instants are ours
      : since_epoch_(t.time_since_epoch()) {}

  template <class Chrono>
    requires(Chrono::clock::is_steady)
  constexpr operator Chrono() const noexcept {
    return Chrono(static_cast<typename Chrono::duration>(since_epoch_));
  }

  constexpr duration time_since_epoch() const noexcept { return since_epoch_; }

  friend constexpr time_point operator+(time_point t, duration d) noexcept { return time_point(t.since_epoch_ + d); }
  friend constexpr time_point operator-(time_point t, duration d) noexcept { return time_point(t.since_epoch_ - d); }
  friend constexpr duration operator-(time_point a, time_point b) noexcept { return a.since_epoch_ - b.since_epoch_; }
  friend constexpr bool operator==(time_point, time_point) = default;
  friend constexpr auto operator<=>(time_point, time_point) = default;

 private:
  duration since_epoch_;
};

constexpr std::int64_t duration::scaled(std::int64_t count, std::int64_t numerator, std::int64_t denominator) noexcept {
  // Whole and rest apart, so that 64 bits suffice where there is no 128-bit integer.
  const std::int64_t whole = count / denominator;
  const std::int64_t rest = count % denominator;
  std::int64_t high = 0;
  std::int64_t low = 0;
  std::int64_t sum = 0;
  const bool negative = (count < 0) != (numerator < 0);
  if (__builtin_mul_overflow(whole, numerator, &high) || __builtin_mul_overflow(rest, numerator, &low) ||
      __builtin_add_overflow(high, low / denominator, &sum))
    return negative ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  return sum;
}

}}  // namespace penstock::v0
