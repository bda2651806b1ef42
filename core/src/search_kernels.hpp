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

// The places of candidates, in order: what a search_window looks for.
struct candidate_list {
  static constexpr std::size_t step = 64;  // places that are looked at together

  std::size_t count = 0;
  // Once a window is full, a step more may be listed, and a place that is none.
  std::uint16_t places[search_window::capacity + step];
};

// Appends the candidates among the first 64 * steps places of `text`, until a window is full; answers
// how many places it passed. 64 * steps + distance bytes can be read, and nothing else is. All list
// the same.
candidate_listing list_candidates_portable;
#if defined(__x86_64__)
candidate_listing list_candidates_sse2;
candidate_listing list_candidates_avx2;  // for processors that have AVX2 and BMI
#endif

inline candidate_listing* fastest_candidate_listing() noexcept {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi")) return list_candidates_sse2;
  return list_candidates_avx2;
#else
  return list_candidates_portable;
#endif
}

// find_match by a given kernel; takes a single separator of one byte, too.
match find_match_by(candidate_search* next, separators& what, std::string_view text, std::size_t from,
                    std::uint64_t& examined, std::uint64_t position) noexcept;

}}}  // namespace penstock::v0::detail
