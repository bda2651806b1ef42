// SPDX-License-Identifier: BSL-1.0
// The states of a race of connection attempts, and what its failure is.
#include <penstock/connect_race.hpp>

namespace penstock { inline namespace v0 {

std::error_code check(const race_options& options) noexcept {
  if (options.attempt_delay < duration() || options.timeout <= duration()) return errc::bad_option;
  return {};
}

connect_race::connect_race(std::span<race_attempt> attempts, race_options options, time_point now) noexcept
    : attempts_(attempts),
      attempt_delay_(options.attempt_delay),
      deadline_(options.timeout == race_options::off ? time_point::never() : now + options.timeout) {
  for (race_attempt& attempt : attempts_) attempt = {};
  if (attempts_.empty()) end(errc::bad_option);
}

race_step connect_race::next(time_point now) noexcept {
  if (!over_ && deadline_ <= now && deadline_ != time_point::never()) end(errc::timed_out);

  if (over_) {
    const std::size_t loser = first(attempt_state::to_close);
    if (loser < attempts_.size()) return {.action = race_action::close, .attempt = loser};
    const std::size_t winner = first(attempt_state::won);
    if (winner < attempts_.size()) return {.action = race_action::won, .attempt = winner};
    return {.action = race_action::failed, .error = error_};
  }

  const time_point start = next_start();
  if (start <= now && start != time_point::never()) return {.action = race_action::start, .attempt = started_};
  return {.action = race_action::wait, .until = start < deadline_ ? start : deadline_};
}

void connect_race::attempt_started(std::size_t i, time_point now) noexcept {
  PENSTOCK_EXPECTS(i == started_ && i < attempts_.size());
  attempts_[i].state = over_ ? attempt_state::to_close : attempt_state::running;
  last_start_ = now;
  ++started_;
}

void connect_race::attempt_succeeded(std::size_t i) noexcept {
  PENSTOCK_EXPECTS(i < started_);
  if (attempts_[i].state != attempt_state::running) return;
  attempts_[i].state = attempt_state::won;
  end({});
}

void connect_race::attempt_failed(std::size_t i, std::error_code ec) noexcept {
  PENSTOCK_EXPECTS(i < started_ && ec);
  if (attempts_[i].state != attempt_state::running) return;
  attempts_[i] = {.state = attempt_state::failed, .error = ec};
  if (started_ == attempts_.size() && first(attempt_state::running) == attempts_.size())
    end(joined_failure(attempts_).error);
}

void connect_race::attempt_closed(std::size_t i) noexcept {
  PENSTOCK_EXPECTS(i < started_ && attempts_[i].state == attempt_state::to_close);
  attempts_[i].state = attempt_state::closed;
}

void connect_race::cancel() noexcept {
  if (!over_) end(errc::canceled);
}

std::size_t connect_race::first(attempt_state state) const noexcept {
  std::size_t i = 0;
  while (i < attempts_.size() && attempts_[i].state != state) ++i;
  return i;
}

// When the next attempt may start if nothing is reported before; never() if time alone starts none.
time_point connect_race::next_start() const noexcept {
  if (started_ == attempts_.size()) return time_point::never();
  if (started_ == 0 || attempts_[started_ - 1].state == attempt_state::failed) return time_point(duration::min());
  if (attempt_delay_ == race_options::off) return time_point::never();
  return last_start_ + attempt_delay_;
}

void connect_race::end(std::error_code why) noexcept {
  over_ = true;
  error_ = why;
  for (race_attempt& attempt : attempts_)
    if (attempt.state == attempt_state::running) attempt.state = attempt_state::to_close;
}

race_failure joined_failure(std::span<const race_attempt> attempts) noexcept {
  race_failure joined{errc::timed_out};
  bool found = false;
  for (const race_attempt& attempt : attempts) {
    if (attempt.state != attempt_state::failed) continue;
    if (!found) {
      joined.error = attempt.error;
      found = true;
    } else if (attempt.error != joined.error) {
      joined.several = true;
    }
  }
  return joined;
}

void append_failure(std::string& text, std::span<const race_attempt> attempts) {
  const race_failure joined = joined_failure(attempts);
  if (!joined.several) {
    text += joined.error.message();
    return;
  }
  std::string_view before = "Multiple exceptions: ";
  for (const race_attempt& attempt : attempts) {
    if (attempt.state != attempt_state::failed) continue;
    text += before;
    text += attempt.error.message();
    before = ", ";
  }
}

}}  // namespace penstock::v0
