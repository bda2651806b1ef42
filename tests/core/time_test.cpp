// SPDX-License-Identifier: BSL-1.0
// Proves that penstock's durations and instants carry <chrono>'s values exactly where they fit and
// stop at the ends where they do not: tables of conversions and sums, and a comparison with
// 128-bit arithmetic on random numbers.
#include <penstock/time.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

using limits = std::numeric_limits<std::int64_t>;
using steady = std::chrono::steady_clock;
template <class Rep, class Period = std::ratio<1>>
using chrono_duration = std::chrono::duration<Rep, Period>;

constexpr ps::duration ns(std::int64_t n) { return ps::duration::nanoseconds(n); }
constexpr ps::time_point at(std::int64_t n) { return ps::time_point(ns(n)); }

struct options {
  ps::duration idle = ps::duration::max();
};

}  // namespace

TEST(Duration, IsMadeFromAnyIntegralChronoDurationInPlace) {
  EXPECT_EQ(options{.idle = 300s}.idle.count(), 300'000'000'000);
  EXPECT_EQ(ps::duration(7ns).count(), 7);
  EXPECT_EQ(ps::duration(7us).count(), 7'000);
  EXPECT_EQ(ps::duration(7ms).count(), 7'000'000);
  EXPECT_EQ(ps::duration(7min).count(), 420'000'000'000);
  EXPECT_EQ(ps::duration(-7h).count(), -25'200'000'000'000);
  EXPECT_EQ(ps::duration(std::chrono::days(1)).count(), 86'400'000'000'000);
  EXPECT_EQ((ps::duration(chrono_duration<short, std::deci>(3)).count()), 300'000'000);
  EXPECT_EQ((ps::duration(chrono_duration<std::uint32_t>(4'000'000'000)).count()), 4'000'000'000'000'000'000);
  static_assert(ps::duration(1s) == ns(1'000'000'000));
}

TEST(Duration, IsTheNearestToAFraction) {
  EXPECT_EQ(options{.idle = 0.25s}.idle.count(), 250'000'000);
  EXPECT_EQ(ps::duration(0.29s).count(), 290'000'000);
  EXPECT_EQ(ps::duration(-0.1ms).count(), -100'000);
  EXPECT_EQ(ps::duration(1.5ns).count(), 2);
  EXPECT_EQ(ps::duration(-0.4ns).count(), 0);
  EXPECT_EQ((ps::duration(chrono_duration<float>(0.5F)).count()), 500'000'000);
  EXPECT_EQ((ps::duration(chrono_duration<long double, std::ratio<60>>(1.5L)).count()), 90'000'000'000);
  static_assert(ps::duration(0.5s) == ns(500'000'000));
  static_assert(ps::time_point(steady::time_point() + 0.5s) == at(500'000'000));
  static_assert(!std::is_convertible_v<decltype(steady::time_point() + 0.5s), ps::duration>);
}

TEST(Duration, OfAFractionThatDoesNotFitIsAnEndAndOfNoneIsZero) {
  using in_double = std::numeric_limits<double>;
  const auto seconds = [](double n) { return ps::duration(chrono_duration<double>(n)); };
  EXPECT_EQ(seconds(1e10), ps::duration::max());
  EXPECT_EQ(seconds(-1e10), ps::duration::min());
  EXPECT_EQ(seconds(in_double::infinity()), ps::duration::max());
  EXPECT_EQ(seconds(-in_double::infinity()), ps::duration::min());
  EXPECT_EQ(seconds(in_double::max()), ps::duration::max());
  EXPECT_EQ(seconds(in_double::quiet_NaN()), ns(0));
  EXPECT_EQ((ps::duration(chrono_duration<double, std::nano>(0x1p63))), ps::duration::max());
}

TEST(Duration, RefusesWhatItWouldCutAtCompileTime) {
  static_assert(!std::is_convertible_v<ps::duration, chrono_duration<double>>);
  static_assert(!std::is_convertible_v<chrono_duration<std::uint64_t>, ps::duration>);
  static_assert(!std::is_convertible_v<int, ps::duration>);
  static_assert(std::is_convertible_v<std::chrono::milliseconds, ps::duration>);
}

TEST(Duration, TruncatesPeriodsFinerThanItsOwnTowardsZero) {
  using picoseconds = chrono_duration<std::int64_t, std::pico>;
  using thirds = chrono_duration<std::int64_t, std::ratio<1, 3>>;
  EXPECT_EQ(ps::duration(picoseconds(999)).count(), 0);
  EXPECT_EQ(ps::duration(picoseconds(-1'999)).count(), -1);
  EXPECT_EQ(ps::duration(picoseconds(999'999'999'999)).count(), 999'999'999);
  EXPECT_EQ(ps::duration(picoseconds(limits::max())).count(), limits::max() / 1'000);
  EXPECT_EQ(ps::duration(thirds(1)).count(), 333'333'333);
  EXPECT_EQ(ps::duration(thirds(-5)).count(), -1'666'666'666);
}

TEST(Duration, ConvertsBackTruncatingTowardsZeroAsDurationCastDoes) {
  const std::chrono::nanoseconds exact = ns(1'500'000'000);
  const std::chrono::seconds seconds = ns(1'999'999'999);
  const std::chrono::milliseconds negative = ns(-1'999'999);
  const chrono_duration<std::int64_t, std::pico> finer = ns(5);
  EXPECT_EQ(exact, 1'500ms);
  EXPECT_EQ(seconds, 1s);
  EXPECT_EQ(negative, -1ms);
  EXPECT_EQ(finer.count(), 5'000);
}

TEST(Duration, StopsAtTheEndsWhenAConversionDoesNotFit) {
  EXPECT_EQ(ps::duration(std::chrono::hours::max()), ps::duration::max());
  EXPECT_EQ(ps::duration(std::chrono::hours::min()), ps::duration::min());
  EXPECT_EQ(ps::duration(std::chrono::seconds(9'223'372'036)).count(), 9'223'372'036'000'000'000);
  EXPECT_EQ(ps::duration(std::chrono::seconds(9'223'372'037)), ps::duration::max());
  EXPECT_EQ(ps::duration(std::chrono::seconds(-9'223'372'037)), ps::duration::min());
  EXPECT_EQ(ps::duration(std::chrono::nanoseconds::max()), ps::duration::max());

  const chrono_duration<std::int64_t, std::pico> finer = ps::duration::min();
  EXPECT_EQ(finer.count(), limits::min());
  const chrono_duration<std::int8_t> narrow = ns(200'000'000'000);
  EXPECT_EQ(narrow.count(), 127);
  const chrono_duration<std::int8_t> narrow_negative = ns(-200'000'000'000);
  EXPECT_EQ(narrow_negative.count(), -128);
  const chrono_duration<std::uint32_t> no_sign = ns(-1'000'000'000);
  EXPECT_EQ(no_sign.count(), 0U);
}

TEST(Duration, OrdersByLength) {
  EXPECT_LT(ps::duration(1s), ps::duration(2s));
  EXPECT_LT(ps::duration::min(), ps::duration());
  EXPECT_LT(ps::duration(std::chrono::hours(1)), ps::duration::max());
  EXPECT_EQ(ps::duration(1s), ps::duration(1000ms));
}

TEST(TimePoint, CarriesSteadyClocksInstantsBothWays) {
  const steady::time_point now = steady::now();
  const ps::time_point ours = now;
  const steady::time_point back = ours;
  EXPECT_EQ(back, now);
  EXPECT_EQ(ours.time_since_epoch().count(), std::chrono::nanoseconds(now.time_since_epoch()).count());

  const std::chrono::time_point<steady, std::chrono::seconds> coarse(3s);
  EXPECT_EQ(ps::time_point(coarse), at(3'000'000'000));
}

TEST(TimePoint, RefusesClocksThatJump) {
  using wall = std::chrono::system_clock::time_point;
  static_assert(!std::is_convertible_v<wall, ps::time_point>);
  static_assert(!std::is_convertible_v<ps::time_point, wall>);
  static_assert(!std::is_convertible_v<ps::duration, ps::time_point>);
  static_assert(std::is_convertible_v<steady::time_point, ps::time_point>);
}

TEST(TimePoint, NeverIsAfterEveryInstantAndStaysNeverWhenTimeIsAdded) {
  EXPECT_EQ(ps::time_point::never() + 1s, ps::time_point::never());
  EXPECT_EQ(at(5) + ps::duration::max(), ps::time_point::never());
  EXPECT_GT(ps::time_point::never(), ps::time_point(steady::now()));
  EXPECT_EQ(ps::time_point(steady::time_point::max()), ps::time_point::never());
}

TEST(TimePoint, DifferencesAreDurations) {
  EXPECT_EQ(at(7) - at(10), ns(-3));
  EXPECT_EQ(at(7) - ns(10), at(-3));
  EXPECT_EQ(at(limits::max()) - at(limits::min()), ps::duration::max());
  EXPECT_EQ(at(limits::min()) - at(limits::max()), ps::duration::min());
  EXPECT_EQ(at(limits::min()) - ns(1), at(limits::min()));
}

#ifdef __SIZEOF_INT128__  // the reference; 32-bit targets run the tables alone
namespace {

__extension__ using wide = __int128;
std::int64_t clamped(wide n) {
  if (n > limits::max()) return limits::max();
  if (n < limits::min()) return limits::min();
  return static_cast<std::int64_t>(n);
}

// Mostly the ends and their neighbourhood, where sums go wrong.
std::int64_t any_count() {
  const auto offset = *rc::gen::inRange<std::int64_t>(0, 4);
  switch (*rc::gen::inRange(0, 4)) {
    case 0: return limits::max() - offset;
    case 1: return limits::min() + offset;
    case 2: return offset - 2;
    default: return *rc::gen::arbitrary<std::int64_t>();
  }
}

}  // namespace

RC_GTEST_PROP(Duration, SumsDifferencesAndProductsAreExactOrAtTheNearestEnd, ()) {
  const std::int64_t a = any_count();
  const std::int64_t b = any_count();
  RC_ASSERT((ns(a) + ns(b)).count() == clamped(wide{a} + b));
  RC_ASSERT((ns(a) - ns(b)).count() == clamped(wide{a} - b));
  RC_ASSERT((ns(a) * b).count() == clamped(wide{a} * b));
  RC_ASSERT((at(a) + ns(b)).time_since_epoch() == ns(a) + ns(b));
  RC_ASSERT((at(a) - ns(b)).time_since_epoch() == ns(a) - ns(b));
  RC_ASSERT(at(a) - at(b) == ns(a) - ns(b));
}

RC_GTEST_PROP(Duration, ConversionsAreExactOrTruncatedOrAtTheNearestEnd, ()) {
  const std::int64_t n = any_count();
  RC_ASSERT(ps::duration(std::chrono::duration<std::int64_t>(n)).count() == clamped(wide{n} * 1'000'000'000));
  RC_ASSERT(ps::duration(chrono_duration<std::int64_t, std::ratio<1, 30>>(n)).count() ==
            clamped(wide{n} * 1'000'000'000 / 30));
  RC_ASSERT(ps::duration(chrono_duration<std::int64_t, std::femto>(n)).count() == n / 1'000'000);
  const std::chrono::milliseconds milliseconds = ns(n);
  RC_ASSERT(milliseconds.count() == n / 1'000'000);
  const chrono_duration<std::int64_t, std::ratio<1001, 30000>> frames = ns(n);
  RC_ASSERT(frames.count() == clamped(wide{n} * 30000 / 1001 / 1'000'000'000));
}
#endif
