// SPDX-License-Identifier: BSL-1.0
// Proves by the search's own counter that no bytes and no way of arriving make it more than linear
// (I-16): the bound of search.hpp for pairs that are hard for a plain search, for Two-Way or for
// the change from one to the other, whole, in chunks, byte by byte, dropped, skipped and copied.
#include <penstock/search.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/searching.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::literals;
using ps::find_first;

namespace {

// The bound that search.hpp states for one separator.
std::uint64_t bound(std::size_t n, std::size_t k) {
  if (k <= 4) return std::array<std::uint64_t, 5>{0, 1, 1, 2, 3}[k] * n;
  return 4 * std::uint64_t{n} + 8 * std::uint64_t{k};
}

struct hard_pair {
  std::string name;
  std::string wanted;
  std::string text;
};

std::vector<hard_pair> hard_pairs() {
  constexpr std::size_t size = 6000;
  const std::string run(size, 'a');
  const std::string alternating = repeated("ab", size / 2);
  const std::string fibonacci_text = fibonacci(size);
  std::vector<hard_pair> all;
  for (const std::size_t half : {1u, 2u, 3u, 4u, 7u, 8u, 16u, 31u, 100u, 500u}) {
    const std::string part(half, 'a');
    const std::string n = std::to_string(half);
    all.push_back({"a^" + n + " b a^" + n + " in a*", part + "b" + part, run});
    all.push_back({"a b a^" + n + " in a*", "ab" + part, run});
    all.push_back({"a^" + n + " b a in a*", part + "ba", run});
    all.push_back({"a^" + n + " in (a^(n-1) b)*", part, repeated(part.substr(1) + "b", size / half)});
    all.push_back({"a^" + n + " b a^" + n + " in (a^" + n + " b a^(n-1) b)*", part + "b" + part,
                   repeated(part + "b" + part.substr(1) + "b", size / half / 2)});
    all.push_back(
        {"(ab)^" + n + " b (ab)^" + n + " in (ab)*", repeated("ab", half) + "b" + repeated("ab", half), alternating});
    all.push_back({"(ab)^" + n + " a in ((ab)^n b)*", repeated("ab", half) + "a",
                   repeated(repeated("ab", half) + "b", size / half / 2)});
    all.push_back({"(aab)^" + n + " aa in ((aab)^n a)*", repeated("aab", half) + "aa",
                   repeated(repeated("aab", half) + "a", size / half / 3)});
    std::string wrong = fibonacci(2 * half + 3);
    wrong[half] ^= 'a' ^ 'b';
    all.push_back({"fibonacci " + n + " with an error in fibonacci", wrong, fibonacci_text});
    all.push_back({"aa fibonacci " + n + " in fibonacci", "aaa" + fibonacci(half), fibonacci_text});
    all.push_back({"a^" + n + " b a^" + n + " in de Bruijn", part + "b" + part + "b" + part, de_bruijn(12)});
  }
  return all;
}

// Feeds the text until the first match, in chunks of what `chunk` says; answers how far that was.
template <class Chunk>
std::size_t feed(separators& what, std::string_view text, std::uint64_t& examined, Chunk chunk) {
  for (std::size_t size = 0; size != text.size();) {
    const std::size_t searched = size;
    size = std::min(text.size(), size + chunk());
    const search_result result = find_first(what, text.substr(0, size), searched, examined, 0);
    if (result.found) return result.end;
  }
  return text.size();
}

TEST(SearchWork, IsLinearForHardPairsHoweverTheyArriveI16) {
  std::mt19937 random(1);
  for (const hard_pair& pair : hard_pairs()) {
    SCOPED_TRACE(pair.name);
    const search_result expected = naive(pair.text, {pair.wanted});
    for (const std::size_t chunk :
         {std::size_t{1}, std::size_t{7}, std::size_t{64}, pair.wanted.size(), pair.text.size(), std::size_t{0}}) {
      separators what(pair.wanted);
      std::uint64_t examined = 0;
      const std::size_t n = feed(what, pair.text, examined, [&] { return chunk != 0 ? chunk : 1 + random() % 300; });
      EXPECT_LE(examined, bound(n, pair.wanted.size())) << "in chunks of " << chunk;
      EXPECT_EQ(n, expected.found ? expected.end : pair.text.size());
    }
  }
}

// What an object has learned goes with its copies.
TEST(SearchWork, IsLinearWhenTheObjectIsCopiedI16) {
  for (const hard_pair& pair : hard_pairs()) {
    SCOPED_TRACE(pair.name);
    separators what(pair.wanted);
    std::uint64_t examined = 0;
    std::size_t size = 0;
    for (search_result result; size != pair.text.size() && !result.found; ++size) {
      separators copy(what);
      result = find_first(copy, std::string_view(pair.text).substr(0, size + 1), size, examined, 0);
      what = copy;
    }
    EXPECT_LE(examined, bound(size, pair.wanted.size()));
  }
}

// As with a caller that looks at some of the bytes itself.
TEST(SearchWork, IsLinearWhenPartsAreSkippedI16) {
  for (const hard_pair& pair : hard_pairs()) {
    SCOPED_TRACE(pair.name);
    const search_result first = naive(pair.text, {pair.wanted});
    const std::size_t known = first.found ? first.end - 1 : pair.text.size();
    for (const std::size_t chunk : {2u, 80u}) {
      separators what(pair.wanted);
      std::uint64_t examined = 0;
      std::size_t size = 0;
      for (search_result result; size != pair.text.size() && !result.found;) {
        const std::size_t from = std::min(size + chunk / 2, known);
        size = std::min(pair.text.size(), size + chunk);
        result = find_first(what, std::string_view(pair.text).substr(0, size), from, examined, 0);
      }
      EXPECT_LE(examined, bound(size, pair.wanted.size()));
    }
  }
}

// Nothing is left of a text for the next one but what is true of the separators alone.
TEST(SearchWork, DependsOnNoEarlierTextI16) {
  const std::string wanted = "aab" + std::string(40, 'a');
  const std::string texts[] = {std::string(100, 'a') + "xb" + std::string(40, 'a'),
                               repeated(wanted.substr(1) + "b", 40), std::string(500, 'x'),
                               repeated("ax", 300) + wanted};
  separators what(wanted, "never found");
  const auto work = [&](std::string_view text) {
    std::uint64_t examined = 0;
    feed(what, text, examined, [] { return std::size_t{100}; });
    return examined;
  };
  std::vector<std::uint64_t> alone;
  work(texts[0]);  // what it costs to learn the separators' periods is paid
  for (const std::string& text : texts) {
    work(text);
    alone.push_back(work(text));
  }
  for (std::size_t i = 0; i != std::size(texts); ++i) {
    for (const std::string& before : texts) {
      work(before);
      EXPECT_EQ(work(texts[i]), alone[i]);
    }
  }
}

TEST(SearchWork, IsTheSameForEveryKernelI16) {
  for (const hard_pair& pair : hard_pairs()) {
    SCOPED_TRACE(pair.name);
    std::vector<std::uint64_t> counts;
    for (const named_kernel& kernel : kernels()) {
      separators what(pair.wanted);
      std::uint64_t examined = 0;
      ps::detail::find_match_by(kernel.search, what, pair.text, 0, examined, 0);
      counts.push_back(examined);
    }
    EXPECT_EQ(counts, std::vector<std::uint64_t>(counts.size(), counts.front()));
  }
}

// As skip_until does it: nothing is kept but what a separator may begin in.
TEST(SearchWork, IsLinearWhenTheFrontIsDroppedI16) {
  for (const hard_pair& pair : hard_pairs()) {
    SCOPED_TRACE(pair.name);
    for (const std::size_t chunk : {1u, 50u}) {
      separators what(pair.wanted);
      const std::size_t kept = pair.wanted.size() - 1;
      std::uint64_t examined = 0;
      std::size_t size = 0;
      for (search_result result; size != pair.text.size() && !result.found;) {
        const std::size_t dropped = size > kept ? size - kept : 0;
        const std::size_t searched = size - dropped;
        size = std::min(pair.text.size(), size + chunk);
        const std::string_view text = std::string_view(pair.text).substr(dropped, size - dropped);
        result = find_first(what, text, searched, examined, dropped);
      }
      EXPECT_LE(examined, bound(size, pair.wanted.size()));
    }
  }
}

// Records that are found one after the other: each pays for itself, and holds its separator.
TEST(SearchWork, IsLinearOverTheRecordsOfAStreamI16) {
  for (const hard_pair& pair : hard_pairs()) {
    SCOPED_TRACE(pair.name);
    const std::string record = pair.text.substr(0, 3 * pair.wanted.size()) + pair.wanted;
    const std::string text = repeated(record, 5);
    separators what(pair.wanted);
    std::size_t begin = 0;
    for (search_result result{true, 0, 0}; result.found; begin += result.end) {
      std::uint64_t examined = 0;
      result = find_first(what, std::string_view(text).substr(begin), 0, examined, begin);
      ASSERT_LE(examined, bound(result.found ? result.end : text.size() - begin, pair.wanted.size()));
    }
    ASSERT_GT(begin, text.size() / 2);
  }
}

// A rare separator, the first in the order of search, is sought a bounded way behind each record.
TEST(SearchWork, OfARareSeparatorIsBoundedByTheRecordI16) {
  for (const std::size_t line : {2u, 20u, 63u, 64u, 65u, 1000u, 5000u}) {
    const std::string text = repeated(std::string(line - 1, 'x') + "\n", 100000 / line);
    separators what{"\0"sv, "\1"sv, "\n"sv, "\r\n\r\n"sv};
    std::string_view left = text;
    while (!left.empty()) {
      std::uint64_t examined = 0;
      const search_result result = find_first(what, left, 0, examined, text.size() - left.size());
      ASSERT_EQ(result, (search_result{true, line - 1, line}));
      ASSERT_LE(examined, 4 * std::max<std::size_t>(64, 2 * line));
      left.remove_prefix(result.end);
    }
  }
}

TEST(SearchWork, OfEightHardSeparatorsIsBoundedByEachI16) {
  std::vector<std::string> wanted;
  for (const std::size_t half : {2u, 3u, 5u, 8u, 13u, 40u, 100u, 300u})
    wanted.push_back(std::string(half, 'a') + "b" + std::string(half, 'a'));
  const std::string text(20000, 'a');
  std::mt19937 random(2);
  for (const std::size_t most : {1u, 100u, 20000u}) {
    separators what = from_views({wanted.begin(), wanted.end()});
    std::uint64_t examined = 0;
    EXPECT_EQ(feed(what, text, examined, [&] { return 1 + random() % most; }), text.size());
    std::uint64_t allowed = 0;
    for (const std::string& one : wanted) allowed += bound(text.size(), one.size());
    EXPECT_LE(examined, allowed);
  }
}

// A plain text costs one a place and what a match itself has.
TEST(SearchWork, IsOneAByteWhereNothingComesNear) {
  const std::string text = std::string(5000, 'x') + "--boundary--";
  for (const std::string_view wanted : {"--boundary--"sv, "--"sv, "-"sv}) {
    separators what(wanted);
    std::uint64_t examined = 0;
    const search_result result = find_first(what, text, 0, examined, 0);
    EXPECT_EQ(result.begin, 5000u);
    EXPECT_EQ(examined, 5001 + std::max<std::size_t>(wanted.size(), 2) - 2);
    // The same bytes again, all but the last of which were searched.
    separators again(wanted);
    std::uint64_t more = 0;
    EXPECT_EQ(find_first(again, text, result.end - 1, more, 0), result);
    EXPECT_EQ(more, 1 + std::max<std::size_t>(wanted.size(), 2) - 2);
  }
}

TEST(SearchWork, CountsEveryByteThatIsCompared) {
  struct row {
    const char* name;
    separators what;
    std::string_view text;
    std::uint64_t examined;
  };
  const row rows[] = {
      {"one byte, found", "x", "abx.", 3},
      {"one byte, not found", "x", "abcd", 4},
      {"two bytes", "xy", "axaxy.", 4},
      {"two bytes, not found", "xy", "axaxa.", 5},
      {"three bytes, a candidate and the match", "xay", "xbyxay", 4 + 1 + 1},
      {"six bytes, two candidates and the match", "axxxxb", "ayyyybaxyyxbaxxxxb", 13 + 4 + 4 + 4},
      {"eighteen bytes, wrong in the first eight", "a0123456789abcdefb",
       "a01234X6789abcdefb"
       "a0123456789abcdefb",
       19 + 8 + 16},
      {"eighteen bytes, wrong in the second eight", "a0123456789abcdefb",
       "a012345678Xabcdefb"
       "a0123456789abcdefb",
       19 + 16 + 16},
      {"two separators, the second in the rest", {"\n", "\r\n"}, "ab\r\n", 4 + 2},
      {"two separators, none", {"\n", "\r\n"}, "abcd", 4 + 3},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    separators what = r.what;
    std::uint64_t examined = 1000;
    find_first(what, r.text, 0, examined, 0);
    EXPECT_EQ(examined - 1000, r.examined);
  }
}

}  // namespace
