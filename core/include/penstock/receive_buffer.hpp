// SPDX-License-Identifier: BSL-1.0
// The bytes that arrived and were not consumed: in the lender's memory, or in a block of our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

// What a fruitless search has ruled out: no match for the separators that `key` stands for ends
// at or before stream position `position`. Key 0: nothing is known.
struct search_memo {
  std::uint64_t key = 0;
  std::uint64_t position = 0;
};

// A block of unread bytes. The memo lives here and not in the half: bytes that wait for more of a
// record are at rest in a block, and an idle connection has none.
struct receive_block : block_header {
  std::size_t prepared = 0;        // bytes handed out by prepare
  receive_block* spare = nullptr;  // they lie there, behind room for the unread ones; null: here
  std::size_t offset = 0;          // where in it
  search_memo memo;
  char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
};

// Unread bytes are always one contiguous range [first_, last_).
// They lie in the block (in_block()) or in the lender's memory; the block is kept while bytes are
// lent, so that a rest at the end of every turn costs no allocation.
// Invariant: in the block, bytes() <= first_ <= last_ <= bytes() + capacity.
// Memory moves only in prepare, commit, lend, settle and unread; views die in prepare. Moving is
// paid for by bytes fed or consumed since: at most 2 bytes a byte where nothing is consumed in
// between. More room than there are unread bytes is prepared in a block beside theirs: whichever
// of the two is the less is copied to the other once it is known how much arrived.
// After settle: capacity <= 2 * size() + 4 KiB, header included; no block where size() is 0.
class receive_buffer {
 public:
  static constexpr std::size_t smallest_block = 256;
  static constexpr std::size_t slack = 4096;

  explicit receive_buffer(block_source& blocks) noexcept : block_(blocks.empty()) {}
  receive_buffer(const receive_buffer&) = delete;
  receive_buffer& operator=(const receive_buffer&) = delete;
  ~receive_buffer() { release_block(); }

  std::string_view view() const noexcept { return {first_, size()}; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(last_ - first_); }
  std::uint64_t moved() const noexcept { return moved_; }  // bytes copied, all causes
  PENSTOCK_API std::size_t capacity() const noexcept;      // memory held, headers included
  block_source& blocks() const noexcept { return *block_->source; }

  // Writable bytes behind the unread ones; exactly n, so that a receive cannot pass what it was
  // allowed; they live until the next prepare, append, lend or settle. Empty if n is 0 or no memory
  // can be had; then nothing has changed.
  PENSTOCK_API std::span<char> prepare(std::size_t n) noexcept;
  // Takes the first n prepared bytes in. Contract: prepare gave as many. False: no memory, and they
  // are lost; only where bytes were put back in front meanwhile.
  PENSTOCK_API bool commit(std::size_t n) noexcept;
  // Copies the bytes in. False: no memory, nothing has changed.
  PENSTOCK_API bool append(std::string_view bytes) noexcept;
  // Reads the bytes in place until settle. What is unread moves in front of them (at most 4 KiB,
  // at most as much as arrives, into `headroom` writable bytes there), or they are appended.
  // False: no memory, nothing has changed.
  bool lend(const char* arrived, std::size_t n, std::size_t headroom) noexcept {
    if (first_ != last_ || block_->capacity != 0 || n == 0) return lend_behind(arrived, n, headroom);
    first_ = arrived;
    last_ = arrived + n;
    return true;
  }
  // Moves what is unread out of the lender's memory, gives back or shrinks the block.
  // False: no memory; what was in the lender's memory is lost.
  bool settle() noexcept {
    if (first_ != last_ || block_->capacity != 0) return settle_kept();
    first_ = last_ = nullptr;
    return true;
  }
  // Puts bytes back in front. False: no memory, nothing has changed.
  PENSTOCK_API bool unread(std::string_view bytes) noexcept;

  void consume(std::size_t n) noexcept { first_ += n; }

  search_memo* memo() const noexcept { return block_->capacity == 0 ? nullptr : &owned()->memo; }

  // Aborts unless the invariant holds.
  PENSTOCK_API void validate() const noexcept;

 private:
  bool in_block() const noexcept {
    return block_->capacity != 0 && first_ >= owned()->bytes() && last_ <= owned()->bytes() + block_->capacity;
  }
  // Nothing is lent and no prepared memory is out: the state in which bytes trickle in.
  bool at_rest() const noexcept { return in_block() && owned()->prepared == 0; }
  receive_block* owned() const noexcept { return static_cast<receive_block*>(block_); }
  // Where in_block(): last_, writable, and the bytes from there to the end of the block.
  char* end() const noexcept { return owned()->bytes() + (last_ - owned()->bytes()); }
  std::size_t free_behind() const noexcept {
    return block_->capacity - static_cast<std::size_t>(last_ - owned()->bytes());
  }
  receive_block* allocate(std::size_t capacity) noexcept;
  bool move_to_block(std::size_t capacity, std::size_t offset) noexcept;
  void compact() noexcept;
  bool append_moving(std::string_view bytes) noexcept;
  // Both where there is a block or something unread.
  PENSTOCK_API bool lend_behind(const char* arrived, std::size_t n, std::size_t headroom) noexcept;
  PENSTOCK_API bool settle_kept() noexcept;
  bool settle_moving() noexcept;
  std::span<char> prepare_spare(std::size_t n) noexcept;
  bool commit_spare(std::size_t n) noexcept;
  void hand_over_prepared(receive_block& next) noexcept;
  void release_spare() noexcept;
  PENSTOCK_API void release_block() noexcept;
  void poison_consumed() noexcept;

  const char* first_ = nullptr;
  const char* last_ = nullptr;
  block_header* block_;
  std::uint64_t moved_ = 0;
};

}}  // namespace penstock::v0
