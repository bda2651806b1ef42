// SPDX-License-Identifier: BSL-1.0
// The sending half of a stream: writes in from the application, bytes out to the wire, watermarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/block_source.hpp>
#include <penstock/bytes.hpp>
#include <penstock/contract.hpp>
#include <penstock/error.hpp>
#include <penstock/send_queue.hpp>

namespace penstock { inline namespace v0 {

struct write_options {
  std::size_t high = 64 * 1024;                // full() above it (R3, R74)
  std::size_t low = 16 * 1024;                 // full() no more at or below it
  std::size_t max_pending = 64 * 1024 * 1024;  // hard cap on unsent bytes: high and what is written at once above it
};

// errc::bad_option unless high >= low (R75), else success.
PENSTOCK_API std::error_code check(const write_options&) noexcept;

enum class write_step : std::uint8_t {
  idle,      // nothing to do
  send,      // gather() has bytes
  shutdown,  // all bytes have left: send the FIN, then say shut_down()
};

PENSTOCK_API std::string_view name(write_step) noexcept;

// Every write-like call answers success; errc::write_after_eof after write_eof (R71, R72);
// errc::not_connected after close, abort or loss; errc::buffer_full where max_pending would be
// passed (a write into an empty queue is always accepted); errc::no_memory. Refused is refused
// whole. Writing no bytes succeeds unless write_eof was called. Nothing throws.
class write_half {
 public:
  static constexpr std::size_t useful_segments = 64;  // more in one gathered send gain nothing (R10)

  explicit write_half(write_options options = {}, block_source& blocks = default_blocks()) noexcept
      : queue_(blocks), high_(options.high), low_(options.low), max_pending_(options.max_pending) {
    PENSTOCK_EXPECTS(!check(options));
  }

  // --- for the application -----------------------------------------------------------------

  // Copied; small writes coalesce.
  std::error_code write(std::string_view bytes) noexcept {
    if (queue_.append_in_room(bytes)) [[likely]]
      return {};
    return enqueue(bytes.size(), [&] { return queue_.append(bytes); });
  }
  std::error_code write(std::span<const std::byte> bytes) noexcept { return write(as_chars(bytes)); }
  PENSTOCK_API std::error_code write(owned_bytes) noexcept;  // moved in; refused ones are released
  // One write of all parts, in order: all of them or none (I-12). Empty parts are skipped (R73).
  PENSTOCK_API std::error_code writelines(std::span<const std::string_view>) noexcept;
  // No more writes; the FIN follows the bytes (R80). Again: nothing. errc::not_connected after
  // close, abort or loss.
  PENSTOCK_API std::error_code write_eof() noexcept;

  bool full() const noexcept { return full_; }  // drain waits while true (R53): hysteresis, high to low
  std::size_t pending() const noexcept { return queue_.pending(); }  // accepted and not sent; O(1) (R76)
  bool ending() const noexcept { return eof_; }                      // write_eof was called
  bool bytes_lost() const noexcept { return bytes_lost_; }           // accepted bytes were dropped
  write_options limits() const noexcept { return {high_, low_, max_pending_}; }
  // errc::bad_option unless high >= low, and nothing changes. full() is asked anew: above high
  // true, at or below low false (R75).
  PENSTOCK_API std::error_code set_limits(write_options) noexcept;

  // --- for the wire ------------------------------------------------------------------------

  write_step next() const noexcept {
    if (pending() != 0) return write_step::send;
    return eof_ && !shut_ && !closed_ ? write_step::shutdown : write_step::idle;
  }
  // Views of the bytes to send next, first ones first; answers how many. They live until the
  // next consume, settle or drop. More than useful_segments gain nothing.
  std::size_t gather(std::span<std::string_view> segments) const noexcept { return queue_.gather(segments); }
  // n bytes have left. Contract: n <= pending().
  PENSTOCK_API void consume(std::size_t n) noexcept;
  void shut_down() noexcept { shut_ = true; }  // the FIN has been sent
  // The turn ends: unsent bytes move to blocks of their size; at most 2 * pending + 4 KiB are held.
  void settle() noexcept { queue_.settle(); }

  // --- for the connection ------------------------------------------------------------------

  PENSTOCK_API void refuse() noexcept;  // close(): no more writes, what is queued still leaves
  PENSTOCK_API void drop() noexcept;    // abort or loss: what is queued is dropped, too

  std::uint64_t moved() const noexcept { return queue_.moved(); }      // bytes copied
  std::size_t capacity() const noexcept { return queue_.capacity(); }  // memory held; O(segments)
  PENSTOCK_API void validate() const noexcept;                         // aborts unless all invariants hold

 private:
  bool accepts(std::size_t n) const noexcept {
    std::size_t sum = 0;
    const bool fits = !__builtin_add_overflow(pending(), n, &sum) && sum <= max_pending_;
    return !(eof_ | refused_) && (fits || pending() == 0);
  }
  // Where it does not accept them.
  PENSTOCK_API std::error_code refusal(std::size_t n) const noexcept;
  // The one way into the queue, and the one comparison with the marks. It opens room for what stays
  // within all of them: short writes that follow ask nothing more.
  template <class Append>
  std::error_code enqueue(std::size_t n, Append append) noexcept {
    if (!accepts(n)) [[unlikely]]
      return refusal(n);
    if (!append()) [[unlikely]]
      return errc::no_memory;
    const std::size_t most = high_ < max_pending_ ? high_ : max_pending_;
    const std::size_t now = pending();
    if (now <= most) queue_.open_room(most - now);
    if (now > high_) full_ = true;
    return {};
  }

  send_queue queue_;
  std::size_t high_;
  std::size_t low_;
  std::size_t max_pending_;
  bool full_ = false;
  bool eof_ = false;
  bool shut_ = false;
  bool refused_ = false;
  bool closed_ = false;
  bool bytes_lost_ = false;
};

}}  // namespace penstock::v0
