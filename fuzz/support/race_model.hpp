// SPDX-License-Identifier: BSL-1.0
// What a race of connection attempts answers by the rules (R101, RFC 8305), and the order of
// addresses: lists and plain arithmetic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <penstock/connect_race.hpp>

namespace penstock::fuzz {

// Times are nanoseconds since the epoch; `never` is later than all of them.
class race_model {
 public:
  static constexpr std::int64_t never = time_point::never().time_since_epoch().count();

  race_model(std::size_t attempts, race_options options, std::int64_t now);

  race_step next(std::int64_t now);
  void started(std::size_t i, std::int64_t now);
  void succeeded(std::size_t i);
  void failed(std::size_t i, std::error_code ec);
  void closed(std::size_t i) { attempts_[i].closed = true; }
  void cancel();

  attempt_state state(std::size_t i) const;
  std::error_code error(std::size_t i) const { return attempts_[i].failure.value_or(std::error_code()); }
  std::size_t size() const noexcept { return attempts_.size(); }
  std::size_t started_count() const noexcept { return starts_.size(); }
  std::optional<std::size_t> winner() const noexcept { return winner_; }

  // R101: the first failure in list order; errc::timed_out if there is none.
  race_failure joined() const;
  std::string text() const;

 private:
  struct attempt {
    std::optional<std::error_code> failure;
    bool given_up = false;  // the race ended while it was under way
    bool closed = false;
  };

  bool under_way(std::size_t i) const;
  void end(std::error_code why);
  std::int64_t next_start() const;

  std::vector<attempt> attempts_;
  std::vector<std::int64_t> starts_;  // when the first ones started
  std::int64_t delay_;
  std::int64_t deadline_;
  std::optional<std::size_t> winner_;
  std::optional<std::error_code> end_;  // why it is over; success: somebody won
};

std::string text(const race_step& step);

// R101: the first k - 1 of the first family, then one of each family in turn. A queue a family.
std::vector<std::size_t> naive_interleave(std::string_view families, std::size_t k);

}  // namespace penstock::fuzz
