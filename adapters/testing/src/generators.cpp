// SPDX-License-Identifier: BSL-1.0
// Bytes from a seed.
#include <penstock/testing/generators.hpp>

#include <bit>
#include <cstring>

namespace penstock { inline namespace v0 { namespace testing {

// A word's lowest byte comes first. Whole words are most of it: tests draw megabytes, and are not optimised.
std::string byte_source::next(std::size_t n) {
  std::string bytes(n, '\0');
  char* to = bytes.data();
  char* const end = to + n;
  while (to != end) {
    if (left_ == 0) {
      word_ = numbers_.next();
      left_ = sizeof word_;
    }
    if (std::endian::native == std::endian::little && left_ == sizeof word_ && end - to >= 8) {
      std::memcpy(to, &word_, sizeof word_);
      to += sizeof word_;
      left_ = 0;
      continue;
    }
    *to++ = static_cast<char>(word_ & 0xff);
    word_ >>= 8;
    --left_;
  }
  return bytes;
}

std::string lines(std::uint64_t seed, std::size_t count, std::size_t longest) {
  random_numbers numbers(seed);
  std::string text;
  for (std::size_t i = 0; i != count; ++i) {
    const std::size_t size = numbers.between(0, longest);
    for (std::size_t j = 0; j != size; ++j) text += static_cast<char>('a' + numbers.between(0, 25));
    text += '\n';
  }
  return text;
}

}}}  // namespace penstock::v0::testing
