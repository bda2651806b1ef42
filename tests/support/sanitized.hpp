// SPDX-License-Identifier: BSL-1.0
// Whether this test runs under AddressSanitizer, where dead views trap, and how long loops may be.
#pragma once

#include <cstddef>

// Null unless the program was linked with the sanitizer.
extern "C" [[gnu::weak]] int __asan_address_is_poisoned(const volatile void*);

namespace penstock_test {

inline bool under_asan() noexcept { return &__asan_address_is_poisoned != nullptr; }

// A size for a loop of many steps: smaller where each of them costs ten times as much.
inline std::size_t scaled(std::size_t size) noexcept { return under_asan() ? size / 16 : size; }

// How many of `n` like runs, such as seeds: the sanitizer sees in a third of them what it would see in all.
inline std::size_t fewer(std::size_t n) noexcept { return under_asan() ? (n + 2) / 3 : n; }

}  // namespace penstock_test
