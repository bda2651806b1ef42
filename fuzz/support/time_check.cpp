// SPDX-License-Identifier: BSL-1.0
// The reference: one 128-bit product and quotient, cut to what the answer's type holds.
#include "time_check.hpp"

#include <chrono>
#include <limits>
#include <ratio>
#include <type_traits>

#include <penstock/time.hpp>

#include "check.hpp"

namespace penstock::fuzz {

#ifdef __SIZEOF_INT128__
namespace {

__extension__ using wide = __int128;

template <class Rep>
Rep cut(wide n) noexcept {
  using limits = std::numeric_limits<Rep>;
  if (n > wide{limits::max()}) return limits::max();
  if (n < wide{limits::min()}) return limits::min();
  return static_cast<Rep>(n);
}

// A chrono duration of that many periods, and the nanoseconds as one.
template <class Rep, class Period>
void check_conversion(std::string_view what, std::int64_t n) {
  using chrono = std::chrono::duration<Rep, Period>;
  constexpr wide billion = 1'000'000'000;
  const Rep count = cut<Rep>(n);
  expect_equal(what, cut<std::int64_t>(wide{count} * billion * Period::num / Period::den),
               duration(chrono(count)).count());
  // What does not fit 64 bits on the way stops there; the answer is then at its own end.
  const wide periods = wide{n} * Period::den / (wide{Period::num} * billion);
  expect_equal(what, cut<Rep>(periods), static_cast<chrono>(duration::nanoseconds(n)).count());
}

}  // namespace

void check_time(std::int64_t a, std::int64_t b) {
  const duration x = duration::nanoseconds(a);
  const duration y = duration::nanoseconds(b);
  expect_equal("a sum of durations", cut<std::int64_t>(wide{a} + b), (x + y).count());
  expect_equal("a difference of durations", cut<std::int64_t>(wide{a} - b), (x - y).count());
  expect_equal("a product of a duration", cut<std::int64_t>(wide{a} * b), (x * b).count());
  expect("durations order by length", (x < y) == (a < b) && (x == y) == (a == b));
  expect("an instant moves as its duration", (time_point(x) + y).time_since_epoch() == x + y &&
                                                 (time_point(x) - y).time_since_epoch() == x - y &&
                                                 time_point(x) - time_point(y) == x - y);
  using steady = std::chrono::steady_clock;
  expect("steady_clock's instants go both ways",
         time_point(static_cast<steady::time_point>(time_point(x))) == time_point(x));
  check_conversion<std::int64_t, std::nano>("nanoseconds", a);
  check_conversion<std::int64_t, std::milli>("milliseconds", a);
  check_conversion<std::int64_t, std::ratio<3600>>("hours", a);
  check_conversion<std::int64_t, std::pico>("picoseconds", a);
  check_conversion<std::int64_t, std::ratio<1, 30>>("thirtieths", a);
  check_conversion<std::int8_t, std::ratio<1>>("seconds in 8 bits", a);
  check_conversion<std::uint32_t, std::ratio<1>>("seconds without a sign", a);
}
#else
void check_time(std::int64_t, std::int64_t) {}
#endif

}  // namespace penstock::fuzz
