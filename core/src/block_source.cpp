// SPDX-License-Identifier: BSL-1.0
// The default block source: operator new.
#include <penstock/block_source.hpp>

#include <new>

namespace penstock { inline namespace v0 {

block_source& default_blocks() noexcept {
  static constinit block_source source(
      [](void*, std::size_t size) noexcept { return ::operator new(size, std::nothrow); },
      [](void*, void* memory, std::size_t) noexcept { ::operator delete(memory); });
  return source;
}

}}  // namespace penstock::v0
