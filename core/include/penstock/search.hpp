// SPDX-License-Identifier: BSL-1.0
// Where a record ends: the match of several separators that ends first, in linear work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/separators.hpp>

namespace penstock { inline namespace v0 {

struct search_result {
  bool found = false;
  std::size_t begin = 0;  // of the match
  std::size_t end = 0;    // behind it

  friend bool operator==(const search_result&, const search_result&) = default;
};

// Stands for a text whose place in its stream is not known.
inline constexpr std::uint64_t no_position = ~std::uint64_t{0};

namespace detail {

struct match {
  std::size_t begin;
  std::size_t end;  // 0: none
};

// Whether n bytes are the same. Those of boundaries, up to 16, are two words that may overlap: a call for them
// costs more than the comparison.
inline bool equal(const char* a, const char* b, std::size_t n) noexcept {
  constexpr std::size_t word = sizeof(std::uint64_t);
  if (n < word || n > 2 * word) return std::memcmp(a, b, n) == 0;
  std::uint64_t words[4];
  std::memcpy(&words[0], a, word);
  std::memcpy(&words[1], b, word);
  std::memcpy(&words[2], a + n - word, word);
  std::memcpy(&words[3], b + n - word, word);
  return ((words[0] ^ words[1]) | (words[2] ^ words[3])) == 0;
}

// find_first for all but a single separator of one byte.
PENSTOCK_API match find_match(separators& what, std::string_view text, std::size_t from, std::uint64_t& examined,
                              std::uint64_t position) noexcept;

}  // namespace detail

// The match whose end is earliest; ties go to the shortest separator (R31). The answer depends on
// `text` and the separators alone. Nothing is found while check() is an error.
//
// `text` is all unread bytes, the first `from` of which were searched: no match ends within them.
// `position` is the place of text[0] in its stream; positions are never reused, and one object
// searches one stream. A call that goes on where the last fruitless one stopped, or behind that
// (position + from counts, whatever was dropped from the front), uses what it learned; a call from
// 0, from before that place, or without a position learns anew.
//
// Adds the bytes looked at to `examined`: 1 for a place at which the separator's first and last
// byte are looked for (with vectors: up to 63 more are loaded than are counted), 1 for each byte
// compared beyond that, in the text or within the separator. Over calls that go on from each other
// until a match ends n bytes behind the first one's `from`, for a separator of k bytes: n if k is
// 1 or 2, 2 n if it is 3, 3 n if it is 4, and at most 4 n + 8 k for all others, whatever the bytes
// and however they arrive. Of several separators, each is sought for at most 2 n + 64 bytes in
// place of n, through windows that double: a rare one does not cost the whole buffer a record.
inline search_result find_first(separators& what, std::string_view text, std::size_t from, std::uint64_t& examined,
                                std::uint64_t position = no_position) noexcept {
  if (what.count() == 1 && what.longest() == 1) {
    if (from >= text.size()) return {};
    const char* const begin = text.data() + from;
    const void* const at = std::memchr(begin, what[0].front(), text.size() - from);
    if (at == nullptr) {
      examined += text.size() - from;
      return {};
    }
    const auto tried = static_cast<std::size_t>(static_cast<const char*>(at) - begin) + 1;
    examined += tried;
    return {true, from + tried - 1, from + tried};
  }
  const detail::match match = detail::find_match(what, text, from, examined, position);
  return {match.end != 0, match.begin, match.end};
}

}}  // namespace penstock::v0
