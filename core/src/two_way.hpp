// SPDX-License-Identifier: BSL-1.0
// The search that stays linear whatever the bytes: Two-Way (Crochemore and Perrin, 1991), in
// constant space, which can stop at the end of the text and go on when there is more of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <penstock/separators.hpp>

#include "search_kernels.hpp"

namespace penstock { inline namespace v0 { namespace detail {

struct needle_suffix {
  std::size_t begin;
  std::size_t period;
};

// The largest suffix in the order of the bytes, or in the reversed one; at most 2 * size
// comparisons.
inline needle_suffix largest_suffix(const char* bytes, std::size_t size, bool reversed,
                                    std::uint64_t& examined) noexcept {
  needle_suffix best{0, 1};
  std::size_t rival = 1;  // where a suffix begins that may be larger
  std::size_t equal = 0;  // so many of its bytes are those of the best
  while (rival + equal < size) {
    ++examined;
    const auto of_best = static_cast<unsigned char>(bytes[best.begin + equal]);
    const auto of_rival = static_cast<unsigned char>(bytes[rival + equal]);
    if (of_rival == of_best) {
      if (++equal == best.period) {
        rival += equal;
        equal = 0;
      }
    } else if ((of_rival < of_best) != reversed) {
      rival += equal + 1;
      equal = 0;
      best.period = rival - best.begin;
    } else {
      best = {rival, 1};
      rival += 1;
      equal = 0;
    }
  }
  return best;
}

// Computes `critical`, where no repetition around it is shorter than the needle's period, and
// `period`: the period itself, or a lower bound of it that is larger than size - critical.
// 2 <= size; at most 5 * size bytes are looked at.
inline void factorize(needle& one, std::uint64_t& examined) noexcept {
  const needle_suffix forward = largest_suffix(one.bytes, one.size, false, examined);
  const needle_suffix backward = largest_suffix(one.bytes, one.size, true, examined);
  const needle_suffix right = forward.begin > backward.begin ? forward : backward;
  const std::size_t left = right.begin;
  examined += left;
  const bool periodic = std::memcmp(one.bytes, one.bytes + right.period, left) == 0;
  one.critical = static_cast<std::uint32_t>(left);
  one.period = static_cast<std::uint32_t>(periodic ? right.period : std::max<std::size_t>(left, one.size - left) + 1);
}

// The first match that begins in [place, end). If there is none, a place in [end, end + size]
// before which none begins: a call with a larger `end` can go on there. The needle is factorized;
// text[0, end + size - 1) can be read.
//
// Each byte of the text is compared at most once with the part of the needle before `critical`
// and twice with the part behind it, over all calls that go on, besides the work of `next`, which
// leads from candidate to candidate. Once would do for the second part if what is known to match
// behind a shift by the period were remembered. Where one match is sought and not all of them, a
// second such shift over the same bytes finds it, so that twice is the most and a place is all
// that there is to keep.
inline std::size_t seek_by_two_way(const needle& one, candidate_search* next, const char* text, std::size_t place,
                                   std::size_t end, std::uint64_t& examined) noexcept {
  const char* const bytes = one.bytes;
  const std::size_t size = one.size;
  const std::size_t critical = one.critical;
  while (place < end) {
    // In the texts that need Two-Way the next place is often a candidate: no call for those.
    const bool here_is_one = text[place] == bytes[0] && text[place + size - 1] == bytes[size - 1];
    const std::size_t candidate = here_is_one ? place : next(text, place, end, bytes, size);
    examined += candidate - place + (candidate != end);
    if (candidate == end) return end;
    const char* const here = text + candidate;
    std::size_t right = critical;
    while (right != size && here[right] == bytes[right]) ++right;
    examined += right - critical + (right != size);
    if (right != size) {
      place = candidate + (right - critical) + 1;
      continue;
    }
    std::size_t left = critical;
    while (left != 0 && here[left - 1] == bytes[left - 1]) --left;
    examined += critical - left + (left != 0);
    if (left == 0) return candidate;
    place = candidate + one.period;
  }
  return place;
}

}}}  // namespace penstock::v0::detail
