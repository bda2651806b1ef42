// SPDX-License-Identifier: BSL-1.0
// Blocks from a std::pmr::memory_resource. Not among what core.hpp includes: <memory_resource> weighs more than
// the whole core.
#pragma once

#include <cstddef>
#include <memory_resource>

#include <penstock/block_source.hpp>

namespace penstock { inline namespace v0 {

// A source to give to halves and connections, which it outlives as its resource outlives it. May be shared between
// threads where the resource may. What a resource throws is no memory (I-30); costs a call through it for each block.
class pmr_blocks final : public block_source {
 public:
  explicit pmr_blocks(std::pmr::memory_resource* from = std::pmr::get_default_resource()) noexcept
      : block_source(&give, &take_back, from) {}

 private:
  static void* give(void* from, std::size_t size) noexcept {
    try {
      return static_cast<std::pmr::memory_resource*>(from)->allocate(size, alignof(std::max_align_t));
    } catch (...) {
      return nullptr;
    }
  }
  static void take_back(void* from, void* memory, std::size_t size) noexcept {
    static_cast<std::pmr::memory_resource*>(from)->deallocate(memory, size, alignof(std::max_align_t));
  }
};

}}  // namespace penstock::v0
