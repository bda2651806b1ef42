// SPDX-License-Identifier: BSL-1.0
// Whether AddressSanitizer runs, seen without a call.
#pragma once

#include <cstddef>

// Weak: null unless the program was linked with the sanitizer, whatever this file was built with.
extern "C" {
[[gnu::weak]] void __asan_poison_memory_region(const volatile void*, std::size_t);
[[gnu::weak]] void __asan_unpoison_memory_region(const volatile void*, std::size_t);
}

namespace penstock { inline namespace v0 { namespace detail {

inline bool poisoning() noexcept { return &__asan_poison_memory_region != nullptr; }

}}}  // namespace penstock::v0::detail
