// SPDX-License-Identifier: BSL-1.0
// What a step may ask for at most: what is more is cut, so that no input costs memory of its own.
#pragma once

#include <cstddef>

namespace penstock::fuzz {

inline constexpr std::size_t largest_block = 256 * 1024;  // of a half's source
inline constexpr std::size_t most_headroom = 8 * 1024;    // in front of and behind lent bytes
inline constexpr std::size_t most_prepared = 64 * 1024;   // at once, for a wire

inline constexpr std::size_t most_repeated = 96 * 1024;  // bytes that are there because a step's were repeated

}  // namespace penstock::fuzz
