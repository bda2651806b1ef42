// SPDX-License-Identifier: BSL-1.0
// Durations and instants against 128-bit arithmetic: exact, truncated towards zero, or at the end.
#pragma once

#include <cstdint>

namespace penstock::fuzz {

// Sums, differences, products and conversions of two counts of nanoseconds. Nothing is compared
// where the compiler has no 128-bit integer.
void check_time(std::int64_t a, std::int64_t b);

}  // namespace penstock::fuzz
