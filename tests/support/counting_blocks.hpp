// SPDX-License-Identifier: BSL-1.0
// A block source that counts what is out and how much it ever was, and refuses by plan: one
// allocation, or all from one on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <unordered_map>

#include <gtest/gtest.h>

#include <penstock/block_source.hpp>

namespace penstock_test {

// Converts to the source that the halves want. A block given back twice or with another size
// than it was asked for fails the test.
class counting_blocks {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  counting_blocks() = default;
  counting_blocks(const counting_blocks&) = delete;
  counting_blocks& operator=(const counting_blocks&) = delete;

  operator penstock::block_source&() noexcept { return source_; }  // NOLINT: it stands for its source

  std::size_t live() const noexcept { return sizes_.size(); }  // blocks out
  std::size_t live_bytes() const noexcept { return live_bytes_; }
  std::size_t peak_bytes() const noexcept { return peak_bytes_; }
  std::uint64_t asked() const noexcept { return asked_; }  // allocations, refused ones included
  std::uint64_t refused() const noexcept { return refused_; }

  // Counts from here: the allocation with this number (0 is the next one) fails, once.
  void fail_once(std::uint64_t number) noexcept { plan(number, number); }
  // The allocation with this number and all after it fail.
  void fail_from(std::uint64_t number) noexcept { plan(number, never); }
  void fail_no_more() noexcept { plan(never, never); }

  // For objects that bring their own operator new: one place in the same count.
  bool grants() noexcept {
    const std::uint64_t number = asked_++ - plan_begin_;
    if (first_refused_ == never || number < first_refused_ || number > last_refused_) return true;
    ++refused_;
    return false;
  }

 private:
  void plan(std::uint64_t first, std::uint64_t last) noexcept {
    plan_begin_ = asked_;
    refused_ = 0;
    first_refused_ = first;
    last_refused_ = last;
  }

  static void* give(void* context, std::size_t size) noexcept {
    auto& self = *static_cast<counting_blocks*>(context);
    if (!self.grants()) return nullptr;
    void* const memory = std::malloc(size);
    if (memory == nullptr) return nullptr;
    self.sizes_.emplace(memory, size);
    self.live_bytes_ += size;
    self.peak_bytes_ = std::max(self.peak_bytes_, self.live_bytes_);
    return memory;
  }

  static void take(void* context, void* memory, std::size_t size) noexcept {
    auto& self = *static_cast<counting_blocks*>(context);
    const auto block = self.sizes_.find(memory);
    if (block == self.sizes_.end()) {
      ADD_FAILURE() << "a block was given back that was not out";
      return;
    }
    EXPECT_EQ(block->second, size) << "a block was given back with another size";
    self.live_bytes_ -= block->second;
    self.sizes_.erase(block);
    std::free(memory);
  }

  std::unordered_map<void*, std::size_t> sizes_;
  std::size_t live_bytes_ = 0;
  std::size_t peak_bytes_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t plan_begin_ = 0;
  std::uint64_t first_refused_ = never;
  std::uint64_t last_refused_ = never;
  penstock::block_source source_{give, take, this};
};

}  // namespace penstock_test
