// SPDX-License-Identifier: BSL-1.0
// What the tests of the search share: the rules read naively, the kernels by name, and texts that
// are hard to search.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <penstock/search.hpp>
#include <penstock/separators.hpp>

#include "../../core/src/search_kernels.hpp"

namespace penstock { inline namespace v0 {

inline void PrintTo(const search_result& result, std::ostream* out) {
  if (result.found)
    *out << "[" << result.begin << ", " << result.end << ")";
  else
    *out << "nothing";
}

}}  // namespace penstock::v0

namespace penstock_test {

using penstock::search_result;
using penstock::separators;
using views = std::vector<std::string_view>;

struct named_kernel {
  const char* name;
  penstock::detail::candidate_search* search;
};

inline std::vector<named_kernel> kernels() {
  std::vector<named_kernel> all = {{"portable", penstock::detail::next_candidate_portable}};
#if PENSTOCK_X86
  if (__builtin_cpu_supports("sse2")) all.push_back({"sse2", penstock::detail::next_candidate_sse2});
  if (__builtin_cpu_supports("avx2")) all.push_back({"avx2", penstock::detail::next_candidate_avx2});
#endif
  return all;
}

// R31 read aloud: the first end at which one of them ends; of those that do, the shortest.
inline search_result naive(std::string_view text, const views& what) {
  for (std::size_t end = 1; end <= text.size(); ++end) {
    search_result best;
    for (const std::string_view one : what)
      if (text.substr(0, end).ends_with(one) && (!best.found || one.size() < end - best.begin))
        best = {true, end - one.size(), end};
    if (best.found) return best;
  }
  return {};
}

inline search_result find_by(const named_kernel& kernel, separators& what, std::string_view text, std::size_t from = 0,
                             std::uint64_t position = 0) {
  std::uint64_t examined = 0;
  const penstock::detail::match match =
      penstock::detail::find_match_by(kernel.search, what, text, from, examined, position);
  return {match.end != 0, match.begin, match.end};
}

inline separators from_views(const views& what) { return separators(std::span<const std::string_view>(what)); }

// All words over the first `letters` letters with `shortest` to `longest` of them.
inline std::vector<std::string> words(std::size_t shortest, std::size_t longest, std::size_t letters = 2) {
  std::vector<std::string> all;
  std::vector<std::string> last = {""};
  for (std::size_t size = 1; size <= longest; ++size) {
    std::vector<std::string> longer;
    for (const std::string& word : last)
      for (std::size_t letter = 0; letter != letters; ++letter)
        longer.push_back(word + static_cast<char>('a' + letter));
    if (size >= shortest) all.insert(all.end(), longer.begin(), longer.end());
    last = std::move(longer);
  }
  if (shortest == 0) all.insert(all.begin(), "");
  return all;
}

inline std::string repeated(std::string_view word, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i != times; ++i) text += word;
  return text;
}

inline std::string fibonacci(std::size_t size) {
  std::string shorter = "b";
  std::string word = "a";
  while (word.size() < size) shorter = std::exchange(word, word + shorter);
  return word.substr(0, size);
}

inline std::string de_bruijn(std::size_t order) {
  // The lexicographically least one: all Lyndon words whose length divides the order.
  std::string text;
  std::string word(1, 'a');
  for (;;) {
    if (order % word.size() == 0) text += word;
    const std::size_t size = word.size();
    while (word.size() < order) word += word[word.size() - size];
    while (!word.empty() && word.back() == 'b') word.pop_back();
    if (word.empty()) return text;
    word.back() = 'b';
  }
}

// What a generator makes: texts that come near to the separators again and again.
struct scene {
  std::string text;
  std::vector<std::string> wanted;

  views seen() const { return {wanted.begin(), wanted.end()}; }
};

inline scene random_scene(std::mt19937& random, std::size_t count) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto word = [&](std::size_t size) {
    std::string made;
    switch (below(4)) {
      case 0: made = fibonacci(size); break;
      case 1: {
        const std::string period = words(1, 3)[below(14)];
        made = repeated(period, size).substr(0, size);
        break;
      }
      case 2: made = std::string(size, 'a'); break;
      default:
        for (std::size_t i = 0; i != size; ++i) made += below(2) == 0 ? 'a' : 'b';
    }
    if (below(2) == 0) made[below(size)] ^= 'a' ^ 'b';
    return made;
  };
  scene made;
  for (std::size_t i = 0; i != count; ++i) made.wanted.push_back(word(1 + below(below(3) == 0 ? 64 : 9)));
  const std::size_t size = 1 + below(600);
  while (made.text.size() < size) {
    const std::string& near = made.wanted[below(count)];
    switch (below(4)) {
      case 0: made.text += word(1 + below(100)); break;
      case 1: made.text += repeated(near.substr(0, 1 + below(near.size())), 1 + below(8)); break;
      case 2: made.text += near.substr(0, near.size() - 1); break;
      default: {
        std::string wrong = near;
        wrong[below(wrong.size())] ^= 'a' ^ 'b';
        made.text += repeated(wrong, 1 + below(4));
      }
    }
  }
  return made;
}

}  // namespace penstock_test
