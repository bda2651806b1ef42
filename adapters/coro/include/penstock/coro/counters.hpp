// SPDX-License-Identifier: BSL-1.0
// What happened, counted: one struct for a connection, a server and a loop. Always on.
#pragma once

#include <cstdint>

namespace penstock { inline namespace v0 {

// Since the beginning, but for `open`. A connection counts itself: open and failed are 0 or 1 there.
// A server's sums are those of its connections, a loop's those of all its streams.
struct counters {
  std::uint64_t accepted = 0;  // connections that a listener gave
  std::uint64_t open = 0;      // connections whose transport has not closed, now
  std::uint64_t refused = 0;   // accepted and closed at once: they could not be set up
  std::uint64_t failed = 0;    // connections that ended by an error, deadlines included
  // Bytes, behind a filter: plaintext. What unread() put back, and what stood behind it, counts again.
  std::uint64_t received = 0;
  std::uint64_t sent = 0;    // bytes that were handed to the transport
  std::uint64_t waits = 0;   // operations that had to wait
  std::uint64_t pauses = 0;  // times that receiving stopped until the application took bytes

  counters& operator+=(const counters& other) noexcept {
    accepted += other.accepted, open += other.open, refused += other.refused, failed += other.failed;
    received += other.received, sent += other.sent, waits += other.waits, pauses += other.pauses;
    return *this;
  }
  friend counters operator+(counters a, const counters& b) noexcept { return a += b; }
  friend bool operator==(const counters&, const counters&) = default;
};

}}  // namespace penstock::v0
