// SPDX-License-Identifier: BSL-1.0
// The blocks of a loop's connections, recycled by size: what was unread or unsent at the end of a
// turn costs no allocation.
#pragma once

#include <cstddef>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

// One a loop, held by it and by each of its streams: the last one to let go ends it. Classes are powers of two from 512
// bytes to 256 KiB; of each at most 256 KiB are kept, larger blocks come from operator new. What is kept is poisoned
// under AddressSanitizer.
class PENSTOCK_API block_pool {
 public:
  static block_pool& create();  // held once
  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;
  void hold() noexcept { ++holders_; }
  void let_go() noexcept {
    if (--holders_ == 0) delete this;
  }

  block_source& source() noexcept { return source_; }
  std::size_t in_use() const noexcept { return in_use_; }  // bytes asked for and not given back
  std::size_t kept() const noexcept;                       // bytes

 private:
  static constexpr std::size_t smallest = 512;
  static constexpr unsigned classes = 10;
  static constexpr std::size_t most_kept = 256 * 1024;

  struct free_block {
    free_block* next;
  };

  block_pool() noexcept;
  ~block_pool();
  static unsigned class_of(std::size_t size) noexcept;
  static void* allocate(void* self, std::size_t size) noexcept;
  static void release(void* self, void* memory, std::size_t size) noexcept;
  void* allocate_new(unsigned which, std::size_t size) noexcept;
  static void give_back(void* memory, unsigned which) noexcept;
  static void* lent(void* memory, std::size_t size, std::size_t rounded) noexcept;
  static void close(void* memory, std::size_t rounded) noexcept;

  block_source source_;
  free_block* free_[classes] = {};
  std::size_t in_class_[classes] = {};  // bytes kept
  std::size_t in_use_ = 0;
  std::size_t holders_ = 1;
};

}}  // namespace penstock::v0
