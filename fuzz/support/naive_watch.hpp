// SPDX-License-Identifier: BSL-1.0
// The deadlines of a stream, counted: how long each clock has run, and which is overdue for
// longest.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include <penstock/deadlines.hpp>

namespace penstock::fuzz {

// The rules of deadline_watch (I-18) without its closed form: three counters of nanoseconds, and no
// instant at all. Messages of less than 2^33 bytes.
class naive_watch {
 public:
  explicit naive_watch(const deadlines& policy) noexcept : policy_(&policy) {}

  // Time passes; nothing else happens. `ticks` is not negative.
  void pass(std::int64_t ticks) noexcept {
    const auto count = [ticks](std::int64_t& clock) {
      constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
      clock = clock > most - ticks ? most : clock + ticks;
    };
    count(idle_);
    if (seen_.closing) count(flushing_);
    if (seen_.reading) count(peer_);
  }

  void observe(stream_progress seen) noexcept {
    const bool took = seen.consumed != seen_.consumed && !(seen.dropping && seen_.dropping);
    if (seen.dropping) seen.consumed = seen_.consumed;
    const bool first = seen_.received == 0 && seen.received != 0;
    const bool began = seen_.received == seen_.consumed && seen.received != seen.consumed;
    if (took || seen.received != seen_.received || seen.sent != seen_.sent) idle_ = 0;
    if (!seen_.closing) flushing_ = 0;
    if (took || first || began) peer_ = 0;
    seen_ = seen;
  }

  bool closing() const noexcept { return seen_.closing; }

  // The one that is overdue for longest passed first.
  deadline_kind expired() const noexcept {
    std::int64_t worst = 0;
    deadline_kind kind = deadline_kind::none;
    const auto judge = [&](std::int64_t clock, duration limit, deadline_kind each) {
      if (limit == deadlines::off || clock - limit.count() < worst) return;
      worst = clock - limit.count();
      kind = each;
    };
    if (seen_.closing) {
      judge(flushing_, policy_->close_flush, deadline_kind::close_flush);
      return kind;
    }
    judge(idle_, policy_->idle, deadline_kind::idle);
    if (!seen_.reading) return kind;
    const std::uint64_t bytes = seen_.received - seen_.consumed;
    if (seen_.received == 0) {
      judge(peer_, policy_->first_byte, deadline_kind::first_byte);
    } else if (bytes != 0) {
      judge(peer_, policy_->whole_message, deadline_kind::whole_message);
      if (policy_->minimum_rate != 0) judge(peer_, allowed(bytes), deadline_kind::rate);
    }
    return kind;
  }

 private:
  // The time in which so many bytes come at the lowest rate, but not less than the grace.
  duration allowed(std::uint64_t bytes) const noexcept {
    const std::uint64_t rate = policy_->minimum_rate;
    const auto at_rate = static_cast<std::int64_t>((bytes * 1'000'000'000 + rate - 1) / rate);
    return std::max(policy_->rate_grace, duration::nanoseconds(at_rate));
  }

  const deadlines* policy_;
  stream_progress seen_;
  std::int64_t idle_ = 0;
  std::int64_t flushing_ = 0;
  std::int64_t peer_ = 0;
};

}  // namespace penstock::fuzz
