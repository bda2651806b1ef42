// SPDX-License-Identifier: BSL-1.0
// The model's race: who may start, who has won, who is to be closed, and why all failed.
#include "race_model.hpp"

#include <algorithm>
#include <deque>

namespace penstock::fuzz {
namespace {

// The sum, never later than `never`; both are at least 0 or the time is negative.
std::int64_t later(std::int64_t time, std::int64_t by) noexcept {
  return by == race_model::never || time > race_model::never - by ? race_model::never : time + by;
}

}  // namespace

race_model::race_model(std::size_t attempts, race_options options, std::int64_t now)
    : attempts_(attempts), delay_(options.attempt_delay.count()), deadline_(later(now, options.timeout.count())) {
  if (attempts == 0) end(errc::bad_option);
}

// Ends everything that is under way.
void race_model::end(std::error_code why) {
  for (std::size_t i = 0; i != attempts_.size(); ++i)
    if (under_way(i)) attempts_[i].given_up = true;
  end_ = why;
}

bool race_model::under_way(std::size_t i) const { return state(i) == attempt_state::running; }

attempt_state race_model::state(std::size_t i) const {
  if (i >= starts_.size()) return attempt_state::waiting;
  if (winner_ == i) return attempt_state::won;
  if (attempts_[i].failure) return attempt_state::failed;
  if (attempts_[i].closed) return attempt_state::closed;
  return attempts_[i].given_up ? attempt_state::to_close : attempt_state::running;
}

// The first at once; any other when the one before it has failed or had the delay to itself.
std::int64_t race_model::next_start() const {
  if (starts_.size() == attempts_.size()) return never;
  if (starts_.empty() || attempts_[starts_.size() - 1].failure) return -never;
  return later(starts_.back(), delay_);
}

race_step race_model::next(std::int64_t now) {
  if (!end_ && deadline_ != never && now >= deadline_) end(errc::timed_out);
  if (end_) {
    for (std::size_t i = 0; i != attempts_.size(); ++i)
      if (state(i) == attempt_state::to_close) return {.action = race_action::close, .attempt = i};
    if (winner_) return {.action = race_action::won, .attempt = *winner_};
    return {.action = race_action::failed, .error = *end_};
  }
  const std::int64_t start = next_start();
  if (start != never && now >= start) return {.action = race_action::start, .attempt = starts_.size()};
  return {.action = race_action::wait, .until = time_point(duration::nanoseconds(std::min(start, deadline_)))};
}

void race_model::started(std::size_t i, std::int64_t now) {
  starts_.push_back(now);
  attempts_[i].given_up = end_.has_value();
}

void race_model::succeeded(std::size_t i) {
  if (!under_way(i)) return;
  winner_ = i;
  end({});
}

void race_model::failed(std::size_t i, std::error_code ec) {
  if (!under_way(i)) return;
  attempts_[i].failure = ec;
  const auto has_failed = [](const attempt& each) { return each.failure.has_value(); };
  if (std::ranges::all_of(attempts_, has_failed)) end(joined().error);
}

void race_model::cancel() {
  if (!end_) end(errc::canceled);
}

race_failure race_model::joined() const {
  std::vector<std::error_code> all;
  for (const attempt& each : attempts_)
    if (each.failure) all.push_back(*each.failure);
  if (all.empty()) return {errc::timed_out, false};
  return {all.front(), std::ranges::count(all, all.front()) != static_cast<std::ptrdiff_t>(all.size())};
}

std::string race_model::text() const {
  if (!joined().several) return joined().error.message();
  std::string all;
  for (const attempt& each : attempts_)
    if (each.failure) all += (all.empty() ? "Multiple exceptions: " : ", ") + each.failure->message();
  return all;
}

std::string text(const race_step& step) {
  switch (step.action) {
    case race_action::start: return "start " + std::to_string(step.attempt);
    case race_action::close: return "close " + std::to_string(step.attempt);
    case race_action::wait:
      if (step.until == time_point::never()) return "wait for a report";
      return "wait until " + std::to_string(step.until.time_since_epoch().count());
    case race_action::won: return "won " + std::to_string(step.attempt);
    case race_action::failed: return "failed " + step.error.message();
  }
  return "none";
}

std::vector<std::size_t> naive_interleave(std::string_view families, std::size_t k) {
  std::string names;  // in the order of first appearance
  std::vector<std::deque<std::size_t>> queues;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i != families.size(); ++i) {
    if (k == 0) order.push_back(i);
    if (names.find(families[i]) == names.npos) {
      names += families[i];
      queues.emplace_back();
    }
    queues[names.find(families[i])].push_back(i);
  }
  if (k == 0) return order;
  const auto take = [&order](std::deque<std::size_t>& queue) {
    if (queue.empty()) return;
    order.push_back(queue.front());
    queue.pop_front();
  };
  for (; k > 1 && !queues.empty() && !queues.front().empty(); --k) take(queues.front());
  while (order.size() != families.size())
    for (auto& queue : queues) take(queue);
  return order;
}

}  // namespace penstock::fuzz
