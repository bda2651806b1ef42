// SPDX-License-Identifier: BSL-1.0
// Memory that nobody may look at, where AddressSanitizer runs.
#pragma once

#include <cstddef>

// Weak: null unless the program was linked with the sanitizer, whatever this file was built with.
extern "C" {
[[gnu::weak]] void __asan_poison_memory_region(const volatile void*, std::size_t);    // NOLINT: its name
[[gnu::weak]] void __asan_unpoison_memory_region(const volatile void*, std::size_t);  // NOLINT
}

namespace penstock { inline namespace v0 {

namespace detail {

inline bool poisoning() noexcept { return &__asan_poison_memory_region != nullptr; }

}  // namespace detail

// Under AddressSanitizer: makes every access to the bytes an error, or allows it again. A pool
// poisons what it holds, the core what was consumed, or recycled memory would hide stale views.
// Elsewhere: nothing.
inline void poison(const void* memory, std::size_t size) noexcept {
  if (detail::poisoning()) [[unlikely]]
    __asan_poison_memory_region(memory, size);
}
inline void unpoison(const void* memory, std::size_t size) noexcept {
  if (detail::poisoning()) [[unlikely]]
    __asan_unpoison_memory_region(memory, size);
}

}}  // namespace penstock::v0
