// SPDX-License-Identifier: BSL-1.0
// Small inputs that bring or write much: a step's bytes several times over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::fuzz {

// The bytes, then `scale` - 1 times the bytes with another first one each time, so that no two pieces
// are the same; the bytes alone where that would be more than `most`.
inline std::string scaled(std::string_view bytes, std::size_t scale, std::size_t most) {
  std::string all(bytes);
  if (bytes.empty() || bytes.size() > most / scale) return all;
  all.reserve(bytes.size() * scale);
  for (std::size_t i = 1; i < scale; ++i) {
    all += bytes;
    char& first = all[i * bytes.size()];
    first = static_cast<char>(static_cast<unsigned char>(first) + i);
  }
  return all;
}

// What two bits of `choose` say: 1, 16, 256 or 4,096 times.
constexpr std::size_t times_of(std::uint64_t bits) noexcept { return std::size_t{1} << 4 * (bits % 4); }

// The same bytes so many times over, or as often as fits into `most`; once at least.
inline std::string repeated(std::string_view bytes, std::size_t times, std::size_t most) {
  if (bytes.empty()) return {};
  times = std::max<std::size_t>(std::min(times, most / bytes.size()), 1);
  std::string all;
  const std::size_t size = times * bytes.size();
  all.reserve(size);
  all = bytes;
  while (all.size() != size) all.append(all, 0, size - all.size());  // doubles
  return all;
}

}  // namespace penstock::fuzz
