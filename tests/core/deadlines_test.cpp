// SPDX-License-Identifier: BSL-1.0
// Proves that a stream's deadlines fall due at the nanosecond their rules name (I-18): scripts of
// turns in a table, the peers a server meets, and the ends of time.
#include <penstock/deadlines.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "support/values.hpp"

namespace ps = penstock;
using namespace std::chrono_literals;
using ps::deadline_kind;

namespace penstock { inline namespace v0 {
inline void PrintTo(deadline_kind kind, std::ostream* out) { *out << name(kind); }
inline void PrintTo(time_point t, std::ostream* out) { *out << t.time_since_epoch().count() << " ns"; }
}}  // namespace penstock::v0

namespace {

using penstock_test::off;
using penstock_test::start;

constexpr ps::time_point never = ps::time_point::never();
constexpr ps::duration nanosecond = 1ns;

// Expires at next(), not a nanosecond before.
void expect_due(const ps::deadline_watch& watch, ps::time_point when, deadline_kind kind) {
  EXPECT_EQ(watch.next(), when);
  if (when == never) {
    EXPECT_EQ(watch.expired(never), deadline_kind::none);
    return;
  }
  EXPECT_EQ(watch.expired(when - nanosecond), deadline_kind::none);
  EXPECT_EQ(watch.expired(when), kind);
  EXPECT_EQ(watch.expired(when + 1h), kind);
}

}  // namespace

TEST(Deadlines, AreOffButForTheFlushUnlessSet) {
  constexpr ps::deadlines policy;
  static_assert(policy.close_flush == ps::duration(30s));
  static_assert(policy.idle == off && policy.first_byte == off && policy.whole_message == off);
  static_assert(policy.minimum_rate == 0);
  static_assert(std::is_trivially_destructible_v<ps::deadlines>);

  ps::deadline_watch watch(policy, start);
  expect_due(watch, never, deadline_kind::none);
  watch.observe({.received = 5}, start + 1h);
  expect_due(watch, never, deadline_kind::none);
  watch.observe({.received = 5, .closing = true}, start + 2h);
  expect_due(watch, start + 2h + 30s, deadline_kind::close_flush);
}

TEST(Deadlines, OfAServerBoundEveryPeer) {
  constexpr ps::deadlines policy = ps::deadlines::server_defaults();
  static_assert(policy.close_flush == ps::duration(30s) && policy.idle == ps::duration(300s));
  static_assert(policy.first_byte == ps::duration(10s));
  static_assert(policy.whole_message == ps::duration(60s));
  static_assert(policy.minimum_rate == 64 && policy.rate_grace == ps::duration(10s));
  EXPECT_FALSE(check(policy));
}

TEST(Deadlines, OutOfRangeAreABadOption) {
  const auto refused = [](const ps::deadlines& policy) { return check(policy) == ps::errc::bad_option; };
  EXPECT_FALSE(check(ps::deadlines{}));
  EXPECT_FALSE(check(ps::deadlines{.close_flush = off, .idle = 1ns, .minimum_rate = 4'000'000'000}));
  for (const ps::duration bad : {ps::duration(0s), ps::duration(-1ns), ps::duration::min()}) {
    EXPECT_TRUE(refused({.close_flush = bad}));
    EXPECT_TRUE(refused({.idle = bad}));
    EXPECT_TRUE(refused({.first_byte = bad}));
    EXPECT_TRUE(refused({.whole_message = bad}));
    EXPECT_TRUE(refused({.rate_grace = bad}));
  }
}

TEST(DeadlineWatch, CannotOutliveATemporaryPolicy) {
  static_assert(!std::is_constructible_v<ps::deadline_watch, ps::deadlines, ps::time_point>);
  static_assert(std::is_constructible_v<ps::deadline_watch, const ps::deadlines&, ps::time_point>);
}

// One turn: what is seen when, and what is due after it.
struct turn {
  ps::duration at;
  ps::stream_progress seen;
  ps::duration due;  // from the start; `off`: nothing
  deadline_kind kind;
};

struct scenario {
  std::string_view name;
  ps::deadlines policy;
  std::vector<turn> turns;
};

const scenario scenarios[] = {
    {"first byte: runs from the construction until a byte has come",
     {.first_byte = 10s},
     {{0s, {}, 10s, deadline_kind::first_byte},
      {4s, {.sent = 100}, 10s, deadline_kind::first_byte},
      {9s, {.received = 1, .sent = 100}, off, deadline_kind::none},
      {99s, {.received = 1, .consumed = 1, .sent = 100}, off, deadline_kind::none}}},

    {"first byte: a byte that comes and is taken in one turn counts",
     {.first_byte = 10s},
     {{9s, {.received = 1, .consumed = 1}, off, deadline_kind::none}}},

    {"first byte: stands while nobody reads",
     {.first_byte = 10s},
     {{4s, {.reading = false}, off, deadline_kind::none},
      {20s, {.reading = false}, off, deadline_kind::none},
      {30s, {}, 36s, deadline_kind::first_byte}}},

    {"message: runs from its first byte, whatever drips in after it",
     {.whole_message = 60s},
     {{5s, {}, off, deadline_kind::none},
      {10s, {.received = 1}, 70s, deadline_kind::whole_message},
      {11s, {.received = 2}, 70s, deadline_kind::whole_message},
      {69s, {.received = 60}, 70s, deadline_kind::whole_message},
      {69s, {.received = 61, .consumed = 61}, off, deadline_kind::none}}},

    {"message: what the application leaves begins the next one",
     {.whole_message = 60s},
     {{10s, {.received = 10}, 70s, deadline_kind::whole_message},
      {30s, {.received = 10, .consumed = 6}, 90s, deadline_kind::whole_message},
      {40s, {.received = 12, .consumed = 11}, 100s, deadline_kind::whole_message},
      {41s, {.received = 12, .consumed = 12}, off, deadline_kind::none},
      {50s, {.received = 13, .consumed = 12}, 110s, deadline_kind::whole_message}}},

    {"message: what is dropped is taken by nobody, until something is",
     {.whole_message = 60s},
     {{10s, {.received = 9, .consumed = 9}, off, deadline_kind::none},
      {20s, {.received = 10, .consumed = 10, .dropping = true}, 80s, deadline_kind::whole_message},
      {30s, {.received = 11, .consumed = 11, .dropping = true}, 80s, deadline_kind::whole_message},
      {70s, {.received = 12, .consumed = 12, .dropping = true}, 80s, deadline_kind::whole_message},
      {75s, {.received = 20, .consumed = 18}, 135s, deadline_kind::whole_message},
      {76s, {.received = 20, .consumed = 20}, off, deadline_kind::none}}},

    {"message: an over-long one that was told, and whose rest does not come",
     {.whole_message = 60s},
     {{10s, {.received = 9}, 70s, deadline_kind::whole_message},
      {20s, {.received = 12, .consumed = 12, .dropping = true}, 80s, deadline_kind::whole_message},
      {70s, {.received = 12, .consumed = 12, .dropping = true}, 80s, deadline_kind::whole_message}}},

    {"message: a pause of ours is not held against the peer",
     {.whole_message = 60s},
     {{10s, {.received = 1}, 70s, deadline_kind::whole_message},
      {30s, {.received = 9, .reading = false}, off, deadline_kind::none},
      {500s, {.received = 9, .reading = false}, off, deadline_kind::none},
      {530s, {.received = 9}, 570s, deadline_kind::whole_message},
      {540s, {.received = 9, .reading = false}, off, deadline_kind::none},
      {541s, {.received = 9}, 571s, deadline_kind::whole_message}}},

    {"message: one that begins during a pause begins to count after it",
     {.whole_message = 60s},
     {{10s, {.received = 5, .reading = false}, off, deadline_kind::none},
      {20s, {.received = 5, .consumed = 2, .reading = false}, off, deadline_kind::none},
      {30s, {.received = 5, .consumed = 2}, 90s, deadline_kind::whole_message}}},

    {"message: bytes put back make it begin again",
     {.whole_message = 60s},
     {{10s, {.received = 5, .consumed = 5}, off, deadline_kind::none},
      {20s, {.received = 5, .consumed = 3}, 80s, deadline_kind::whole_message},
      {30s, {.received = 5, .consumed = std::uint64_t{0} - 7}, 90s, deadline_kind::whole_message}}},

    {"rate: a drip of a byte a second is cut at the end of the grace",
     {.minimum_rate = 64, .rate_grace = 10s},
     {{100s, {.received = 1}, 110s, deadline_kind::rate},
      {101s, {.received = 2}, 110s, deadline_kind::rate},
      {109s, {.received = 10}, 110s, deadline_kind::rate}}},

    {"rate: each byte buys its time, no more",
     {.minimum_rate = 64, .rate_grace = 10s},
     {{100s, {.received = 640}, 110s, deadline_kind::rate},
      {101s, {.received = 641}, 110s + 15'625us, deadline_kind::rate},
      {102s, {.received = 6'400}, 200s, deadline_kind::rate},
      {150s, {.received = 6'400, .reading = false}, off, deadline_kind::none},
      {160s, {.received = 6'400}, 210s, deadline_kind::rate},
      {161s, {.received = 6'400, .consumed = 6'400}, off, deadline_kind::none}}},

    {"rate: a time that does not divide is rounded up to the nanosecond",
     {.minimum_rate = 3, .rate_grace = 1ns},
     {{0s, {.received = 1}, 333'333'334ns, deadline_kind::rate},
      {0s, {.received = 2}, 666'666'667ns, deadline_kind::rate},
      {0s, {.received = 3}, 1s, deadline_kind::rate}}},

    {"idle: any progress in either direction moves it",
     {.idle = 300s},
     {{10s, {}, 300s, deadline_kind::idle},
      {20s, {.received = 1}, 320s, deadline_kind::idle},
      {30s, {.received = 1, .consumed = 1}, 330s, deadline_kind::idle},
      {40s, {.received = 1, .consumed = 1, .sent = 1}, 340s, deadline_kind::idle},
      {50s, {.received = 1, .consumed = 1, .sent = 1}, 340s, deadline_kind::idle},
      {60s, {.received = 1, .consumed = 1, .sent = 1, .reading = false}, 340s, deadline_kind::idle}}},

    {"close: the flush has a fixed time, and nothing else counts",
     {.close_flush = 30s, .idle = 1s, .first_byte = 1s, .whole_message = 1s, .minimum_rate = 64},
     {{500ms, {.received = 9, .closing = true}, 30'500ms, deadline_kind::close_flush},
      {20s, {.received = 9, .sent = 9, .closing = true}, 30'500ms, deadline_kind::close_flush},
      {30s, {.received = 9, .sent = 10, .closing = true}, 30'500ms, deadline_kind::close_flush}}},

    {"close: a flush that may take for ever",
     {.close_flush = off, .idle = 1s},
     {{500ms, {.closing = true}, off, deadline_kind::none}}},

    {"the earliest names itself, the last of equal ones wins",
     {.idle = 60s, .first_byte = 60s, .whole_message = 60s, .minimum_rate = 1, .rate_grace = 60s},
     {{0s, {}, 60s, deadline_kind::first_byte},
      {10s, {.received = 1}, 70s, deadline_kind::rate},
      {11s, {.received = 61}, 70s, deadline_kind::whole_message},
      {12s, {.received = 61, .reading = false}, 71s, deadline_kind::idle},
      {12s, {.received = 61}, 70s, deadline_kind::whole_message}}},
};

TEST(DeadlineWatch, FallsDueWhenItsRulesSay_I18) {
  for (const scenario& row : scenarios) {
    SCOPED_TRACE(row.name);
    ASSERT_FALSE(check(row.policy));
    ps::deadline_watch watch(row.policy, start);
    for (const turn& each : row.turns) {
      SCOPED_TRACE(std::to_string(each.at.count()) + " ns");
      watch.observe(each.seen, start + each.at);
      expect_due(watch, each.due == off ? never : start + each.due, each.kind);
    }
  }
}

TEST(DeadlineWatch, TellsTheSameHoweverOftenItIsToldTheSame) {
  const ps::deadlines policy = ps::deadlines::server_defaults();
  ps::deadline_watch often(policy, start);
  ps::deadline_watch once(policy, start);
  const ps::stream_progress seen{.received = 700, .consumed = 3};
  once.observe(seen, start + 3s);
  for (auto t = 3s; t < 12s; ++t) {
    often.observe(seen, start + t);
    EXPECT_EQ(often.next(), once.next());
  }
}

TEST(DeadlineWatch, CutsASlowDripToTheTick_I18) {
  const ps::deadlines policy = ps::deadlines::server_defaults();
  const struct {
    std::string_view name;
    std::uint64_t bytes_each_second;
    ps::duration cut;
    deadline_kind kind;
  } rows[] = {
      {"nothing at all", 0, 10s, deadline_kind::first_byte},
      {"a byte a second", 1, 1s + 10s, deadline_kind::rate},
      {"just too slow", 63, 1s + 10s, deadline_kind::rate},
      {"fast enough, but the message never ends", 65, 1s + 60s, deadline_kind::whole_message},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    ps::deadline_watch watch(policy, start);
    auto second = 0s;
    while (watch.next() > start + (second + 1s)) {
      ++second;
      const auto seconds = static_cast<std::uint64_t>(second.count());
      watch.observe({.received = row.bytes_each_second * seconds}, start + second);
    }
    EXPECT_EQ(watch.next(), start + row.cut);
    EXPECT_EQ(watch.expired(start + row.cut), row.kind);
  }
}

TEST(DeadlineWatch, LetsAnHonestClientPauseUntilIdle) {
  const ps::deadlines policy = ps::deadlines::server_defaults();
  ps::deadline_watch watch(policy, start);
  ps::stream_progress seen;
  ps::time_point now = start;
  for (int message = 0; message < 100; ++message) {
    now = now + (message == 0 ? ps::duration(9s) : ps::duration(299s));
    ASSERT_EQ(watch.expired(now), deadline_kind::none);
    seen.received += 40;
    watch.observe(seen, now);
    now = now + 9s;
    ASSERT_EQ(watch.expired(now), deadline_kind::none);
    seen.received += 40;
    seen.consumed = seen.received;
    seen.sent += 1'000;
    watch.observe(seen, now);
    expect_due(watch, now + 300s, deadline_kind::idle);
  }
}

TEST(DeadlineWatch, FollowsAPolicyThatChanges) {
  ps::deadlines policy{.idle = 300s};
  const ps::deadline_watch watch(policy, start);
  policy.idle = 20s;
  expect_due(watch, start + 20s, deadline_kind::idle);
}

TEST(DeadlineWatch, StopsAtTheEndsOfTime) {
  const ps::deadlines policy = ps::deadlines::server_defaults();

  ps::deadline_watch late(policy, never - 5s);
  EXPECT_EQ(late.next(), never);
  EXPECT_EQ(late.expired(never), deadline_kind::none);
  late.observe({.received = 1}, never - 1s);
  EXPECT_EQ(late.next(), never);
  late.observe({.received = 1, .closing = true}, never);
  EXPECT_EQ(late.expired(never), deadline_kind::none);

  const ps::time_point dawn(ps::duration::min());
  ps::deadline_watch early(policy, dawn);
  expect_due(early, dawn + 10s, deadline_kind::first_byte);
  early.observe({}, never - 1h);
  EXPECT_EQ(early.expired(never - 1h), deadline_kind::idle);

  // Off is off before the clock's epoch too, where `off` after it would be an instant.
  const ps::deadlines lenient{.close_flush = off};
  ps::deadline_watch before_epoch(lenient, dawn);
  EXPECT_EQ(before_epoch.next(), never);
  before_epoch.observe({.received = 1}, dawn);
  EXPECT_EQ(before_epoch.next(), never);
  before_epoch.observe({.closing = true}, dawn);
  EXPECT_EQ(before_epoch.next(), never);
}

TEST(DeadlineWatch, BuysNoMoreThanAllOfTimeForAnyNumberOfBytes) {
  constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  ps::deadlines policy{.minimum_rate = 1, .rate_grace = 1ns};
  ps::deadline_watch watch(policy, start);
  watch.observe({.received = all}, start);
  EXPECT_EQ(watch.next(), never);

  // 9'223'372'036.999 seconds are past the end by a fraction of one.
  policy.minimum_rate = 1'000;
  watch.observe({.received = 9'223'372'036'999}, start);
  EXPECT_EQ(watch.next(), never);

  policy.minimum_rate = std::numeric_limits<std::uint32_t>::max();
  watch.observe({.received = all}, start);
  // (2^64 - 1) / (2^32 - 1) = 2^32 + 1 seconds, exactly.
  EXPECT_EQ(watch.next(), start + 4'294'967'297s);
  watch.observe({.received = all - 1}, start);
  EXPECT_EQ(watch.next(), start + 4'294'967'297s);
}
