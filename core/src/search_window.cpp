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

constexpr std::size_t group = candidate_groups::size;

// Asks for the bytes that are searched after a thousand others: lent ones may not be in the cache,
// and processors foresee no further than the page. Harmless behind the end: nothing is read.
inline void bring_near(const char* text) noexcept { __builtin_prefetch(text + 1024); }

std::uint64_t word_portable(const char* text, char first, char last, std::size_t distance) noexcept {
  std::uint64_t word = 0;
  for (unsigned place = 0; place != group; ++place)
    word |= std::uint64_t{text[place] == first && text[place + distance] == last} << place;
  return word;
}

// Answers one word: group after group is looked at until one has a candidate.
template <auto word_of>
[[gnu::always_inline]] inline void seek_by(candidate_groups& seen, const char* text, std::size_t most, char first,
                                           char last, std::size_t distance) noexcept {
  for (; seen.skipped != most; ++seen.skipped, text += group) {
    bring_near(text);
    const std::uint64_t word = word_of(text, first, last, distance);
    if (word == 0) continue;
    seen.candidates[seen.count++] = word;
    return;
  }
}

#if defined(__x86_64__)

typedef char chars_16 __attribute__((vector_size(16)));
typedef char chars_32 __attribute__((vector_size(32)));
// The same in memory: at any address, and allowed to read what was written as char.
typedef char bytes_16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef char bytes_32 __attribute__((vector_size(32), aligned(1), may_alias));

std::uint64_t word_sse2(const char* text, char first, char last, std::size_t distance) noexcept {
  std::uint64_t word = 0;
  for (unsigned step = 0; step != group; step += sizeof(chars_16)) {
    const auto here = (*reinterpret_cast<const bytes_16*>(text + step) == first) &
                      (*reinterpret_cast<const bytes_16*>(text + step + distance) == last);
    word |= std::uint64_t{static_cast<unsigned>(__builtin_ia32_pmovmskb128(chars_16(here)))} << step;
  }
  return word;
}

__attribute__((target("avx2"))) inline std::uint64_t word_avx2(const char* text, char first, char last,
                                                               std::size_t distance) noexcept {
  const bytes_32* const begin = reinterpret_cast<const bytes_32*>(text);
  if (distance == 0) {
    const auto low = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32(begin[0] == first)));
    const auto high = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32(begin[1] == first)));
    return low | std::uint64_t{high} << 32;
  }
  const bytes_32* const end = reinterpret_cast<const bytes_32*>(text + distance);
  const auto low = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32((begin[0] == first) & (end[0] == last))));
  const auto high = static_cast<unsigned>(__builtin_ia32_pmovmskb256(chars_32((begin[1] == first) & (end[1] == last))));
  return low | std::uint64_t{high} << 32;
}

}  // namespace

void seek_groups_sse2(candidate_groups& seen, const char* text, std::size_t most, char first, char last,
                      std::size_t distance) noexcept {
  seek_by<word_sse2>(seen, text, most, first, last, distance);
}

__attribute__((target("avx2"))) void seek_groups_avx2(candidate_groups& seen, const char* text, std::size_t most,
                                                      char first, char last, std::size_t distance) noexcept {
  std::uint64_t word = 0;
  for (; seen.skipped != most; ++seen.skipped, text += group) {
    bring_near(text);
    if ((word = word_avx2(text, first, last, distance)) != 0) break;
  }
  const std::size_t left = std::min<std::size_t>(most - seen.skipped, 4);
  for (; seen.count != left; text += group) {
    seen.candidates[seen.count++] = word;
    if (seen.count != left) word = word_avx2(text + group, first, last, distance);
  }
}

#else

}  // namespace

#endif

void seek_groups_portable(candidate_groups& seen, const char* text, std::size_t most, char first, char last,
                          std::size_t distance) noexcept {
  seek_by<word_portable>(seen, text, most, first, last, distance);
}

namespace {

// The candidates of fewer than 64 places, by the same comparison over copies of both rows of bytes.
std::uint64_t last_word(const char* text, std::size_t count, char first, char last, std::size_t distance) noexcept {
  char rows[2 * group];
  std::memcpy(rows, text, count);
  std::memcpy(rows + group, text + distance, count);
#if defined(__x86_64__)
  constexpr auto word_of = word_sse2;
#else
  constexpr auto word_of = word_portable;
#endif
  return word_of(rows, first, last, group) & ((std::uint64_t{1} << count) - 1);
}

// Appends the places of the word's bits. Two at a time without a branch: how many there are
// cannot be foreseen. Writes up to one place more than there are.
std::size_t list(std::uint16_t* places, std::size_t listed, std::uint64_t word, std::size_t base) noexcept {
  while (word != 0) {
    for (int unrolled = 0; unrolled != 2; ++unrolled) {
      places[listed] = static_cast<std::uint16_t>(base + static_cast<unsigned>(std::countr_zero(word | 1ull << 63)));
      listed += word != 0;
      word &= word - 1;
    }
  }
  return listed;
}

}  // namespace
}  // namespace detail

std::size_t search_window::look(const char* text, std::size_t count, std::uint64_t position, char first, char last,
                                std::size_t distance) noexcept {
  return look_by(detail::fastest_group_search(), text, count, position, first, last, distance);
}

std::size_t search_window::look_by(detail::group_search* seek, const char* text, std::size_t count,
                                   std::uint64_t position, char first, char last, std::size_t distance) noexcept {
  constexpr std::size_t group = detail::candidate_groups::size;
  std::uint16_t found[capacity + group + 4];
  std::size_t listed = 0;
  std::size_t passed = 0;
  const std::size_t within = std::min(count, widest - 4 * group);
  while (within - passed >= group && listed < capacity) {
    detail::candidate_groups seen;
    seek(seen, text + passed, (within - passed) / group, first, last, distance);
    passed += seen.skipped * group;
    for (std::size_t i = 0; i != seen.count && listed < capacity; ++i, passed += group)
      listed = detail::list(found, listed, seen.candidates[i], passed);
  }
  if (passed != within && listed < capacity) {
    const std::uint64_t word = detail::last_word(text + passed, within - passed, first, last, distance);
    listed = detail::list(found, listed, word, passed);
    passed = within;
  }
  if (listed > capacity) {
    listed = capacity;
    passed = found[capacity - 1] + std::size_t{1};
  }
  begin_ = position;
  end_ = position + passed;
  std::copy_n(found, capacity, places_);
  next_ = 0;
  count_ = static_cast<unsigned char>(listed);
  return passed;
}

}}  // namespace penstock::v0
