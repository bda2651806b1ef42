// SPDX-License-Identifier: BSL-1.0
// Where buffers come from: two functions and a context, one source per loop, replaceable.
#pragma once

#include <cstddef>

#include <penstock/contract.hpp>
#include <penstock/poison.hpp>

namespace penstock { inline namespace v0 {

class block_source;

// What stands in front of each block. A half that holds no memory points at the header of its
// source's empty block (capacity 0), so that it finds the source again without a field for it.
struct block_header {
  block_source* source;
  std::size_t capacity;  // bytes behind the whole header, 0 in the empty block
  std::size_t room = 0;  // of a send queue's last block: what may be copied there unasked; 0 in the empty one
};

// Gives and takes back blocks of memory, aligned for any scalar. Outlives every half that was
// made with it; not shared between threads unless its functions allow that.
class block_source {
 public:
  using allocate_function = void* (*)(void* context, std::size_t size) noexcept;  // null: none to be had
  using release_function = void (*)(void* context, void* memory, std::size_t size) noexcept;

  constexpr block_source(allocate_function giver, release_function taker, void* context = nullptr) noexcept
      : allocate_(giver), release_(taker), context_(context) {}
  block_source(const block_source&) = delete;
  block_source& operator=(const block_source&) = delete;

  // `size` bytes; null: none to be had.
  void* allocate(std::size_t size) noexcept { return allocate_(context_, size); }
  void release(void* memory, std::size_t size) noexcept { release_(context_, memory, size); }
  // Of capacity 0, for all who have no block: never written to, never released.
  block_header* empty() noexcept { return &empty_; }

 private:
  allocate_function allocate_;
  release_function release_;
  void* context_;
  block_header empty_{this, 0};
};

// operator new (nothrow) and operator delete; safe to share between threads.
PENSTOCK_API block_source& default_blocks() noexcept;

}}  // namespace penstock::v0
