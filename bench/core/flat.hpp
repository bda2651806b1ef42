// SPDX-License-Identifier: BSL-1.0
// The limits: records found in one array, with no stream around it.
#pragma once

#include <cstddef>
#include <string_view>

namespace bench {

// All answer how many records end in `text`, having handed out the length of each one.
std::size_t flat_memchr(std::string_view text, char separator);
std::size_t flat_memmem(std::string_view text, std::string_view separator);
// 32 places at a time by the separator's first and last byte, the rest compared; the search starts
// anew behind each record. Without AVX2: flat_memmem. At least two bytes.
std::size_t flat_simd(std::string_view text, std::string_view separator);

bool has_simd() noexcept;

}  // namespace bench
