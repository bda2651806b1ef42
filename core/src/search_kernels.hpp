// SPDX-License-Identifier: BSL-1.0
// Where a separator could be: the places whose first and last byte are right, many at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <penstock/search.hpp>
#include <penstock/search_window.hpp>

#if defined(__x86_64__) || defined(__i386__)
#define PENSTOCK_X86 1
#else
#define PENSTOCK_X86 0
#endif

namespace penstock { inline namespace v0 { namespace detail {

// The first place in [place, end) of `text` where the first and the last of the `size` bytes at
// `needle` stand, `size - 1` bytes apart; `end` if there is none. 2 <= size, place <= end, and
// text[0, end + size - 1) can be read; nothing else is.
using candidate_search = std::size_t(const char* text, std::size_t place, std::size_t end, const char* needle,
                                     std::size_t size) noexcept;

// All give the same answers.
candidate_search next_candidate_portable;  // 8 places at a time
#if PENSTOCK_X86
candidate_search next_candidate_sse2;  // 16, for processors that have SSE2
candidate_search next_candidate_avx2;  // 32, for processors that have AVX2
#endif

inline candidate_search* fastest_candidate_search() noexcept {
#if PENSTOCK_X86
  if (__builtin_cpu_supports("avx2")) return next_candidate_avx2;
  if (__builtin_cpu_supports("sse2")) return next_candidate_sse2;
#endif
  return next_candidate_portable;
}

// What a search_window looks through: 64 places as the bits of a word, the first one lowest. Answered
// are the words from the first group on that has a candidate, at most four of `most` groups; of
// `text` 64 * most + distance bytes can be read, and nothing else is.
struct candidate_groups {
  static constexpr std::size_t size = 64;

  std::size_t skipped = 0;  // groups without a candidate
  std::size_t count = 0;
  std::uint64_t candidates[4];
};

// All give the same candidates; not all answer as many words. 0 < most.
group_search seek_groups_portable;
#if defined(__x86_64__)
group_search seek_groups_sse2;
group_search seek_groups_avx2;  // for processors that have AVX2
#endif

inline group_search* fastest_group_search() noexcept {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") ? seek_groups_avx2 : seek_groups_sse2;
#else
  return seek_groups_portable;
#endif
}

// find_match by a given kernel; takes a single separator of one byte, too.
match find_match_by(candidate_search* next, separators& what, std::string_view text, std::size_t from,
                    std::uint64_t& examined, std::uint64_t position) noexcept;

}}}  // namespace penstock::v0::detail
