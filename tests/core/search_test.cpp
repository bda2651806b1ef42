// SPDX-License-Identifier: BSL-1.0
// Proves what find_first answers against the rules read naively (R31, I-04), on all short texts and
// on random ones that come near to their separators again and again; and that the answer depends on
// nothing but text and separators, however the text arrives and whatever is dropped of it (I-02).
#include <penstock/search.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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

search_result find(separators what, std::string_view text, std::size_t from = 0) {
  std::uint64_t examined = 0;
  return find_first(what, text, from, examined);
}

TEST(Search, GivesTheExampleOfR31) { EXPECT_EQ(find({"DEF", "BCDE"}, "ABCDEFG"), (search_result{true, 1, 5})); }

TEST(Search, GivesATieToTheShortestR31) {
  EXPECT_EQ(find({"AAB", "AB"}, "xxAAB"), (search_result{true, 3, 5}));
  EXPECT_EQ(find({"\r\n", "\n"}, "x\r\n"), (search_result{true, 2, 3}));
  EXPECT_EQ(find({"B", "AB", "AAB"}, "xxAAB"), (search_result{true, 4, 5}));
  EXPECT_EQ(find({"AB", "AB"}, "xxAAB"), (search_result{true, 3, 5}));
}

TEST(Search, FindsWhatOverlapsItselfI04) {
  EXPECT_EQ(find("aab", "aaab"), (search_result{true, 1, 4}));
  EXPECT_EQ(find("aabaaa", "aabaabaaa"), (search_result{true, 3, 9}));
  EXPECT_EQ(find("abababc", "ababababc"), (search_result{true, 2, 9}));
}

TEST(Search, TreatsNulAsAnyOtherByteI04) {
  EXPECT_EQ(find("\0"sv, "ab\0c"sv), (search_result{true, 2, 3}));
  EXPECT_EQ(find("\0\0"sv, "a\0b\0\0c"sv), (search_result{true, 3, 5}));
  EXPECT_EQ(find("\0a\0b\0"sv, "\0a\0\0a\0b\0"sv), (search_result{true, 3, 8}));
  EXPECT_EQ(find("\xff\x80\xff\x80\x7f"sv, "\xff\x80\xff\x80\xff\x80\x7f"sv), (search_result{true, 2, 7}));
}

TEST(Search, FindsNothingInNothingAndWithBadSeparators) {
  EXPECT_EQ(find("\n", {}), search_result());
  EXPECT_EQ(find("\r\n", {}), search_result());
  EXPECT_EQ(find({"\r\n", "\n"}, {}), search_result());
  EXPECT_EQ(find("\r\n", "\r"), search_result());
  EXPECT_EQ(find("\n", "a\n", 2), search_result());
  EXPECT_EQ(find("\r\n", "a\r\n", 3), search_result());
  EXPECT_EQ(find({"\r\n", "\n"}, "a\r\n", 3), search_result());
  EXPECT_EQ(find("\n", "a", 9), search_result());
  EXPECT_EQ(find("\r\n", "a", 9), search_result());
  EXPECT_EQ(find({"\r\n", "\n"}, "a", 9), search_result());
  EXPECT_EQ(find("", "abc"), search_result());
  EXPECT_EQ(find(from_views({}), "abc"), search_result());
  EXPECT_EQ(find(from_views(views(9, "a")), "abc"), search_result());
}

TEST(Search, AgreesWithTheNaiveOneOnAllShortTextsI04) {
  const std::vector<std::string> texts = words(0, 10);
  const std::vector<std::string> wanted = words(1, 4);
  for (const std::string& text : texts) {
    for (std::size_t i = 0; i != wanted.size(); ++i) {
      const search_result alone = naive(text, {wanted[i]});
      for (const named_kernel& kernel : kernels()) {
        separators one(wanted[i]);
        ASSERT_EQ(find_by(kernel, one, text), alone) << kernel.name << " " << text << " " << wanted[i];
      }
      ASSERT_EQ(find(wanted[i], text), alone) << text << " " << wanted[i];
      for (std::size_t j = 0; j != i; ++j) {
        const search_result expected = naive(text, {wanted[i], wanted[j]});
        separators both(wanted[i], wanted[j]);
        for (const named_kernel& kernel : kernels())
          ASSERT_EQ(find_by(kernel, both, text), expected)
              << kernel.name << " " << text << " " << wanted[i] << " " << wanted[j];
      }
    }
  }
}

// I-02: what was seen in the first part is not seen again, and is not missed either.
TEST(Search, AgreesWithTheNaiveOneWhereverTheTextIsCutI04) {
  const std::vector<std::string> wanted = words(1, 4);
  for (const std::string& text : words(1, 9)) {
    for (std::size_t i = 0; i != wanted.size(); ++i) {
      for (std::size_t j = i; j < wanted.size(); j += 3) {
        const search_result expected = naive(text, {wanted[i], wanted[j]});
        const std::size_t known = expected.found ? expected.end - 1 : text.size();
        for (std::size_t cut = 0; cut <= known; ++cut) {
          separators what = i == j ? separators(wanted[i]) : separators(wanted[i], wanted[j]);
          std::uint64_t examined = 0;
          ASSERT_EQ(find_first(what, std::string_view(text).substr(0, cut), 0, examined, 0), search_result());
          ASSERT_EQ(find_first(what, text, cut, examined, 0), expected)
              << text << " cut at " << cut << ": " << wanted[i] << " " << wanted[j];
          ASSERT_EQ(find_first(what, text, 0, examined, 0), expected);
        }
      }
    }
  }
}

TEST(Search, AgreesWithTheNaiveOneOnRandomTextsHoweverTheyArriveI02) {
  for (unsigned seed = 0; seed != 6000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const scene made = random_scene(random, 1 + random() % (seed % 4 == 0 ? 8 : 2));
    const search_result expected = naive(made.text, made.seen());
    for (const named_kernel& kernel : kernels()) {
      separators what = from_views(made.seen());
      ASSERT_EQ(find_by(kernel, what, made.text), expected) << kernel.name;
      // The bytes in an allocation of their own size, a longer one with each chunk.
      const std::size_t most = std::array<std::size_t, 3>{1, 20, 200}[random() % 3];
      search_result result;
      for (std::size_t size = 0; size != made.text.size() && !result.found;) {
        const std::size_t searched = size;
        size = std::min(made.text.size(), size + 1 + random() % most);
        const auto text = std::make_unique<char[]>(size);
        std::copy_n(made.text.begin(), size, text.get());
        result = find_by(kernel, what, {text.get(), size}, searched);
      }
      ASSERT_EQ(result, expected) << kernel.name << " in chunks of up to " << most;
    }
  }
}

// As skip_until and callers with knowledge of their own do: bytes leave at the front, at times more
// than a separator could begin in, and calls go on behind what the object has searched or before
// it, with and without a position.
TEST(Search, AgreesWithTheNaiveOneWhenTheFrontIsDroppedAndPartsAreSkippedI02) {
  for (unsigned seed = 0; seed != 6000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    const scene made = random_scene(random, 1 + random() % 3);
    separators what = from_views(made.seen());
    std::size_t dropped = 0;
    std::size_t searched = 0;
    for (std::size_t size = 0; size != made.text.size(); searched = size) {
      size = std::min(made.text.size(), size + 1 + random() % 40);
      if (one_in(4) && searched - dropped >= what.longest())
        dropped = searched + 1 - what.longest();
      else if (one_in(20))
        dropped += random() % (searched - dropped + 1);
      const std::string_view text = std::string_view(made.text).substr(dropped, size - dropped);
      const search_result expected = naive(text, made.seen());
      std::size_t from = searched - dropped;
      if (one_in(8)) from += random() % ((expected.found ? expected.end : text.size() + 1) - from);
      if (one_in(8)) from -= random() % (from + 1);
      std::uint64_t examined = 0;
      const std::uint64_t position = one_in(16) ? ps::no_position : dropped + 1000;
      ASSERT_EQ(find_first(what, text, from, examined, position), expected) << "at " << size;
      if (expected.found) break;
      if (one_in(16)) what = separators(what);
    }
  }
}

// The text leaves Two-Way, which the run of `a` has made necessary, far ahead of the first place
// left open. Bytes that could begin a match are dropped all the same: what then arrives is searched
// from its first byte.
TEST(Search, SearchesWhatIsLeftWhenTooMuchIsDropped) {
  const std::string wanted = "aab" + std::string(40, 'a');
  const std::string hard = std::string(100, 'a') + "xb" + std::string(40, 'a');
  const std::string text = hard + wanted.substr(1);
  const std::size_t dropped = hard.size() - 1;
  separators what(wanted);
  std::uint64_t examined = 0;
  ASSERT_FALSE(find_first(what, hard, 0, examined, 0).found);
  for (std::size_t size = 2; size <= wanted.size(); ++size)
    EXPECT_EQ(find_first(what, std::string_view(text).substr(dropped, size), size - 1, examined, dropped),
              (size == wanted.size() ? search_result{true, 0, size} : search_result()));
}

// Without a position a text may be any: nothing known about an earlier one counts.
TEST(Search, LearnsAnewWithoutAPosition) {
  const std::string wanted = std::string(31, 'a') + "b" + std::string(32, 'a');
  for (std::size_t size = 200; size != 300; ++size) {
    separators what(wanted);
    std::uint64_t examined = 0;
    ASSERT_FALSE(find_first(what, std::string(size, 'a'), 0, examined, 0).found);
    for (std::size_t from = size - 2; from != size + 3; ++from) {
      separators same(what);
      const std::string other = std::string(from + 1 - wanted.size(), 'b') + wanted;
      EXPECT_EQ(find_first(same, other, from, examined), (search_result{true, from + 1 - wanted.size(), from + 1}));
    }
  }
}

// After a match the next record begins at 0 of a text of its own, whatever the object holds.
TEST(Search, CutsAStreamIntoTheNaiveRecordsI04) {
  for (unsigned seed = 0; seed != 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const scene made = random_scene(random, 1 + random() % 3);
    separators what = from_views(made.seen());
    std::string_view left = made.text;
    std::uint64_t position = 0;
    for (std::size_t size = 0, searched = 0; size < left.size();) {
      size = std::min(left.size(), size + 1 + random() % 60);
      std::uint64_t examined = 0;
      const search_result result = find_first(what, left.substr(0, size), searched, examined, position);
      ASSERT_EQ(result, naive(left.substr(0, size), made.seen()));
      searched = size;
      if (!result.found) continue;
      left.remove_prefix(result.end);
      position += result.end;
      size = searched = 0;
    }
  }
}

}  // namespace
