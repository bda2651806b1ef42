// SPDX-License-Identifier: BSL-1.0
// Bytes, sizes and lines from a seed: the same everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// Numbers from a seed (splitmix64). Neighbouring seeds give unlike ones.
class random_numbers {
 public:
  explicit random_numbers(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // From least to most, both included.
  std::size_t between(std::size_t least, std::size_t most) noexcept {
    const std::uint64_t above = next() % (most - least + 1);  // const, or g++ calls the cast useless on 64 bits
    return least + static_cast<std::size_t>(above);
  }

 private:
  std::uint64_t state_;
};

// A stream of bytes that is known in advance: one end sends what another takes from a source of
// the same seed, however it is cut.
class PENSTOCK_API byte_source {
 public:
  explicit byte_source(std::uint64_t seed) noexcept : numbers_(seed) {}
  std::string next(std::size_t n);
  // Whether these are the next bytes; they are passed over.
  bool goes_on_with(std::string_view bytes) { return next(bytes.size()) == bytes; }

 private:
  random_numbers numbers_;
  std::uint64_t word_ = 0;
  unsigned left_ = 0;  // bytes of the word
};

// Lines of at most `longest` letters and a newline each.
PENSTOCK_API std::string lines(std::uint64_t seed, std::size_t count, std::size_t longest);

}}}  // namespace penstock::v0::testing
