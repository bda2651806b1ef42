// SPDX-License-Identifier: BSL-1.0
// Searching, comparing, and the bounds on what was examined.
#include "search_variant.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <penstock/search_window.hpp>

#include "check.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t wide_window = 65'535 - 64;  // 16 bits count its places, and 64 of them are looked at together

std::string match_text(const naive_match& match) {
  if (!match.found) return "nothing";
  return "[" + std::to_string(match.begin) + ", " + std::to_string(match.end) + ")";
}

std::size_t first_candidate(std::string_view text, std::size_t place, std::size_t end, std::string_view word) noexcept {
  for (;; ++place) {
    place = std::min(text.find(word.front(), place), end);
    if (place == end || text[place + word.size() - 1] == word.back()) return place;
  }
}

void compare_window(detail::candidate_listing* kernel, std::string_view text, std::string_view word,
                    std::uint64_t position) {
  const std::size_t end = text.size() - word.size() + 1;
  const std::size_t distance = word.size() - 1;
  search_window window;
  const char first = word.front();
  const char last = word.back();
  const std::size_t passed = kernel == nullptr
                                 ? window.look(text.data(), end, position, first, last, distance)
                                 : window.look_by(kernel, text.data(), end, position, first, last, distance);
  expect_at_most("places passed", end, passed);
  expect_equal("reach of a window", passed, window.reach(position));
  std::size_t count = 0;
  for (std::size_t place = 0;; ++count) {
    const std::size_t expected = first_candidate(text, place, passed, word);
    const std::size_t observed = window.next(position + place);
    if (expected == passed) {
      expect_equal("behind the last candidate", search_window::npos, observed);
      break;
    }
    expect_equal("the next candidate of a window", expected - place, observed);
    place = expected + 1;
  }
  expect_at_most("candidates of a window", search_window::capacity, count);
  if (passed == end || count == search_window::capacity) return;
  expect("a window ends for a reason", passed >= wide_window);
  compare_window(kernel, text.substr(passed), word, position + passed);
}

}  // namespace

// As search.hpp promises it: for k of 1 to 4 exactly, for more 4 n + 8 k; of several separators each
// is sought for at most 2 n + 64 bytes, and never for more than there are.
std::uint64_t search_variant::bound(std::uint64_t n, std::uint64_t available) const noexcept {
  if (words_.size() > 1) n = std::min(2 * n + 64, available);
  std::uint64_t sum = 0;
  for (const std::string_view word : words_) {
    const std::uint64_t k = word.size();
    sum += k <= 2 ? n : k <= 4 ? (k - 1) * n : 4 * n + 8 * k;
  }
  return sum;
}

void search_variant::search(const searched_text& text) {
  const std::uint64_t position = positioned_ ? text.position : no_position;
  std::uint64_t examined = 0;
  search_result found;
  if (kernel_ == nullptr) {
    found = find_first(what_, text.bytes, text.from, examined, position);
  } else {
    const detail::match match = detail::find_match_by(kernel_, what_, text.bytes, text.from, examined, position);
    found = {match.end != 0, match.begin, match.end};
  }
  const naive_match observed{found.found, found.begin, found.end};
  const naive_match expected = what_.check() ? naive_match{} : text.expected;
  if (observed.found != expected.found ||
      (observed.found && (observed.begin != expected.begin || observed.end != expected.end)))
    throw mismatch{"the match, by " + std::string(name_), match_text(expected), match_text(observed)};

  const std::uint64_t begin = text.position + text.from;
  const bool goes_on = positioned_ && origin_ != none && text.from != 0 && begin >= searched_;
  if (!goes_on) {
    origin_ = begin;
    examined_ = 0;
  }
  examined_ += examined;
  const std::uint64_t end = text.position + (observed.found ? observed.end : text.bytes.size());
  const std::uint64_t available =
      text.position + text.bytes.size() - std::min(origin_, text.position + text.bytes.size());
  const std::uint64_t n = end - std::min(origin_, end);
  expect_at_most("bytes examined (I-16), by " + std::string(name_), bound(n, available), examined_);
  searched_ = text.position + text.bytes.size();
  if (observed.found) origin_ = none;
}

void compare_candidates(std::span<detail::candidate_search* const> kernels, std::string_view text,
                        std::span<const std::string_view> words) {
  for (const std::string_view word : words) {
    if (word.size() < 2 || word.size() > text.size()) continue;
    const std::size_t end = text.size() - word.size() + 1;
    for (std::size_t place = 0; place <= end; ++place) {
      const std::size_t expected = first_candidate(text, place, end, word);
      for (detail::candidate_search* const next : kernels)
        expect_equal("the next candidate", expected, next(text.data(), place, end, word.data(), word.size()));
      place = expected;
    }
  }
}

void compare_window(std::span<detail::candidate_listing* const> kernels, std::string_view text,
                    std::span<const std::string_view> words, std::uint64_t position) {
  for (const std::string_view word : words) {
    if (word.empty() || word.size() > text.size()) continue;
    for (detail::candidate_listing* const kernel : kernels) compare_window(kernel, text, word, position);
  }
}

void compare_beginnings(std::string_view text, std::span<const std::string_view> words, const naive_match& expected) {
  const std::size_t size = expected.end - expected.begin;
  for (std::size_t distance = 64; distance < expected.end; distance *= 2) {
    for (const std::size_t end : {distance - 1, distance, distance + 1}) {
      if (end > expected.end || end < size) continue;
      std::uint64_t examined = 0;
      separators what(words);
      const search_result found = find_first(what, text.substr(expected.end - end), 0, examined);
      if (!found.found || found.begin != end - size || found.end != end)
        throw mismatch{"the match in a text that begins later", match_text({true, end - size, end}),
                       match_text({found.found, found.begin, found.end})};
    }
  }
}

void compare_separators(std::span<const std::string_view> words) {
  const separators what(words);
  std::error_code expected;
  if (words.size() > separators::max_count)
    expected = errc::too_many_separators;
  else if (words.empty() || std::ranges::any_of(words, [](std::string_view word) { return word.empty(); }))
    expected = errc::empty_separator;
  expect_equal("check()", expected, what.check());
  std::vector<std::string_view> sorted;
  if (!expected)
    for (const std::string_view word : words)
      sorted.insert(std::ranges::upper_bound(sorted, word.size(), {}, &std::string_view::size), word);
  expect_equal("count()", sorted.size(), what.count());
  expect_equal("shortest()", sorted.empty() ? 0 : sorted.front().size(), what.shortest());
  expect_equal("longest()", sorted.empty() ? 0 : sorted.back().size(), what.longest());
  std::string key;
  for (std::size_t i = 0; i != sorted.size(); ++i) {
    expect_equal("separators sorted by length (R30)", sorted[i], what[i]);
    key += static_cast<char>(std::min<std::size_t>(sorted[i].size(), 255));
    key += sorted[i];
  }
  std::uint64_t number = 0;
  if (key.size() <= sizeof number)
    for (std::size_t i = key.size(); i != 0; --i) number = number << 8 | static_cast<unsigned char>(key[i - 1]);
  expect_equal("key()", number, what.key());
  if (words.size() != 1) return;
  const separators alone(words.front());
  expect_equal("check() of one", expected, alone.check());
  expect_equal("key() of one", number, alone.key());
  if (words.front().size() == 1) expect_equal("key of a byte", number, separators::key(words.front().front()));
}

}  // namespace penstock::fuzz
