// SPDX-License-Identifier: BSL-1.0
// Runs a connect_race over a transport's attempts: for those who write a connect call.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/connect_race.hpp>
#include <penstock/coro/connect_error.hpp>
#include <penstock/coro/notification.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/timer_heap.hpp>

namespace penstock { inline namespace v0 { namespace detail {

// One address's attempt. It notifies once its outcome is there; destroyed it is closed.
template <class A>
concept connecting = requires(A a, const A seen) {
  { a.start() } -> std::same_as<std::error_code>;    // success: under way, or connected already
  { seen.reported() } -> std::same_as<bool>;         // there is an outcome
  { a.outcome() } -> std::same_as<std::error_code>;  // success: connected
  a.close();
  { seen.text() } -> std::same_as<std::string>;  // its address
};

struct race_alarm : timer {
  explicit race_alarm(notification& n) noexcept
      : timer([](timer& t) { static_cast<race_alarm&>(t).of.notify_all(); }), of(n) {}
  notification& of;
};

// The attempt that won; the losers are closed. Throws connect_error (R101).
template <class Attempts>
  requires connecting<typename Attempts::value_type>
task<std::size_t> race(scheduler& loop, notification& changed, Attempts& attempts, race_options options,
                       bool all_errors) {
  race_alarm alarm(changed);
  std::vector<race_attempt> states(attempts.size());
  connect_race all(states, options, loop.time());
  const auto report = [&](std::size_t i, std::error_code ec) {
    if (!ec) return all.attempt_succeeded(i);
    attempts[i].close();
    all.attempt_failed(i, ec);
  };
  for (;;) {
    for (std::size_t i = 0; i != states.size(); ++i)
      if (states[i].state == attempt_state::running && attempts[i].reported()) report(i, attempts[i].outcome());
    const race_step step = all.next(loop.time());
    switch (step.action) {
      case race_action::start:
        all.attempt_started(step.attempt, loop.time());
        if (const std::error_code ec = attempts[step.attempt].start()) report(step.attempt, ec);
        break;
      case race_action::close:
        attempts[step.attempt].close();
        all.attempt_closed(step.attempt);
        break;
      case race_action::wait:
        if (step.until != time_point::never()) loop.arm(alarm, step.until);
        co_await changed.wait();
        break;
      case race_action::won: co_return step.attempt;
      case race_action::failed: {
        std::vector<failed_attempt> failures;
        for (std::size_t i = 0; i != states.size(); ++i)
          if (states[i].state == attempt_state::failed) failures.push_back({attempts[i].text(), states[i].error});
        throw connect_error(step.error, std::move(failures), all_errors);
      }
    }
  }
}

}}}  // namespace penstock::v0::detail
