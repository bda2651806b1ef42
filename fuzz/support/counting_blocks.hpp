// SPDX-License-Identifier: BSL-1.0
// A block source that counts what it gave and got back, and fails on request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <penstock/block_source.hpp>

namespace penstock::fuzz {

// Not movable: the source knows its address. Blocks come from operator new, so that a sanitizer
// sees each of them; a block larger than `largest` cannot be had, as in a machine of that size.
class counting_blocks {
 public:
  explicit counting_blocks(std::size_t largest = 64 * 1024 * 1024) noexcept : largest_(largest) {}
  counting_blocks(const counting_blocks&) = delete;
  counting_blocks& operator=(const counting_blocks&) = delete;

  block_source& source() noexcept { return source_; }
  std::size_t live_blocks() const noexcept { return live_blocks_; }
  std::size_t live_bytes() const noexcept { return live_bytes_; }
  std::uint64_t allocations() const noexcept { return allocations_; }  // asked for, failed ones included
  std::uint64_t failures() const noexcept { return failures_; }

  // The n-th allocation from here on fails (0: none), and the count - 1 after it.
  void fail_from(std::uint64_t n, std::uint64_t count) noexcept {
    first_failure_ = n == 0 ? 0 : allocations_ + n;
    failure_count_ = count;
  }

 private:
  void* allocate(std::size_t size) noexcept {
    ++allocations_;
    const bool fails =
        first_failure_ != 0 && allocations_ >= first_failure_ && allocations_ - first_failure_ < failure_count_;
    void* const memory = fails || size > largest_ ? nullptr : ::operator new(size, std::nothrow);
    if (memory == nullptr) {
      ++failures_;
      return nullptr;
    }
    ++live_blocks_;
    live_bytes_ += size;
    return memory;
  }
  // With its size, which AddressSanitizer compares with the one that was given.
  void release(void* memory, std::size_t size) noexcept {
    --live_blocks_;
    live_bytes_ -= size;
#if defined(__cpp_sized_deallocation)
    ::operator delete(memory, size);
#else
    ::operator delete(memory);
#endif
  }

  std::size_t largest_;
  std::size_t live_blocks_ = 0;
  std::size_t live_bytes_ = 0;
  std::uint64_t allocations_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t first_failure_ = 0;
  std::uint64_t failure_count_ = 0;
  block_source source_{
      [](void* self, std::size_t size) noexcept { return static_cast<counting_blocks*>(self)->allocate(size); },
      [](void* self, void* memory, std::size_t size) noexcept {
        static_cast<counting_blocks*>(self)->release(memory, size);
      },
      this};
};

}  // namespace penstock::fuzz
