// SPDX-License-Identifier: BSL-1.0
// The memory that every receive of a loop goes to.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

// One for all connections of a thread: what a turn leaves unread moves out of it, and a turn inside another one
// receives elsewhere. Under AddressSanitizer it is poisoned between turns (I-27); whoever ends its life unpoisons it.
struct receive_arena {
  std::span<char> memory;
  // Bytes of it in front of what is received (lend). What has no filter gains nothing by more; one that decrypts in
  // place wants as much as loop_arena has.
  std::size_t headroom = 4096;

  std::span<char> room() const noexcept { return memory.subspan(headroom); }
};

namespace detail {

// One a turn. The application may cause a turn inside another one's, of another connection over the same arena, where
// bytes lie by then that have not been read: the inner turn leaves arenas alone.
class PENSTOCK_API arena_use {
 public:
  arena_use() noexcept : taken_(std::exchange(under_way_, true)) {}
  arena_use(const arena_use&) = delete;
  arena_use& operator=(const arena_use&) = delete;
  ~arena_use() { under_way_ = taken_; }

  bool taken() const noexcept { return taken_; }  // a turn is under way around this one

 private:
  static inline constinit thread_local bool under_way_ = false;

  const bool taken_;
};

}  // namespace detail

// A loop's own, without memory until the first connection asks for it.
class loop_arena {
 public:
  static constexpr std::size_t headroom = 24 * 1024;
  static constexpr std::size_t room = 128 * 1024;

  loop_arena() = default;
  loop_arena(const loop_arena&) = delete;
  loop_arena& operator=(const loop_arena&) = delete;
  ~loop_arena() {
    if (memory_) unpoison(memory_.get(), headroom + room);
  }

  // Throws std::bad_alloc. Again: nothing.
  void make() {
    if (!memory_) memory_.reset(new char[headroom + room]);
  }
  // Contract: it was made.
  receive_arena get() const noexcept { return {{memory_.get(), headroom + room}, headroom}; }

 private:
  std::unique_ptr<char[]> memory_;
};

}}  // namespace penstock::v0
