// SPDX-License-Identifier: BSL-1.0
// One way to run a search (a kernel, with or without a position), held to the naive answer and to
// the number of bytes it may look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <penstock/search.hpp>
#include <penstock/separators.hpp>

#include "reader_model.hpp"
#include "search_kernels.hpp"

namespace penstock::fuzz {

// A text in the stream that is searched.
struct searched_text {
  std::string_view bytes;  // alone in its block, so that a sanitizer sees every byte beside it
  std::uint64_t position;  // of the first one
  std::size_t from;        // no match ends within so many bytes
  naive_match expected;
};

class search_variant {
 public:
  // `kernel` null: find_first, the way that everybody takes.
  search_variant(std::string_view name, detail::candidate_search* kernel, bool positioned) noexcept
      : name_(name), kernel_(kernel), positioned_(positioned) {}

  void begin(std::span<const std::string_view> words) noexcept {
    words_ = words;
    what_ = separators(words);
    origin_ = none;
  }
  // Searches and compares. The bound holds over all calls that go on from each other: from the
  // stream position at which the first one began.
  void search(const searched_text& text);

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  std::uint64_t bound(std::uint64_t n, std::uint64_t available) const noexcept;

  std::string_view name_;
  detail::candidate_search* kernel_;
  bool positioned_;
  separators what_{std::span<const std::string_view>()};
  std::span<const std::string_view> words_;
  std::uint64_t origin_ = none;    // the place where the first of these calls began
  std::uint64_t searched_ = none;  // the place up to which the last one came in vain
  std::uint64_t examined_ = 0;     // by these calls
};

// Whether the kernels find the candidates that a loop finds, for each separator of two bytes or more.
void compare_candidates(std::span<detail::candidate_search* const> kernels, std::string_view text,
                        std::span<const std::string_view> words);

// Whether a search_window, by each kernel and as everybody uses it (null), lists what a loop lists:
// 24 places, how far it has looked, and what comes behind a wide one.
void compare_window(std::span<detail::candidate_listing* const> kernels, std::string_view text,
                    std::span<const std::string_view> words, std::uint64_t position);

// Whether the first match, which is `expected` where the text begins at 0, is also found where it begins nearer to
// the match: at distances around each power of two, for windows double.
void compare_beginnings(std::string_view text, std::span<const std::string_view> words, const naive_match& expected);

// Whether separators say what they were made of (R30), however they were made; and their key.
void compare_separators(std::span<const std::string_view> words);

}  // namespace penstock::fuzz
