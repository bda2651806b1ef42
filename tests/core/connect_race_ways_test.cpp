// SPDX-License-Identifier: BSL-1.0
// Proves that a race of connection attempts keeps its rules (R101) on every way it can take with
// up to four addresses: all orders of success, failure, time and cancelling are walked against a
// ledger that knows only the rules, and the number of ways is asserted. The invariants: at most one
// winner; what was started ends once, as failed, closed or won; nothing starts after the end, out
// of order or too early, nor waits while a start is due or nothing is under way.
#include <penstock/connect_race.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
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

constexpr ps::duration nanosecond = 1ns;

bool same(const ps::race_step& a, const ps::race_step& b) {
  return a.action == b.action && a.attempt == b.attempt && a.until == b.until && a.error == b.error;
}

// Depth first over all sequences of choices: run the body until next() is false.
class choices {
 public:
  std::size_t pick(std::size_t options) {
    if (depth_ == taken_.size()) taken_.push_back({0, options});
    return taken_[depth_++].choice;
  }
  bool next() {
    depth_ = 0;
    while (!taken_.empty() && taken_.back().choice + 1 == taken_.back().options) taken_.pop_back();
    if (taken_.empty()) return false;
    ++taken_.back().choice;
    return true;
  }

 private:
  struct branch {
    std::size_t choice;
    std::size_t options;
  };
  std::vector<branch> taken_;
  std::size_t depth_ = 0;
};

struct event {
  std::string_view what;
  std::size_t attempt;
};
using events = std::vector<event>;

enum class verdict : std::uint8_t { open, won, all_failed, timed_out, canceled };

struct census {
  std::size_t addresses;
  ps::race_options options;
  bool late;
  std::array<std::uint64_t, 5> ways;  // by verdict; none ends open
};

// One race and, beside it, what the rules say about it. The world may report and the user may
// cancel between any two steps of the driver, and between a start step and its attempt_started.
// An attempt reports once, in either way. A wait ends when it is over, or a nanosecond before.
// With `late` the world goes on after the end, while the losers are closed.
class walk {
 public:
  walk(const census& row, choices& choose, events& taken)
      : count_(row.addresses),
        options_(row.options),
        late_(row.late),
        choose_(choose),
        events_(taken),
        deadline_(options_.timeout == off ? ps::time_point::never() : start + options_.timeout),
        race_(std::span(attempts_).first(count_), options_, start) {}

  // Empty, or what went wrong and how it came to it.
  std::string run() {
    events_.clear();
    for (int turn = 0; turn < 64 && trouble_.empty() && !done_; ++turn) one_turn();
    expect(done_, "no end");
    if (trouble_.empty()) return {};
    std::string text(trouble_);
    for (const event& each : events_)
      text.append("; ").append(each.what).append(" ").append(std::to_string(each.attempt));
    return text;
  }

  verdict outcome() const { return verdict_; }

 private:
  struct entry {
    bool started = false;
    bool reported = false;
    bool failed = false;
    bool closed = false;
    ps::time_point started_at;
  };

  void one_turn() {
    if (!late_ && verdict_ != verdict::open) return ask_and_obey();
    // Option 0 asks the race, unless it has just said that only a report can change anything.
    std::array<std::size_t, 4> may_report{};
    std::size_t reporters = 0;
    for (std::size_t i = 0; i < started_; ++i)
      if (!ledger_[i].reported) may_report[reporters++] = i;
    const std::size_t ask = stuck_ ? 0 : 1;
    const std::size_t cancel = canceled_ ? 0 : 1;
    const std::size_t choice = choose_.pick(ask + cancel + 2 * reporters);
    if (choice < ask) return ask_and_obey();
    stuck_ = false;
    if (choice < ask + cancel) return do_cancel();
    const std::size_t i = may_report[(choice - ask - cancel) / 2];
    report(i, (choice - ask - cancel) % 2 == 0);
  }

  void do_cancel() {
    note("cancel");
    canceled_ = true;
    if (verdict_ == verdict::open) verdict_ = verdict::canceled;
    race_.cancel();
  }

  void report(std::size_t i, bool success) {
    note(success ? "success" : "failure", i);
    ledger_[i].reported = true;
    if (success) {
      race_.attempt_succeeded(i);
      if (verdict_ != verdict::open) return;
      verdict_ = verdict::won;
      winner_ = i;
      return;
    }
    race_.attempt_failed(i, i % 2 == 0 ? refused : unreachable);
    if (verdict_ != verdict::open) return;
    ledger_[i].failed = true;
    const auto failed = std::count_if(ledger_.begin(), ledger_.end(), [](const entry& each) { return each.failed; });
    if (static_cast<std::size_t>(failed) == count_) verdict_ = verdict::all_failed;
  }

  void ask_and_obey() {
    const ps::race_step step = race_.next(now_);
    if (verdict_ == verdict::open && now_ >= deadline_) verdict_ = verdict::timed_out;
    expect(same(step, race_.next(now_)), "asked again it answers otherwise");
    switch (step.action) {
      case race_action::start: return obey_start(step);
      case race_action::close: return obey_close(step);
      case race_action::wait: return obey_wait(step);
      case race_action::won:
        note("won", step.attempt);
        expect(verdict_ == verdict::won && step.attempt == winner_, "not the winner");
        return finish(step);
      case race_action::failed:
        note("failed");
        expect(verdict_ != verdict::open && verdict_ != verdict::won, "failed too early");
        expect(step.error == why(), "failed with another error");
        return finish(step);
    }
  }

  void obey_start(const ps::race_step& step) {
    note("start", step.attempt);
    expect(verdict_ == verdict::open, "a start after the end");
    expect(step.attempt == started_ && started_ < count_, "a start out of order");
    expect(next_start() <= now_, "a start too early");
    if (!trouble_.empty()) return;
    if (!canceled_ && choose_.pick(2) == 1) do_cancel();
    ledger_[started_].started = true;
    ledger_[started_].started_at = now_;
    race_.attempt_started(started_++, now_);
  }

  void obey_close(const ps::race_step& step) {
    note("close", step.attempt);
    expect(verdict_ != verdict::open, "a close before the end");
    expect(step.attempt < started_, "a close of what was not started");
    if (!trouble_.empty()) return;
    entry& loser = ledger_[step.attempt];
    expect(!loser.failed && !loser.closed, "a close of what is not open");
    expect(verdict_ != verdict::won || step.attempt != winner_, "a close of the winner");
    loser.closed = true;
    if (trouble_.empty()) race_.attempt_closed(step.attempt);
  }

  void obey_wait(const ps::race_step& step) {
    expect(verdict_ == verdict::open, "a wait after the end");
    expect(next_start() > now_, "a wait where a start is due");
    expect(step.until == std::min(next_start(), deadline_), "a wait until another time");
    expect(step.until > now_, "a wait that is over");
    expect(running() != 0, "a wait for nothing");
    if (step.until == ps::time_point::never()) {
      note("wait");
      stuck_ = true;
      return;
    }
    const bool just_before = step.until - now_ > nanosecond && choose_.pick(2) == 1;
    now_ = just_before ? step.until - nanosecond : step.until;
    note(just_before ? "almost" : "until");
  }

  // Nothing may be open but the winner, and no late report may change anything.
  void finish(const ps::race_step& last) {
    for (std::size_t i = 0; i < started_; ++i) {
      const entry& each = ledger_[i];
      const bool is_winner = verdict_ == verdict::won && i == winner_;
      expect(int{each.failed} + int{each.closed} + int{is_winner} == 1, "an attempt left open");
    }
    for (const bool success : {true, false}) {
      for (std::size_t i = 0; i < started_; ++i) {
        if (success)
          race_.attempt_succeeded(i);
        else
          race_.attempt_failed(i, refused);
        expect(same(last, race_.next(now_ + 1h)), "a late report changes the end");
      }
    }
    race_.cancel();
    expect(same(last, race_.next(now_ + 2h)), "a late cancel changes the end");
    done_ = true;
  }

  // R101: after the one before has failed, or has had its head start.
  ps::time_point next_start() const {
    if (started_ == count_) return ps::time_point::never();
    if (started_ == 0 || ledger_[started_ - 1].failed) return start;
    if (options_.attempt_delay == off) return ps::time_point::never();
    return ledger_[started_ - 1].started_at + options_.attempt_delay;
  }

  std::size_t running() const {
    return static_cast<std::size_t>(std::count_if(ledger_.begin(), ledger_.end(), [](const entry& each) {
      return each.started && !each.failed && !each.closed;
    }));
  }

  std::error_code why() const {
    if (verdict_ == verdict::canceled) return ps::errc::canceled;
    if (verdict_ == verdict::timed_out) return ps::errc::timed_out;
    return refused;  // the first in the list
  }

  void expect(bool holds, std::string_view otherwise) {
    if (!holds && trouble_.empty()) trouble_ = otherwise;
  }
  void note(std::string_view what, std::size_t attempt = 0) { events_.push_back({what, attempt}); }

  const std::size_t count_;
  const ps::race_options options_;
  const bool late_;
  choices& choose_;
  events& events_;
  const ps::time_point deadline_;
  std::array<race_attempt, 4> attempts_;
  ps::connect_race race_;

  ps::time_point now_ = start;
  std::array<entry, 4> ledger_;
  std::size_t started_ = 0;
  std::size_t winner_ = 0;
  verdict verdict_ = verdict::open;
  bool canceled_ = false;
  bool stuck_ = false;
  bool done_ = false;
  std::string_view trouble_;
};

// What a walk of all ways must count: a test that walks fewer proves less than it says.
constexpr census censuses[] = {
    {1, {}, true, {0, 4, 4, 0, 16}},
    {2, {}, true, {0, 12, 8, 0, 48}},
    {3, {}, true, {0, 28, 16, 0, 112}},
    {4, {}, true, {0, 60, 32, 0, 240}},
    {3, {.timeout = 600ms}, true, {0, 36, 16, 77, 131}},
    {1, {.attempt_delay = 250ms}, true, {0, 4, 4, 0, 16}},
    {2, {.attempt_delay = 250ms}, true, {0, 208, 48, 0, 536}},
    {3, {.attempt_delay = 250ms}, true, {0, 13600, 960, 0, 25886}},
    {4, {.attempt_delay = 250ms}, false, {0, 21756, 13456, 0, 19832}},
    {4, {.attempt_delay = 0s}, false, {0, 1346, 822, 0, 1144}},
    {4, {.attempt_delay = 250ms, .timeout = 900ms}, false, {0, 37348, 22472, 18524, 31948}},
    {3, {.attempt_delay = 0s}, true, {0, 2998, 156, 0, 5518}},
    {3, {.attempt_delay = 250ms, .timeout = 600ms}, true, {0, 26664, 1776, 56352, 43826}},
    {3, {.attempt_delay = 250ms, .timeout = 250ms}, true, {0, 36, 16, 77, 131}},
};

}  // namespace

TEST(ConnectRace, KeepsItsRulesOnEveryWayThroughUpToFourAddresses_R101) {
  std::uint64_t total = 0;
  events taken;
  for (const census& row : censuses) {
    SCOPED_TRACE(testing::Message() << row.addresses << " addresses, delay " << row.options.attempt_delay.count()
                                    << " ns, timeout " << row.options.timeout.count() << " ns");
    std::array<std::uint64_t, 5> ways{};
    choices choose;
    do {
      walk each(row, choose, taken);
      const std::string trouble = each.run();
      ASSERT_EQ(trouble, "");
      ++ways[static_cast<std::size_t>(each.outcome())];
      ++total;
    } while (choose.next());
    EXPECT_EQ(ways, row.ways);
  }
  std::cout << total << " ways walked\n";
}
