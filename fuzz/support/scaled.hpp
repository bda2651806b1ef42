// SPDX-License-Identifier: BSL-1.0
// Small inputs that write much: a step's bytes several times over, other ones each time.
#pragma once

#include <cstddef>
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

}  // namespace penstock::fuzz
