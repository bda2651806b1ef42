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
// `period`: the period itself if that is at most size - critical, otherwise a lower bound of it
// that is larger than size - critical. 2 <= size; at most 5 * size bytes are looked at.
inline void factorize(needle& one, std::uint64_t& examined) noexcept {
  const needle_suffix forward = largest_suffix(one.bytes, one.size, false, examined);
  const needle_suffix backward = largest_suffix(one.bytes, one.size, true, examined);
  const needle_suffix right = forward.begin > backward.begin ? forward : backward;
  const std::size_t left = right.begin;
  examined += left;
  const bool periodic = std::memcmp(one.bytes, one.bytes + right.period, left) == 0;
  one.critical = static_cast<std::uint32_t>(left);
  one.period = static_cast<std::uint32_t>(
      periodic ? right.period : std::max<std::size_t>(left, one.size - left) + 1);
}

// Where Two-Way stands: no match begins before `place`.
struct two_way_state {
  std::size_t place;
  bool remembers;  // the first size - period bytes at `place` are known to match
};

// Whether a match begins in [at.place, end): then at.place is the first one. Otherwise
// end <= at.place <= end + size, and a call with a larger `end` can go on. The needle is
// factorized; text[0, end + size - 1) can be read. Over all calls, each byte of the text is
// compared at most once with the part of the needle before `critical` and once with the part
// behind it, besides the work of `next`, which leads from candidate to candidate.
inline bool seek_by_two_way(const needle& one, candidate_search* next, const char* text,
                            two_way_state& at, std::size_t end, std::uint64_t& examined) noexcept {
  const char* const bytes = one.bytes;
  const std::size_t size = one.size;
  const std::size_t critical = one.critical;
  const bool periodic = one.period <= size - critical;
  while (at.place < end) {
    if (!at.remembers) {
      const std::size_t candidate = next(text, at.place, end, bytes, size);
      examined += candidate - at.place + (candidate != end);
      at.place = candidate;
      if (candidate == end) break;
    }
    const char* const here = text + at.place;
    const std::size_t known = at.remembers ? size - one.period : 0;
    const std::size_t right_begin = std::max(critical, known);
    std::size_t right = right_begin;
    while (right != size && here[right] == bytes[right]) ++right;
    examined += right - right_begin + (right != size);
    if (right != size) {
      at = {at.place + (right - critical) + 1, false};
      continue;
    }
    std::size_t left = critical;
    while (left > known && here[left - 1] == bytes[left - 1]) --left;
    examined += critical - left + (left > known);
    if (left <= known) return true;
    at = {at.place + one.period, periodic};
  }
  return false;
}

}}}  // namespace penstock::v0::detail
