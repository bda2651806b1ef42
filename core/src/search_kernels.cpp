// SPDX-License-Identifier: BSL-1.0
// The kernels: 8 places at a time everywhere, 16 and 32 with x86's vectors.
#include "search_kernels.hpp"

#include <bit>
#include <cstring>

namespace penstock { inline namespace v0 { namespace detail {
namespace {

std::size_t one_by_one(const char* text, std::size_t place, std::size_t end, const char* needle,
                       std::size_t size) noexcept {
  for (; place != end; ++place)
    if (text[place] == needle[0] && text[place + size - 1] == needle[size - 1]) return place;
  return end;
}

constexpr std::uint64_t every_byte(std::uint64_t byte) noexcept { return byte * 0x0101010101010101; }

std::uint64_t load(const char* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// The high bit of each byte of `word` that is 0, and no other.
constexpr std::uint64_t zeros(std::uint64_t word) noexcept {
  constexpr std::uint64_t low = every_byte(0x7f);
  return ~(((word & low) + low) | word | low);
}

std::size_t first_byte(std::uint64_t high_bits) noexcept {
  const int bits = std::endian::native == std::endian::big ? std::countl_zero(high_bits) : std::countr_zero(high_bits);
  return static_cast<std::size_t>(bits) / 8;
}

}  // namespace

// Each kernel reaches back with its last step over places that were tried. Those hold no candidate,
// so that the first one of the step is the first one at all.

std::size_t next_candidate_portable(const char* text, std::size_t place, std::size_t end, const char* needle,
                                    std::size_t size) noexcept {
  constexpr std::size_t step = 8;
  if (end - place < step) return one_by_one(text, place, end, needle, size);
  const std::uint64_t first = every_byte(static_cast<unsigned char>(needle[0]));
  const std::uint64_t last = every_byte(static_cast<unsigned char>(needle[size - 1]));
  const auto hits = [=](std::size_t at) {
    return zeros((load(text + at) ^ first) | (load(text + (at + size - 1)) ^ last));
  };
  for (; end - place > step; place += step)
    if (const std::uint64_t found = hits(place)) return place + first_byte(found);
  const std::uint64_t found = hits(end - step);
  return found != 0 ? end - step + first_byte(found) : end;
}

#if PENSTOCK_X86
namespace {

using lanes_16 = char __attribute__((vector_size(16)));
using lanes_32 = char __attribute__((vector_size(32)));

// A bit a place, the first one lowest.
[[gnu::target("sse2"), gnu::always_inline]] inline unsigned hits_16(const char* heads, const char* tails,
                                                                    const lanes_16& first,
                                                                    const lanes_16& last) noexcept {
  lanes_16 head;
  lanes_16 tail;
  std::memcpy(&head, heads, sizeof head);
  std::memcpy(&tail, tails, sizeof tail);
  return static_cast<unsigned>(
      __builtin_ia32_pmovmskb128(reinterpret_cast<lanes_16>((head == first) & (tail == last))));
}

[[gnu::target("avx2"), gnu::always_inline]] inline unsigned hits_32(const char* heads, const char* tails,
                                                                    const lanes_32& first,
                                                                    const lanes_32& last) noexcept {
  lanes_32 head;
  lanes_32 tail;
  std::memcpy(&head, heads, sizeof head);
  std::memcpy(&tail, tails, sizeof tail);
  return static_cast<unsigned>(
      __builtin_ia32_pmovmskb256(reinterpret_cast<lanes_32>((head == first) & (tail == last))));
}

std::size_t lowest(std::uint64_t bits) noexcept { return static_cast<std::size_t>(std::countr_zero(bits)); }

}  // namespace

[[gnu::target("sse2")]] std::size_t next_candidate_sse2(const char* text, std::size_t place, std::size_t end,
                                                        const char* needle, std::size_t size) noexcept {
  constexpr std::size_t step = sizeof(lanes_16);
  if (end - place < step) return next_candidate_portable(text, place, end, needle, size);
  const lanes_16 first = needle[0] - lanes_16{};
  const lanes_16 last = needle[size - 1] - lanes_16{};
  for (; end - place > step; place += step) {
    const unsigned found = hits_16(text + place, text + (place + size - 1), first, last);
    if (found != 0) return place + lowest(found);
  }
  place = end - step;
  const unsigned found = hits_16(text + place, text + (place + size - 1), first, last);
  return found != 0 ? place + lowest(found) : end;
}

[[gnu::target("avx2")]] std::size_t next_candidate_avx2(const char* text, std::size_t place, std::size_t end,
                                                        const char* needle, std::size_t size) noexcept {
  constexpr std::size_t step = sizeof(lanes_32);
  if (end - place < step) return next_candidate_sse2(text, place, end, needle, size);
  const lanes_32 first = needle[0] - lanes_32{};
  const lanes_32 last = needle[size - 1] - lanes_32{};
  const auto hits = [&](std::size_t at) __attribute__((target("avx2"), always_inline)) {
    return hits_32(text + at, text + (at + size - 1), first, last);
  };
  if (const unsigned found = hits(place)) return place + lowest(found);
  for (place += step; end - place >= 2 * step; place += 2 * step) {
    const std::uint64_t found = hits(place) | std::uint64_t{hits(place + step)} << 32;
    if (found != 0) return place + lowest(found);
  }
  if (end - place > step)
    if (const unsigned found = hits(place)) return place + lowest(found);
  const unsigned found = hits(end - step);
  return found != 0 ? end - step + lowest(found) : end;
}

#endif

}}}  // namespace penstock::v0::detail
