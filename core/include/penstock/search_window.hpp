// SPDX-License-Identifier: BSL-1.0
// The next places of a stream where matches may begin, found together and used up one by one.
#pragma once

#include <cstddef>
#include <cstdint>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {
namespace detail {

struct candidate_list;
using candidate_listing = std::size_t(candidate_list& found, const char* text, std::size_t steps, char first, char last,
                                      std::size_t distance) noexcept;

}  // namespace detail

// Made for short records: one look ahead answers for up to 24 of them. Bytes keep their stream
// position while they are buffered, so a window stays true whatever is consumed in between.
// Invariant: the candidates in [begin_, begin_ + size_), a range of stream positions, are begin_ +
// places_[next_], ..., begin_ + places_[count_ - 1], in this order; and those before it are passed.
class search_window {
 public:
  static constexpr std::size_t capacity = 24;
  static constexpr std::size_t npos = ~std::size_t{0};

  // The first candidate at or behind `position`, counted from there; npos if none is known.
  std::size_t next(std::uint64_t position) noexcept {
    for (; next_ < count_; ++next_) {
      const std::uint64_t ahead = begin_ + places_[next_] - position;
      if (ahead <= ~std::uint64_t{0} / 2) [[likely]]
        return static_cast<std::size_t>(ahead);  // else it is passed
    }
    return npos;
  }
  // Looks ahead from `text` on, which is at `position`: a candidate has `first` there and `last`
  // `distance` bytes further. At most `count` places; count + distance bytes from `text` on can be
  // read. Answers how many places it examined.
  PENSTOCK_API std::size_t look(const char* text, std::size_t count, std::uint64_t position, char first, char last,
                                std::size_t distance) noexcept;
  // look() by a given kernel, for tests of each.
  std::size_t look_by(detail::candidate_listing* fill, const char* text, std::size_t count, std::uint64_t position,
                      char first, char last, std::size_t distance) noexcept;
  void pass() noexcept { ++next_; }  // the candidate that next() answered is none
  // A match is consumed, most often what next() answered: leaving that to next() would cost it a step. Where
  // it was another one nothing goes wrong: next() asks whether it is below count_, and passes what has passed.
  void use() noexcept { ++next_; }
  void forget() noexcept { next_ = count_ = 0, size_ = 0; }
  // From `position` on, this many places are no candidates but those that next() still knows.
  std::size_t reach(std::uint64_t position) const noexcept {
    const std::uint64_t ahead = begin_ + size_ - position;
    return ahead <= size_ ? static_cast<std::size_t>(ahead) : 0;
  }

 private:
  static constexpr std::size_t widest = 0xffff;

  std::uint64_t begin_ = 0;
  std::uint16_t places_[capacity];
  std::uint16_t size_ = 0;
  unsigned char next_ = 0;  // may be past count_
  unsigned char count_ = 0;
};

}}  // namespace penstock::v0
