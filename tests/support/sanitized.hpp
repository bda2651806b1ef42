// SPDX-License-Identifier: BSL-1.0
// Whether this test runs under AddressSanitizer, where dead views trap, and how long loops may be.
#pragma once

#include <cstddef>

// Null unless the program was linked with the sanitizer.
extern "C" [[gnu::weak]] int __asan_address_is_poisoned(const volatile void*);

namespace penstock_test {

inline bool under_asan() noexcept { return &__asan_address_is_poisoned != nullptr; }

// A size for a loop of many steps: smaller where each of them costs ten times as much.
inline std::size_t scaled(std::size_t size) noexcept {
#ifdef __OPTIMIZE__
  return under_asan() ? size / 16 : size;
#else
  return size / 16;
#endif
}

}  // namespace penstock_test
