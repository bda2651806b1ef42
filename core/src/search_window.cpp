// SPDX-License-Identifier: BSL-1.0
// Looking ahead: 64 places as one word, then the words' bits as a list.
#include <penstock/search_window.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

#include "search_kernels.hpp"

namespace penstock { inline namespace v0 {
namespace detail {
namespace {

constexpr std::size_t step = candidate_list::step;

// Asks for the bytes that are searched five hundred others later: lent ones may not be in the cache,
// and processors foresee no further than the page. Harmless behind the end: nothing is read.
inline void bring_near(const char* text) noexcept { __builtin_prefetch(text + 512); }

std::uint64_t word_portable(const char* text, char first, char last, std::size_t distance) noexcept {
  std::uint64_t word = 0;
  for (unsigned place = 0; place != step; ++place)
    word |= std::uint64_t{text[place] == first && text[place + distance] == last} << place;
  return word;
}

// Appends the places of the word's bits, of which there is one. Two at a time without a branch: how many there are
// cannot be foreseen. Writes up to one place more than there are.
[[gnu::always_inline]] inline void list(candidate_list& found, std::uint64_t word, std::size_t base) noexcept {
  std::size_t count = found.count;
  std::uint64_t behind_first = 0;
  do {
    found.places[count] = static_cast<std::uint16_t>(base + static_cast<unsigned>(std::countr_zero(word)));
    behind_first = word & (word - 1);
    found.places[count + 1] = static_cast<std::uint16_t>(base + static_cast<unsigned>(std::countr_zero(behind_first)));
    count += 2;
    word = behind_first & (behind_first - 1);
  } while (word != 0);
  found.count = count - (behind_first == 0 ? 1 : 0);
}

template <auto word_of>
[[gnu::always_inline]] inline std::size_t list_by(candidate_list& found, const char* text, std::size_t steps,
                                                  char first, char last, std::size_t distance) noexcept {
  std::size_t base = 0;
  const std::size_t end = steps * step;
  while (found.count < search_window::capacity) {
    std::uint64_t word = 0;
    for (;; base += step) {
      if (base == end) return end;
      bring_near(text + base);
      word = word_of(text + base, first, last, distance);
      if (word != 0) break;
    }
    list(found, word, base);
    base += step;
  }
  return base;
}

#if defined(__x86_64__)

typedef char chars_16 __attribute__((vector_size(16)));
typedef char chars_32 __attribute__((vector_size(32)));
// The same in memory: at any address, and allowed to read what was written as char.
typedef char bytes_16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef char bytes_32 __attribute__((vector_size(32), aligned(1), may_alias));

std::uint64_t word_sse2(const char* text, char first, char last, std::size_t distance) noexcept {
  std::uint64_t word = 0;
  for (unsigned at = 0; at != step; at += sizeof(chars_16)) {
    const auto here = (*reinterpret_cast<const bytes_16*>(text + at) == first) &
                      (*reinterpret_cast<const bytes_16*>(text + at + distance) == last);
    word |= std::uint64_t{static_cast<unsigned>(__builtin_ia32_pmovmskb128(chars_16(here)))} << at;
  }
  return word;
}

__attribute__((target("avx2,bmi"))) inline std::uint64_t word_of_one_avx2(const char* text, char first, char,
                                                                          std::size_t) noexcept {
  const bytes_32* const begin = reinterpret_cast<const bytes_32*>(text);
  const auto low = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32(begin[0] == first)));
  const auto high = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32(begin[1] == first)));
  return low | std::uint64_t{high} << 32;
}

__attribute__((target("avx2,bmi"))) inline std::uint64_t word_avx2(const char* text, char first, char last,
                                                                   std::size_t distance) noexcept {
  const bytes_32* const begin = reinterpret_cast<const bytes_32*>(text);
  const bytes_32* const end = reinterpret_cast<const bytes_32*>(text + distance);
  const auto low = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32((begin[0] == first) & (end[0] == last))));
  const auto high = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32((begin[1] == first) & (end[1] == last))));
  return low | std::uint64_t{high} << 32;
}

}  // namespace

std::size_t list_candidates_sse2(candidate_list& found, const char* text, std::size_t steps, char first, char last,
                                 std::size_t distance) noexcept {
  return list_by<word_sse2>(found, text, steps, first, last, distance);
}

PENSTOCK_HOT __attribute__((target("avx2,bmi"))) std::size_t list_candidates_avx2(candidate_list& found,
                                                                                  const char* text, std::size_t steps,
                                                                                  char first, char last,
                                                                                  std::size_t distance) noexcept {
  if (distance == 0) return list_by<word_of_one_avx2>(found, text, steps, first, last, distance);
  return list_by<word_avx2>(found, text, steps, first, last, distance);
}

#else

}  // namespace

#endif

std::size_t list_candidates_portable(candidate_list& found, const char* text, std::size_t steps, char first, char last,
                                     std::size_t distance) noexcept {
  return list_by<word_portable>(found, text, steps, first, last, distance);
}

namespace {

// The candidates of fewer than 64 places, by the same comparison over copies of both rows of bytes.
std::uint64_t last_word(const char* text, std::size_t count, char first, char last, std::size_t distance) noexcept {
  char rows[2 * step];
  std::memcpy(rows, text, count);
  std::memcpy(rows + step, text + distance, count);
#if defined(__x86_64__)
  constexpr auto word_of = word_sse2;
#else
  constexpr auto word_of = word_portable;
#endif
  return word_of(rows, first, last, step) & ((std::uint64_t{1} << count) - 1);
}

}  // namespace
}  // namespace detail

PENSTOCK_HOT std::size_t search_window::look(const char* text, std::size_t count, std::uint64_t position, char first,
                                             char last, std::size_t distance) noexcept {
  return look_by(detail::fastest_candidate_listing(), text, count, position, first, last, distance);
}

PENSTOCK_HOT std::size_t search_window::look_by(detail::candidate_listing* fill, const char* text, std::size_t count,
                                                std::uint64_t position, char first, char last,
                                                std::size_t distance) noexcept {
  constexpr std::size_t step = detail::candidate_list::step;
  detail::candidate_list found;
  const std::size_t within = std::min(count, widest - step);
  std::size_t passed = fill(found, text, within / step, first, last, distance);
  if (passed != within && found.count < capacity) {
    const std::uint64_t word = detail::last_word(text + passed, within - passed, first, last, distance);
    if (word != 0) detail::list(found, word, passed);
    passed = within;
  }
  if (found.count > capacity) {
    found.count = capacity;
    passed = found.places[capacity - 1] + std::size_t{1};
  }
  begin_ = position;
  size_ = static_cast<std::uint16_t>(passed);
  std::copy_n(found.places, capacity, places_);
  next_ = 0;
  count_ = static_cast<unsigned char>(found.count);
  return passed;
}

}}  // namespace penstock::v0
