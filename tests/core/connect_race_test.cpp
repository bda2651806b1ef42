// SPDX-License-Identifier: BSL-1.0
// Proves what a race of connection attempts does against scripted hosts on a virtual clock (a
// table, R101 and RFC 8305), at its ends, and what its failure is.
#include <penstock/connect_race.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "support/values.hpp"

namespace ps = penstock;
using namespace std::chrono_literals;
using ps::race_action;
using ps::race_attempt;

namespace {

using penstock_test::off;
using penstock_test::refused;
using penstock_test::start;
using penstock_test::unreachable;

static_assert(off == ps::race_options::off);

}  // namespace

TEST(RaceOptions, AreOneAtATimeForEverUnlessSet_R101) {
  constexpr ps::race_options options;
  static_assert(options.attempt_delay == off && options.timeout == off);
  static_assert(std::is_trivially_destructible_v<ps::race_options>);
  static_assert(ps::default_interleave(options) == 0);
  static_assert(ps::default_interleave({.attempt_delay = 250ms}) == 1);
  EXPECT_FALSE(check(options));
}

TEST(RaceOptions, OutOfRangeAreABadOption) {
  EXPECT_FALSE(check(ps::race_options{.attempt_delay = 0s, .timeout = 1ns}));
  EXPECT_EQ(check(ps::race_options{.attempt_delay = -1ns}), ps::errc::bad_option);
  EXPECT_EQ(check(ps::race_options{.timeout = 0s}), ps::errc::bad_option);
  EXPECT_EQ(check(ps::race_options{.timeout = -1s}), ps::errc::bad_option);
}

TEST(ConnectRace, WithoutAddressesFailsAtOnce_R100) {
  ps::connect_race race({}, {}, start);
  EXPECT_EQ(race.next(start).action, race_action::failed);
  EXPECT_EQ(race.next(start).error, ps::errc::bad_option);
  race.cancel();
  EXPECT_EQ(race.next(start + 1h).error, ps::errc::bad_option);
}

TEST(ConnectRace, ResetsTheAttemptsItIsGiven) {
  std::array<race_attempt, 2> attempts{{{ps::attempt_state::won, {}}, {ps::attempt_state::failed, refused}}};
  ps::connect_race race(attempts, {}, start);
  EXPECT_EQ(race.next(start).action, race_action::start);
  EXPECT_EQ(attempts[0].state, ps::attempt_state::waiting);
  EXPECT_EQ(attempts[1].state, ps::attempt_state::waiting);
  EXPECT_FALSE(attempts[1].error);
}

TEST(ConnectRace, StopsAtTheEndsOfTime) {
  std::array<race_attempt, 2> attempts;
  const ps::time_point never = ps::time_point::never();
  ps::connect_race late(attempts, {.attempt_delay = 1s, .timeout = 1s}, never - 1ms);
  late.attempt_started(late.next(never - 1ms).attempt, never - 1ms);
  EXPECT_EQ(late.next(never).action, race_action::wait);
  EXPECT_EQ(late.next(never).until, never);

  // Off is off before the clock's epoch too, where `off` after it would be an instant.
  const ps::time_point dawn(ps::duration::min());
  ps::connect_race early(attempts, {}, dawn);
  early.attempt_started(early.next(dawn).attempt, dawn);
  EXPECT_EQ(early.next(dawn + 1h).action, race_action::wait);
  EXPECT_EQ(early.next(dawn + 1h).until, never);
}

TEST(ConnectRaceDeathTest, HoldsItsDriverToTheOrderOfCalls) {
  std::array<race_attempt, 2> attempts;
  ps::connect_race race(attempts, {}, start);
  EXPECT_DEATH(race.attempt_started(1, start), "started_");
  EXPECT_DEATH(race.attempt_succeeded(0), "started_");
  EXPECT_DEATH(race.attempt_failed(0, refused), "started_");
  EXPECT_DEATH(race.attempt_closed(0), "started_");
  race.attempt_started(0, start);
  EXPECT_DEATH(race.attempt_failed(0, {}), "ec");
  EXPECT_DEATH(race.attempt_closed(0), "to_close");
}

namespace {

struct host {
  enum { connects, refuses, is_silent } kind;
  ps::duration after = off;
};
constexpr host silent{host::is_silent};
constexpr host connects_after(ps::duration d) { return {host::connects, d}; }
constexpr host refuses_after(ps::duration d) { return {host::refuses, d}; }

constexpr std::size_t nobody = 99;

struct result {
  std::size_t winner = nobody;
  ps::duration took;
  std::error_code error;
  std::size_t started = 0;
  std::size_t closed = 0;
};

// The driver of connect_race.hpp's example, over hosts that answer on a virtual clock.
result connect(const std::vector<host>& hosts, ps::race_options options) {
  std::vector<race_attempt> attempts(hosts.size());
  std::vector<ps::time_point> answers(hosts.size(), ps::time_point::never());
  ps::time_point now = start;
  ps::connect_race race(attempts, options, now);
  result all;
  for (;;) {
    const ps::race_step step = race.next(now);
    switch (step.action) {
      case race_action::start: {
        const host& target = hosts[step.attempt];
        race.attempt_started(step.attempt, now);
        if (target.kind != host::is_silent) answers[step.attempt] = now + target.after;
        ++all.started;
        break;
      }
      case race_action::close:
        race.attempt_closed(step.attempt);
        answers[step.attempt] = ps::time_point::never();
        ++all.closed;
        break;
      case race_action::wait: {
        const auto next = std::min_element(answers.begin(), answers.end());
        now = std::min(*next, step.until);
        if (now == ps::time_point::never()) return all;  // for ever: no winner, no error
        if (*next != now) break;
        const auto i = static_cast<std::size_t>(next - answers.begin());
        *next = ps::time_point::never();
        if (hosts[i].kind == host::connects)
          race.attempt_succeeded(i);
        else
          race.attempt_failed(i, refused);
        break;
      }
      case race_action::won:
        all.winner = step.attempt;
        all.took = now - start;
        return all;
      case race_action::failed:
        all.error = step.error;
        all.took = now - start;
        return all;
    }
  }
}

struct meeting {
  std::string_view name;
  std::vector<host> hosts;
  ps::race_options options;
  result expected;
};

}  // namespace

TEST(ConnectRace, MeetsScriptedHostsAsRfc8305Says) {
  constexpr ps::race_options staggered{.attempt_delay = 250ms};
  const std::error_code none;
  const std::error_code timed_out = ps::errc::timed_out;
  const meeting meetings[] = {
      {"the first answers before the second is due",
       {connects_after(249ms), connects_after(1ms)},
       staggered,
       {0, 249ms, none, 1, 0}},
      {"a black hole first: connected a delay later, not at the timeout",
       {silent, connects_after(20ms)},
       {.attempt_delay = 250ms, .timeout = 10s},
       {1, 270ms, none, 2, 1}},
      {"a black hole first, one at a time: the timeout",
       {silent, connects_after(20ms)},
       {.timeout = 10s},
       {nobody, 10s, timed_out, 1, 1}},
      {"a black hole, one at a time, no timeout: for ever",
       {silent, connects_after(20ms)},
       {},
       {nobody, 0s, none, 1, 0}},
      {"the first refuses: the second starts at once",
       {refuses_after(3ms), connects_after(20ms)},
       staggered,
       {1, 23ms, none, 2, 0}},
      {"the same, one at a time", {refuses_after(3ms), connects_after(20ms)}, {}, {1, 23ms, none, 2, 0}},
      {"a slow first overtakes a slower second",
       {connects_after(300ms), connects_after(100ms)},
       staggered,
       {0, 300ms, none, 2, 1}},
      {"a quick second overtakes a slow first",
       {connects_after(400ms), connects_after(100ms)},
       staggered,
       {1, 350ms, none, 2, 1}},
      {"only the failure of the latest one hurries the next",
       {refuses_after(260ms), silent, connects_after(1ms)},
       staggered,
       {2, 501ms, none, 3, 1}},
      {"each failure of the latest hurries the next",
       {silent, refuses_after(10ms), refuses_after(10ms), connects_after(10ms)},
       staggered,
       {3, 280ms, none, 4, 1}},
      {"all black holes: each started, each closed at the timeout",
       {silent, silent, silent},
       {.attempt_delay = 250ms, .timeout = 2s},
       {nobody, 2s, timed_out, 3, 3}},
      {"the timeout comes before the third is due",
       {silent, silent, connects_after(1ms)},
       {.attempt_delay = 250ms, .timeout = 500ms},
       {nobody, 500ms, timed_out, 2, 2}},
      {"all refuse: failed at once, whatever the timeout",
       {refuses_after(1ms), refuses_after(2ms)},
       {.attempt_delay = 250ms, .timeout = 10s},
       {nobody, 3ms, refused, 2, 0}},
      {"an answer at the timeout's own instant wins", {connects_after(10s)}, {.timeout = 10s}, {0, 10s, none, 1, 0}},
      {"no delay at all: every address at once",
       {silent, connects_after(20ms), connects_after(10ms)},
       {.attempt_delay = 0s},
       {2, 10ms, none, 3, 2}},
  };
  for (const meeting& row : meetings) {
    SCOPED_TRACE(row.name);
    const result got = connect(row.hosts, row.options);
    EXPECT_EQ(got.winner, row.expected.winner);
    EXPECT_EQ(got.took.count(), row.expected.took.count());
    EXPECT_EQ(got.error, row.expected.error);
    EXPECT_EQ(got.started, row.expected.started);
    EXPECT_EQ(got.closed, row.expected.closed);
  }
}

TEST(RaceFailure, JoinsTheErrorsOfAllAttempts_R101) {
  using enum ps::attempt_state;
  const struct {
    std::string_view name;
    std::vector<race_attempt> attempts;
    std::error_code error;
    bool several;
    std::string text;
  } rows[] = {
      {"no attempt", {}, ps::errc::timed_out, false, make_error_code(ps::errc::timed_out).message()},
      {"none has failed",
       {{closed, {}}, {waiting, {}}},
       ps::errc::timed_out,
       false,
       make_error_code(ps::errc::timed_out).message()},
      {"one", {{failed, refused}}, refused, false, refused.message()},
      {"one among losers", {{closed, {}}, {failed, refused}, {closed, {}}}, refused, false, refused.message()},
      {"all equal", {{failed, refused}, {failed, refused}, {failed, refused}}, refused, false, refused.message()},
      {"several",
       {{failed, unreachable}, {failed, refused}},
       unreachable,
       true,
       "Multiple exceptions: " + unreachable.message() + ", " + refused.message()},
      {"several, some equal",
       {{failed, refused}, {closed, {}}, {failed, unreachable}, {failed, refused}},
       refused,
       true,
       "Multiple exceptions: " + refused.message() + ", " + unreachable.message() + ", " + refused.message()},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const ps::race_failure joined = ps::joined_failure(row.attempts);
    EXPECT_EQ(joined.error, row.error);
    EXPECT_EQ(joined.several, row.several);
    std::string text = "connect: ";
    ps::append_failure(text, row.attempts);
    EXPECT_EQ(text, "connect: " + row.text);
  }
}

TEST(RaceFailure, LeavesEveryErrorWithItsAttempt) {
  std::array<race_attempt, 3> attempts;
  ps::connect_race race(attempts, {}, start);
  for (const std::error_code& ec : {refused, unreachable, refused}) {
    const std::size_t i = race.next(start).attempt;
    race.attempt_started(i, start);
    race.attempt_failed(i, ec);
  }
  EXPECT_EQ(race.next(start).action, race_action::failed);
  EXPECT_EQ(race.next(start).error, refused);
  EXPECT_EQ(attempts[0].error, refused);
  EXPECT_EQ(attempts[1].error, unreachable);
  EXPECT_EQ(attempts[2].error, refused);
}
