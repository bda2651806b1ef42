// SPDX-License-Identifier: BSL-1.0
// What happens to a handler's connection, as a value: what explorers enumerate, fuzzers mutate,
// generators draw, recordings hold and people read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// Bytes that arrive together, `before` later than what came before them. Between two pieces
// everything happens that can happen.
struct piece {
  std::size_t size = 0;
  duration before{};
  bool operator==(const piece&) const = default;
};

// The handler's frame is destroyed, so many rounds of the loop after it was called.
struct stop {
  std::uint64_t after = 0;
  bool for_good = false;  // as it is: the handler is called again, with the same connection
  bool operator==(const stop&) const = default;
};

// A peer sends the bytes and then its end; it reads whatever comes. All else is a disturbance.
struct plan {
  static constexpr std::uint64_t not_at_all = ~std::uint64_t{0};
  static constexpr std::size_t wide = 64 * 1024;

  std::string bytes;
  std::string second;                      // what the peer of a second connection sends, for handlers that have one
  std::vector<piece> pieces;               // of the bytes, from the first one on; what they leave arrives together
  std::vector<stop> stops;                 // in order
  std::uint64_t end_after = not_at_all;    // bytes; then the end, whatever was sent behind them
  std::uint64_t reset_after = not_at_all;  // bytes; then a reset
  std::uint64_t stall_after = not_at_all;  // bytes; then nothing more, nor the end
  std::uint64_t receive_error_at = not_at_all;  // this receive fails, counted from 0
  std::uint64_t send_error_at = not_at_all;     // this send fails
  std::uint64_t flood = 0;       // so many bytes more, the same again and again, by a peer that reads nothing
  std::uint64_t flood_tail = 0;  // as many of the last bytes are what comes again; 0: all
  std::size_t way_back = wide;   // bytes that its peer takes before sends are blocked; not in a flood

  bool operator==(const plan&) const = default;

  // Cut at these places, in ascending order.
  static plan cut(std::string_view bytes, const std::vector<std::size_t>& places);
  static plan byte_by_byte(std::string_view bytes);

  // --- the script format (script.hpp) ------------------------------------------------------

  // Any bytes: a script in text or binary form, a seed (below), or a plain message that has no plan.
  // Text that begins like a script and is none is such a message, too: a fuzzer's input is never refused.
  explicit plan(std::string_view encoded);
  // For what people write: of such text, or of a fault that there is not, `problem` says where it is, and the plan is
  // empty.
  plan(std::string_view encoded, std::string& problem);
  plan() = default;

  // A script in text form. Steps that are no plan's are skipped where it is read:
  // feed, pass_time, feed_eof, strike WAY AFTER (odd: for good), choose 1 (the second connection), cut
  // (CAPACITY: the way back), and fault KIND VALUE: 3 stall_after, 4 end_after, 5 reset_after,
  // 6 send_error_at, 7 receive_error_at, 8 flood, 9 flood_tail.
  std::string text() const;
  // The plain message, then the second connection's bytes, then the steps, their length in two bytes,
  // and the script's version byte: a message alone is a seed, too. A plan that has no place there is its text: 64 KiB
  // of steps, a pause of more than a day, a flood of more than 16 MiB, a message that begins as a script does.
  std::string seed() const;
};

}}}  // namespace penstock::v0::testing
