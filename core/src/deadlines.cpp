// SPDX-License-Identifier: BSL-1.0
// The arithmetic of a stream's deadlines: sums that saturate, and one clock for the peer.
#include <penstock/deadlines.hpp>

#include <limits>

namespace penstock { inline namespace v0 {

static_assert(sizeof(deadline_watch) <= 80);

namespace {

constexpr std::uint64_t buffered(const stream_progress& seen) noexcept { return seen.received - seen.consumed; }

// What the peer is waited for. First byte and message exclude each other, so one clock serves both.
enum class expectation : std::uint8_t { first_byte, rest_of_message, nothing };

constexpr expectation expected(const stream_progress& seen) noexcept {
  if (seen.received == 0) return expectation::first_byte;
  return buffered(seen) != 0 ? expectation::rest_of_message : expectation::nothing;
}

// The shortest time in which `bytes` arrive no faster than `rate` bytes a second.
constexpr duration time_at_rate(std::uint64_t bytes, std::uint32_t rate) noexcept {
  constexpr std::uint64_t second = 1'000'000'000;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max() / second;
  const std::uint64_t whole = bytes / rate;
  const std::uint64_t rest = bytes % rate;  // below 2^32: its product with a second fits
  if (whole >= most) return duration::max();
  return duration::nanoseconds(static_cast<std::int64_t>(whole * second + (rest * second + rate - 1) / rate));
}

// Off stays off wherever the clock's epoch lies.
constexpr time_point deadline(time_point since, duration limit) noexcept {
  return limit == deadlines::off ? time_point::never() : since + limit;
}

}  // namespace

std::error_code check(const deadlines& policy) noexcept {
  for (const duration limit :
       {policy.close_flush, policy.idle, policy.first_byte, policy.whole_message, policy.rate_grace})
    if (limit <= duration()) return errc::bad_option;
  return {};
}

deadline_watch::deadline_watch(const deadlines& policy, time_point start) noexcept
    : policy_(&policy), observed_at_(start), last_progress_(start), closing_since_(start) {}

void deadline_watch::observe(stream_progress seen, time_point now) noexcept {
  if (now < observed_at_) now = observed_at_;
  const bool same = seen.dropping && seen_.dropping;
  const bool took = !same && seen.consumed != seen_.consumed;
  if (seen.dropping) seen.consumed = seen_.consumed;  // nobody took it: it is of a message that goes on
  if (took || seen.received != seen_.received || seen.sent != seen_.sent) last_progress_ = now;
  if (seen.closing && !seen_.closing) closing_since_ = now;

  if (seen_.reading) spent_ = spent_ + (now - observed_at_);
  if (took || expected(seen) != expected(seen_)) spent_ = duration();
  observed_at_ = now;
  seen_ = seen;
}

time_point deadline_watch::peer_deadline(duration limit) const noexcept {
  if (limit == deadlines::off) return time_point::never();
  return observed_at_ + (limit - spent_);
}

deadline_watch::due deadline_watch::earliest() const noexcept {
  if (seen_.closing) return {deadline(closing_since_, policy_->close_flush), deadline_kind::close_flush};

  due first{deadline(last_progress_, policy_->idle), deadline_kind::idle};
  const auto consider = [&first](time_point when, deadline_kind kind) {
    if (when <= first.when) first = {when, kind};
  };
  if (!seen_.reading) return first;
  switch (expected(seen_)) {
    case expectation::first_byte: consider(peer_deadline(policy_->first_byte), deadline_kind::first_byte); break;
    case expectation::rest_of_message:
      consider(peer_deadline(policy_->whole_message), deadline_kind::whole_message);
      if (policy_->minimum_rate != 0) {
        const duration at_rate = time_at_rate(buffered(seen_), policy_->minimum_rate);
        consider(peer_deadline(at_rate > policy_->rate_grace ? at_rate : policy_->rate_grace), deadline_kind::rate);
      }
      break;
    case expectation::nothing: break;
  }
  return first;
}

deadline_kind deadline_watch::expired(time_point now) const noexcept {
  const due first = earliest();
  const bool passed = first.when <= now && first.when != time_point::never();
  return passed ? first.kind : deadline_kind::none;
}

}}  // namespace penstock::v0
