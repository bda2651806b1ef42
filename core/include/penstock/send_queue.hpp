// SPDX-License-Identifier: BSL-1.0
// The bytes that were written and have not left: copied ones coalesced in blocks, owned ones as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include <penstock/block_source.hpp>
#include <penstock/bytes.hpp>
#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

// One run of unsent bytes: copied ones lie behind it, owned ones are held by an owned_bytes there.
struct send_segment : block_header {
  send_segment* next;    // the last one's is the first
  send_segment* before;  // the first one's is the last
  const char* first;     // unsent bytes
  const char* last;
  bool owned;
  bool settled;  // takes no more bytes, and keeps no more memory than it may
  char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
  std::size_t size() const noexcept { return static_cast<std::size_t>(last - first); }
};

// Invariant: no segment is empty; pending() is the sum of their sizes; room is open in the last one alone.
// After settle: memory held <= 2 * pending() + 4 KiB, headers included; none where pending() is 0.
class send_queue {
 public:
  static constexpr std::size_t first_block = 4096 - sizeof(send_segment);  // its payload
  static constexpr std::size_t smallest_block = 256;
  static constexpr std::size_t largest_growth = 16 * 1024;
  static constexpr std::size_t worth_owning = 1024;  // fewer bytes are cheaper to copy than to keep

  explicit send_queue(block_source& blocks) noexcept : tail_(blocks.empty()) {}
  send_queue(const send_queue&) = delete;
  send_queue& operator=(const send_queue&) = delete;
  ~send_queue() { clear(); }

  std::size_t pending() const noexcept { return pending_and_room_ - tail_->room; }
  std::uint64_t moved() const noexcept { return moved_and_room_ - tail_->room; }  // bytes copied, all causes
  PENSTOCK_API std::size_t capacity() const noexcept;  // memory held, headers included; O(segments)

  // Copies the parts, `total` bytes in all, behind what is there. All or, without memory, none.
  PENSTOCK_API bool append(std::span<const std::string_view> parts, std::size_t total) noexcept;
  // The same for one part.
  PENSTOCK_API bool append(std::string_view bytes) noexcept;
  // The same within the room that is open, which is the whole question. False: there is less, or no bytes.
  bool append_in_room(std::string_view bytes) noexcept {
    block_header* const into = tail_;  // the bytes that are put could be anybody's, for all that the compiler knows
    const std::size_t room = into->room;
    if (bytes.size() - 1 >= room) return false;
    into->room = room - bytes.size();
    put(static_cast<send_segment*>(into), bytes.data(), bytes.size());
    return true;
  }
  // Opens room for at most so many bytes: what there is behind the last segment's. Any other call that
  // changes the queue closes it.
  PENSTOCK_API void open_room(std::size_t most) noexcept;
  void close_room() noexcept {
    if (tail_->room == 0) return;  // the empty block is shared: it is not written to
    pending_and_room_ -= tail_->room;
    moved_and_room_ -= tail_->room;
    tail_->room = 0;
  }
  // Takes the bytes over; small ones are copied and given back at once. Without memory: false,
  // and `bytes` is untouched.
  PENSTOCK_API bool append(owned_bytes& bytes) noexcept;

  // Views of the first segments, as many as fit; answers how many. They live until the next consume,
  // clear or settle: appending moves nothing. O(their number).
  PENSTOCK_API std::size_t gather(std::span<std::string_view>) const noexcept;
  // The first n bytes have left. Contract: n <= pending().
  PENSTOCK_API void consume(std::size_t n) noexcept;
  PENSTOCK_API void clear() noexcept;
  // Gives back memory that the unsent bytes do not need.
  void settle() noexcept {
    if (!empty()) settle_kept();
  }

  // Aborts unless the invariant holds.
  PENSTOCK_API void validate() const noexcept;

 private:
  bool empty() const noexcept { return tail_->capacity == 0; }
  send_segment* tail() const noexcept { return static_cast<send_segment*>(tail_); }
  std::size_t tail_room() const noexcept {
    if (empty() || tail()->owned) return 0;
    return static_cast<std::size_t>(tail()->bytes() + tail()->capacity - tail()->last);
  }
  // Behind the segment's bytes, where there is room.
  static void put(send_segment* segment, const char* from, std::size_t n) noexcept {
    char* const to = segment->bytes() + (segment->last - segment->bytes());
    segment->last += n;
    // A short line, without a call: pieces of 16 from its front and, overlapping them, from its end.
    constexpr std::size_t piece = 16;
    if (n - piece > 3 * piece) {
      std::memmove(to, from, n);  // not memcpy: g++ 12 would warn that it overlaps if n were half of all memory
      return;
    }
    char first[piece];
    char last[piece];
    std::memcpy(first, from, piece);
    std::memcpy(last, from + n - piece, piece);
    if (n > 2 * piece) {
      char second[piece];
      char third[piece];
      std::memcpy(second, from + piece, piece);
      std::memcpy(third, from + n - 2 * piece, piece);
      std::memcpy(to + piece, second, piece);
      std::memcpy(to + n - 2 * piece, third, piece);
    }
    std::memcpy(to, first, piece);
    std::memcpy(to + n - piece, last, piece);
  }
  PENSTOCK_API void settle_kept() noexcept;
  send_segment* allocate(std::size_t capacity) noexcept;
  void link(send_segment*) noexcept;
  void release(send_segment*) noexcept;
  static bool is_wide(const send_segment*, std::size_t spare) noexcept;
  send_segment* shrink(send_segment* wide, std::size_t spare) noexcept;

  // Both with the room, so that a write within it changes nothing else; not side by side, or they would be added to as
  // one, by way of a vector.
  std::size_t pending_and_room_ = 0;
  block_header* tail_;  // the last segment, or the source's empty block
  std::uint64_t moved_and_room_ = 0;
};

}}  // namespace penstock::v0
