// SPDX-License-Identifier: BSL-1.0
// How long a peer may take: the deadlines of one stream, kept as levels over its byte counts.
#pragma once

#include <cstdint>
#include <string_view>

#include <penstock/error.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

// What a stream allows its peer. A duration that is `off` never falls due; all but close_flush
// are off unless set. Trivial: one object serves any number of streams.
struct deadlines {
  static constexpr duration off = duration::max();

  duration close_flush = seconds(30);  // close() to the last byte handed to the socket (R78)
  duration idle = off;                 // no byte received, taken or sent; under TLS, as all of them: of plaintext
  duration first_byte = off;           // construction to the first byte ever
  duration whole_message = off;        // a message's first byte to its being taken; what is dropped unread is of one
  std::uint32_t minimum_rate = 0;      // of a message, in bytes a second; 0 is off
  duration rate_grace = seconds(10);   // from a message's first byte; then minimum_rate counts

  // For a server whose clients speak first.
  static constexpr deadlines server_defaults() noexcept {
    return {.close_flush = seconds(30),
            .idle = seconds(300),
            .first_byte = seconds(10),
            .whole_message = seconds(60),
            .minimum_rate = 64,
            .rate_grace = seconds(10)};
  }
  friend constexpr bool operator==(const deadlines&, const deadlines&) = default;

 private:
  static constexpr duration seconds(std::int64_t n) noexcept { return duration::nanoseconds(1'000'000'000) * n; }
};

// Answers errc::bad_option if a duration is zero or negative, else success.
PENSTOCK_API std::error_code check(const deadlines& policy) noexcept;

// A stream as its deadlines see it: running totals of bytes, which only differences are taken of,
// modulo 2^64, and two levels. `received - consumed` bytes are buffered.
struct stream_progress {
  std::uint64_t received = 0;  // from the peer
  std::uint64_t consumed = 0;  // taken by the application
  std::uint64_t sent = 0;      // handed to the socket
  bool reading = true;         // it is the peer who is waited for: not while back-pressure, the
                               // application or the end of input holds reading
  bool closing = false;        // close() was called and the flush is not done
  bool dropping = false;       // `consumed` grows by what nobody takes, whose end has not come: an over-long
                               // line, what a skip_until skips
};

enum class deadline_kind : std::uint8_t { none, close_flush, idle, first_byte, whole_message, rate };

// Answers the enumerator's name. Static text.
PENSTOCK_API std::string_view name(deadline_kind kind) noexcept;

// Keeps one stream's deadlines (I-18). At most 80 bytes; no clock, no timer: whoever drives the stream
// arms one timer for next().
//
// - A message begins with the first byte that is buffered and ends when the application takes
//   bytes; what it leaves begins the next message at that moment. So a client that pauses between
//   messages meets `idle` alone. What is dropped begins one, too, which goes on until dropping ends.
// - The peer's clocks (first_byte, whole_message, rate) stand while the stream is not reading: what
//   we delay is not held against the peer. `idle` runs on.
// - The rate falls due when max(rate_grace, bytes of the message / minimum_rate) has been spent on
//   a message: each byte moves it.
// - close_flush runs from the moment `closing` is seen; while closing nothing else counts.
//
// The policy must outlive the watch and may change while it is in use.
class PENSTOCK_API deadline_watch {
 public:
  // The stream begins at `start`, reading, with all totals 0.
  deadline_watch(const deadlines& policy, time_point start) noexcept;
  deadline_watch(const deadlines&&, time_point) = delete;

  // Counts n bytes handed to the socket, for who keeps no total of them: sent() is stream_progress's.
  void count_sent(std::uint64_t n) noexcept { sent_ += n; }
  std::uint64_t sent() const noexcept { return sent_; }

  bool closing() const noexcept { return seen_.closing; }  // close_flush runs

  // Takes note of the stream at `now`, where a time before the last one counts as that: once a turn, after receiving
  // and before expired(), so that a byte that arrives as its deadline passes still counts.
  void observe(stream_progress seen, time_point now) noexcept;

  // Answers the earliest deadline if nothing is observed before it, time_point::never() if there
  // is none. It may lie in the past: then it has expired.
  time_point next() const noexcept { return earliest().when; }

  // Answers which deadline has passed at `now`: the earliest, and of equal ones the last in
  // deadline_kind's order. True from next() on, to the nanosecond. Nothing passes at never().
  deadline_kind expired(time_point now) const noexcept;

 private:
  struct due {
    time_point when;
    deadline_kind kind;
  };

  due earliest() const noexcept;
  time_point peer_deadline(duration limit) const noexcept;

  const deadlines* policy_;
  std::uint64_t sent_ = 0;
  stream_progress seen_;
  time_point observed_at_;
  duration spent_;  // by the peer's clock, up to observed_at_
  time_point last_progress_;
  time_point closing_since_;
};

}}  // namespace penstock::v0
