// SPDX-License-Identifier: BSL-1.0
// Which of several addresses to connect to, when, and which attempt wins (RFC 8305; R100, R101).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/error.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

struct race_options {
  static constexpr duration off = duration::max();

  duration attempt_delay = off;  // head start of an attempt before the next; off: one at a time
  duration timeout = off;        // for all attempts together (connect_timeout)
};

// Answers errc::bad_option for a negative delay or a timeout not above zero, else success.
PENSTOCK_API std::error_code check(const race_options& options) noexcept;

enum class attempt_state : std::uint8_t {
  waiting,   // not started
  running,   // started, and nothing reported
  failed,    // reported an error
  to_close,  // lost: the driver is asked to close it
  closed,    // lost, and closed
  won,       // the driver's from here on
};

// What the race keeps for an address; attempt i is the caller's address i.
struct race_attempt {
  attempt_state state = attempt_state::waiting;
  std::error_code error{};  // failed: why
};

enum class race_action : std::uint8_t { start, close, wait, won, failed };

// What to do now. Whatever a step does not use is 0, never or success.
struct race_step {
  race_action action;
  std::size_t attempt = 0;                 // start, close, won: which
  time_point until = time_point::never();  // wait: for a report, and no longer than this
  std::error_code error{};                 // failed: timed_out, canceled, or joined_failure's
};

// A race of connection attempts: no socket, no clock, no heap. The attempts are kept in the
// caller's span, which must outlive the race. Every call is O(attempts).
//
//   for (;;) {
//     const race_step step = race.next(now());
//     switch (step.action) {
//       case race_action::start:  race.attempt_started(step.attempt, now()); connect...; break;
//       case race_action::close:  close...; race.attempt_closed(step.attempt); break;
//       case race_action::wait:   wait for reports or step.until; attempt_succeeded/_failed; break;
//       case race_action::won:    return the connection of step.attempt;
//       case race_action::failed: return step.error;
//     }
//   }
//
// An attempt starts as soon as the one before it in the list has failed, or when that one has had
// attempt_delay to itself. The first success wins. When the race is over, each attempt under way
// is given to the driver to close; `won` and `failed` come last, so nothing but the winner is open.
// An attempt ends once, as failed, closed or won: what it reports later changes nothing.
class PENSTOCK_API connect_race {
 public:
  // Resets `attempts`. With none of them the race fails with errc::bad_option.
  connect_race(std::span<race_attempt> attempts, race_options options, time_point now) noexcept;

  // Answers what to do at `now`, which never decreases. A level: asked again it answers the same
  // until time passes or something is reported. A timeout takes effect here, so a success that is
  // reported before the question wins over it.
  race_step next(time_point now) noexcept;

  // Reports that attempt `i`, the one that `start` named, is under way. To be called before its
  // outcome is reported. If the race has ended since, the attempt is one to close.
  void attempt_started(std::size_t i, time_point now) noexcept;

  // Reports the outcome of an attempt that was started. A failed one is no longer open; `ec` is
  // an error.
  void attempt_succeeded(std::size_t i) noexcept;
  void attempt_failed(std::size_t i, std::error_code ec) noexcept;

  // Reports that attempt `i`, which `close` named, is closed.
  void attempt_closed(std::size_t i) noexcept;

  // Ends the race with errc::canceled. After a success it changes nothing: the answer wins.
  void cancel() noexcept;

 private:
  std::size_t first(attempt_state state) const noexcept;
  time_point next_start() const noexcept;
  void end(std::error_code why) noexcept;

  std::span<race_attempt> attempts_;
  duration attempt_delay_;
  time_point deadline_;
  time_point last_start_;
  std::size_t started_ = 0;
  std::error_code error_;  // why the race failed
  bool over_ = false;
};

// Why all attempts failed together (R101): `error` is the first failure in list order; `several`
// says that another one differs. errc::timed_out if no attempt has failed.
struct race_failure {
  std::error_code error;
  bool several = false;
};
PENSTOCK_API race_failure joined_failure(std::span<const race_attempt> attempts) noexcept;

// Appends the failure's text: the one message, or "Multiple exceptions: a, b" with the message of
// each failed attempt. Allocates; std::bad_alloc where there are exceptions.
PENSTOCK_API void append_failure(std::string& text, std::span<const race_attempt> attempts);

// What `interleave` is if the user has not said: 1 with a delay, else 0 (R101).
constexpr std::size_t default_interleave(const race_options& options) noexcept {
  return options.attempt_delay == race_options::off ? 0 : 1;
}

// Orders addresses by family (R101): the first k - 1 of the first family, then one of each family
// in turn, families in order of first appearance; within a family the order stays. k = 0 changes
// nothing. `family_of(record)` answers something comparable with ==. In place, O(n^2).
template <class Record, class FamilyOf>
constexpr void interleave(std::span<Record> records, std::size_t k, FamilyOf family_of) {
  const std::size_t size = records.size();
  std::size_t placed = 0;

  // Moves the first unplaced record that `wanted` accepts behind the placed ones.
  const auto place = [&](auto wanted) {
    std::size_t from = placed;
    while (from < size && !wanted(family_of(records[from]))) ++from;
    if (from == size) return false;
    Record taken = std::move(records[from]);
    for (; from > placed; --from) records[from] = std::move(records[from - 1]);
    records[placed++] = std::move(taken);
    return true;
  };
  const auto place_of_family = [&](std::size_t model) {
    return place([&, family = family_of(records[model])](const auto& f) { return f == family; });
  };

  if (k == 0 || size == 0) return;
  while (placed < k - 1 && place_of_family(0)) {
  }

  // The first round names the families for all others.
  const std::size_t round = placed;
  place_of_family(0);
  const auto is_new = [&](const auto& f) {
    for (std::size_t i = round; i < placed; ++i)
      if (family_of(records[i]) == f) return false;
    return true;
  };
  while (place(is_new)) {
  }

  const std::size_t families = placed - round;
  while (placed < size)  // NOLINT(bugprone-infinite-loop): place_of_family counts it up
    for (std::size_t i = 0; i < families; ++i) place_of_family(round + i);
}

// The same for records with a member `family`.
template <class Record>
constexpr void interleave(std::span<Record> records, std::size_t k) {
  interleave(records, k, [](const Record& record) { return record.family; });
}

}}  // namespace penstock::v0
