// SPDX-License-Identifier: BSL-1.0
// The default block source, and poisoning where AddressSanitizer runs.
#include <penstock/block_source.hpp>

#include <new>

#include "poison.hpp"

namespace penstock { inline namespace v0 {

block_source& default_blocks() noexcept {
  static constinit block_source source(
      [](void*, std::size_t size) noexcept { return ::operator new(size, std::nothrow); },
      [](void*, void* memory, std::size_t) noexcept { ::operator delete(memory); });
  return source;
}

PENSTOCK_HOT void poison(const void* memory, std::size_t size) noexcept {
  if (detail::poisoning()) __asan_poison_memory_region(memory, size);
}

PENSTOCK_HOT void unpoison(const void* memory, std::size_t size) noexcept {
  if (detail::poisoning()) __asan_unpoison_memory_region(memory, size);
}

}}  // namespace penstock::v0
