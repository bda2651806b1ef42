// SPDX-License-Identifier: BSL-1.0
// Races of connection attempts with a driver that keeps the contract and a world that does not care,
// and the order of addresses.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <penstock/connect_race.hpp>

#include "check.hpp"
#include "race_model.hpp"
#include "targets.hpp"
#include "texts.hpp"
#include "time_check.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_attempts = 8;
constexpr std::size_t most_addresses = 64;

std::string instant(std::int64_t now) { return "time_point(duration::nanoseconds(" + std::to_string(now) + "))"; }

bool same(const race_step& a, const race_step& b) noexcept {
  return a.action == b.action && a.attempt == b.attempt && a.until == b.until && a.error == b.error;
}

duration as_duration(std::uint64_t n) noexcept {
  return n == ~std::uint64_t{0} ? race_options::off : duration::nanoseconds(static_cast<std::int64_t>(n));
}

// R101: a negative delay and a timeout not above zero are refused; the race then has the smallest.
race_options legal_racing(const step& one) {
  race_options options{.attempt_delay = as_duration(one.numbers[1]), .timeout = as_duration(one.numbers[2])};
  check_time(options.attempt_delay.count(), options.timeout.count());
  const bool good = options.attempt_delay >= duration() && options.timeout > duration();
  expect_equal("check(race_options)", good ? std::error_code() : make_error_code(errc::bad_option), check(options));
  const std::size_t k = options.attempt_delay == race_options::off ? 0 : 1;
  expect_equal("k where the user has not said", k, default_interleave(options));
  options.attempt_delay = std::max(options.attempt_delay, duration());
  options.timeout = std::max(options.timeout, duration::nanoseconds(1));
  return options;
}

// One race, its model and the instant that both are told.
class race_session {
 public:
  race_session(std::size_t attempts, race_options options, std::int64_t now, transcript& out)
      : out_(out),
        attempts_(attempts, race_attempt{attempt_state::won, errc::closed}),  // the race resets them
        race_(attempts_, options, at(now)),
        model_(attempts, options, now) {
    if (out_.wants_test()) {
      out_.code("{");
      out_.code("std::vector<race_attempt> attempts(" + std::to_string(attempts) + ");");
      out_.code("connect_race race(attempts, {.attempt_delay = duration::nanoseconds(" +
                std::to_string(options.attempt_delay.count()) + "), .timeout = duration::nanoseconds(" +
                std::to_string(options.timeout.count()) + ")}, " + instant(now) + ");");
    }
    compare_state();
  }

  // False if the step is not about the race, or the driver's contract forbids it here. Attempts are
  // counted among those that the step can be about.
  bool run(const step& one, std::int64_t now) {
    const auto i = static_cast<std::size_t>(one.numbers[0] % most_attempts);
    outcome_.clear();
    bool done = true;
    if (one.op == opcode::next_step)
      ask(now);
    else if (one.op == opcode::started)
      done = start(now);
    else if (one.op == opcode::succeeded || one.op == opcode::failed)
      done = report(one, i);
    else if (one.op == opcode::closed)
      done = close(i);
    else if (one.op == opcode::cancel)
      cancel();
    else
      return false;
    compare_state();
    return done;
  }

  // A driver with a world that reports nothing any more: ends within a few turns, and then nothing
  // but the winner is open.
  void finish(std::int64_t now) {
    for (std::size_t turns = 3 * model_.size() + 2;; --turns) {
      expect("a race ends", turns != 0);
      const race_step step = ask(now);
      if (step.action == race_action::won || step.action == race_action::failed) break;
      if (step.action == race_action::start) start(now);
      if (step.action == race_action::close) close(0);
      if (step.action == race_action::wait && step.until != time_point::never())
        now = std::max(now, step.until.time_since_epoch().count());
      else if (step.action == race_action::wait)
        cancel();
    }
    compare_state();
    for (const race_attempt& each : attempts_) {
      expect("nothing is under way after the end", each.state != attempt_state::running);
      expect("nothing is open after the end", each.state != attempt_state::to_close);
      check_error(each.error);
    }
    if (out_.wants_test()) out_.code("}");
  }

  const std::string& outcome() const noexcept { return outcome_; }

 private:
  static time_point at(std::int64_t now) noexcept { return time_point(duration::nanoseconds(now)); }

  // A level: the second answer is the first one.
  race_step ask(std::int64_t now) {
    const race_step expected = model_.next(now);
    const race_step observed = race_.next(at(now));
    if (!same(expected, observed)) throw mismatch{"next step", text(expected), text(observed)};
    const race_step again = race_.next(at(now));
    if (!same(expected, again)) throw mismatch{"next step, asked again", text(expected), text(again)};
    to_start_ = observed.action == race_action::start ? std::optional(observed.attempt) : to_start_;
    if (out_.wants_steps()) outcome_ = text(observed);
    if (out_.wants_test()) {
      constexpr std::array<std::string_view, 5> names{"start", "close", "wait", "won", "failed"};
      const std::string action(names[static_cast<std::size_t>(expected.action)]);
      out_.code("EXPECT_EQ(race.next(" + instant(now) + ").action, race_action::" + action + ");");
    }
    return observed;
  }

  // The attempt that was named; the driver asks first if it has not.
  bool start(std::int64_t now) {
    if (!to_start_) ask(now);
    if (!to_start_) return false;
    if (out_.wants_test()) code("attempt_started", *to_start_, ", " + instant(now));
    race_.attempt_started(*to_start_, at(now));
    model_.started(*to_start_, now);
    to_start_.reset();
    return true;
  }

  bool report(const step& one, std::size_t i) {
    if (model_.started_count() == 0) return false;
    i %= model_.started_count();
    if (one.op == opcode::succeeded) {
      if (out_.wants_test()) code("attempt_succeeded", i, "");
      race_.attempt_succeeded(i);
      model_.succeeded(i);
    } else {
      const std::error_code ec(static_cast<int>(one.numbers[1] % 128) + 1, std::generic_category());
      if (out_.wants_test())
        code("attempt_failed", i, ", {" + std::to_string(ec.value()) + ", std::generic_category()}");
      race_.attempt_failed(i, ec);
      model_.failed(i, ec);
    }
    return true;
  }

  bool close(std::size_t i) {
    std::vector<std::size_t> named;
    for (std::size_t k = 0; k != model_.size(); ++k)
      if (model_.state(k) == attempt_state::to_close) named.push_back(k);
    if (named.empty()) return false;
    i = named[i % named.size()];
    if (out_.wants_test()) code("attempt_closed", i, "");
    race_.attempt_closed(i);
    model_.closed(i);
    return true;
  }

  void cancel() {
    if (out_.wants_test()) out_.code("race.cancel();");
    race_.cancel();
    model_.cancel();
  }

  void compare_state() const {
    for (std::size_t i = 0; i != attempts_.size(); ++i) {
      expect_equal("state of an attempt", static_cast<int>(model_.state(i)), static_cast<int>(attempts_[i].state));
      expect_equal("error of an attempt", model_.error(i), attempts_[i].error);
    }
    const race_failure expected = model_.joined();
    const race_failure observed = joined_failure(attempts_);
    expect_equal("joined error", expected.error, observed.error);
    expect_equal("several different errors", expected.several, observed.several);
    std::string message = "It failed: ";
    append_failure(message, attempts_);
    expect_equal("text of the failure", "It failed: " + model_.text(), message);
  }

  void code(std::string_view function, std::size_t i, const std::string& rest) {
    out_.code("race." + std::string(function) + '(' + std::to_string(i) + rest + ");");
  }

  transcript& out_;
  std::vector<race_attempt> attempts_;
  connect_race race_;
  race_model model_;
  std::optional<std::size_t> to_start_;  // what was named to be started last, and was not
  std::string outcome_;
};

// Addresses are letters, their families; k as the user may say it.
void compare_order(std::string_view families, std::size_t k) {
  struct address {
    char family;
    std::size_t number;
  };
  std::vector<address> addresses;
  for (const char c : families) addresses.push_back({c, addresses.size()});
  interleave(std::span(addresses), k);
  std::string observed;
  for (const address& one : addresses) observed += std::to_string(one.number) + ' ';
  std::string expected;
  for (const std::size_t number : naive_interleave(families, k)) expected += std::to_string(number) + ' ';
  expect_equal("order of the addresses (R101)", std::string_view(expected), std::string_view(observed));
}

}  // namespace

std::size_t run_connect_race(const script& input, transcript& out) {
  std::optional<race_session> race;
  std::int64_t now = -1000;
  std::size_t k = 1;
  std::size_t done = 0;
  for (const step& one : input.steps()) {
    if (out.wants_steps()) out.begin(input.text(one));
    bool useful = true;
    std::string outcome;
    if (one.op == opcode::pass_time) {
      const std::uint64_t room = static_cast<std::uint64_t>(race_model::never) - static_cast<std::uint64_t>(now);
      now = static_cast<std::int64_t>(static_cast<std::uint64_t>(now) + std::min(one.numbers[0], room));
      check_time(now, static_cast<std::int64_t>(one.numbers[0]));
      if (out.wants_steps()) outcome = "now " + std::to_string(now);
    } else if (one.op == opcode::race) {
      if (race) race->finish(now);
      race.emplace(static_cast<std::size_t>(one.numbers[0] % (most_attempts + 1)), legal_racing(one), now, out);
    } else if (one.op == opcode::choose) {
      k = one.size(0);
    } else if (one.op == opcode::feed) {
      compare_order(one.bytes.substr(0, most_addresses), k);
    } else {
      if (!race) race.emplace(std::size_t{3}, race_options{}, now, out);
      useful = race->run(one, now);
      outcome = race->outcome();
    }
    if (out.wants_steps()) out.end(useful ? outcome : "(left out)");
    if (useful) ++done;
  }
  if (race) race->finish(now);
  return done;
}

}  // namespace penstock::fuzz
