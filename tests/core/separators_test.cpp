// SPDX-License-Identifier: BSL-1.0
// Proves that separators take what the contract lists, in the order of R30, that a braced list
// never becomes a view of two pointers, and that what cannot be searched for is told by check().
#include <penstock/separators.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ps = penstock;
using namespace std::literals;
using ps::separators;

static_assert(std::is_nothrow_copy_constructible_v<separators>);
static_assert(std::is_nothrow_copy_assignable_v<separators>);
static_assert(std::is_trivially_destructible_v<separators>);
static_assert(sizeof(void*) != 8 || sizeof(separators) == 208);
static_assert(!std::is_default_constructible_v<separators>);
static_assert(std::is_convertible_v<const char (&)[3], separators>);
static_assert(std::is_convertible_v<std::string&, separators>);
static_assert(std::is_convertible_v<std::span<const std::string_view>, separators>);
static_assert(!std::is_constructible_v<separators, int>);
static_assert(!std::is_constructible_v<separators, const char*, int>);
static_assert(std::is_constructible_v<separators, const char*, const char*, const char*, const char*, const char*,
                                      const char*, const char*, const char*>);
static_assert(!std::is_constructible_v<separators, const char*, const char*, const char*, const char*, const char*,
                                       const char*, const char*, const char*, const char*>);

namespace {

using texts = std::vector<std::string>;

texts all(const separators& what) {
  texts held;
  for (std::size_t i = 0; i != what.count(); ++i) held.emplace_back(what[i]);
  return held;
}

// As an operation takes them.
texts taken(separators what) { return all(what); }
struct operation {
  explicit operation(separators ends) : held(ends) {}
  operation(separators ends, std::size_t limit) : held(ends), bytes(limit) {}
  separators held;
  std::size_t bytes = 0;
};

separators from(const std::vector<std::string_view>& views) {
  return separators(std::span<const std::string_view>(views));
}

TEST(Separators, TakeBracedLiteralsOneByOne) {
  EXPECT_EQ(taken("\n"), texts({"\n"}));
  EXPECT_EQ(taken({"\n"}), texts({"\n"}));
  EXPECT_EQ(taken({"\r\n", "\n"}), texts({"\n", "\r\n"}));
  EXPECT_EQ(taken({"x", "x"}), texts({"x", "x"}));
  EXPECT_EQ(all(operation({"\r\n", "\n"}).held), texts({"\n", "\r\n"}));
  EXPECT_EQ(all(operation("\r\n").held), texts({"\r\n"}));
  EXPECT_EQ(all(operation({"ab", "c"}, 7).held), texts({"c", "ab"}));
  EXPECT_EQ(taken({"1", "2", "3", "4", "5", "6", "7", "8"}), texts({"1", "2", "3", "4", "5", "6", "7", "8"}));
}

TEST(Separators, TakeEveryKindOfTextAndMixThem) {
  std::string string = "string";
  const std::string constant = "constant";
  const std::string_view view = "view";
  const char* const pointer = "pointer";
  char array[] = "array";
  char* const writable = array;
  EXPECT_EQ(all(separators(string)), texts({"string"}));
  EXPECT_EQ(all(separators(constant)), texts({"constant"}));
  EXPECT_EQ(all(separators(view)), texts({"view"}));
  EXPECT_EQ(all(separators(pointer)), texts({"pointer"}));
  EXPECT_EQ(all(separators(array)), texts({"array"}));
  EXPECT_EQ(all(separators(writable)), texts({"array"}));
  EXPECT_EQ(taken({string, "ab", view, pointer}), texts({"ab", "view", "string", "pointer"}));
  EXPECT_EQ(separators(constant)[0].data(), constant.data());
}

TEST(Separators, KeepNulBytesOfAViewAndEndALiteralAtThem) {
  EXPECT_EQ(all(separators("a\0b"sv)), texts({std::string("a\0b", 3)}));
  EXPECT_EQ(all(separators("\0"sv)), texts({std::string(1, '\0')}));
  EXPECT_EQ(all(separators("a\0b")), texts({"a"}));
  EXPECT_EQ(all(separators("a\0b"sv, "\0"sv)), texts({std::string(1, '\0'), "a\0b"s}));
}

TEST(Separators, TakeSpansOfViews) {
  const std::vector<std::string_view> vector = {"long one", "short"};
  const std::array<std::string_view, 2> array = {"bb", "a"};
  const std::string_view plain[] = {"z", "yy"};
  EXPECT_EQ(all(separators(vector)), texts({"short", "long one"}));
  EXPECT_EQ(all(separators(array)), texts({"a", "bb"}));
  EXPECT_EQ(all(separators(plain)), texts({"z", "yy"}));
  EXPECT_EQ(taken(std::span<const std::string_view>(vector)), texts({"short", "long one"}));
  EXPECT_EQ(all(separators(std::span(vector).first(1))), texts({"long one"}));
}

TEST(Separators, SortByLengthAndKeepTheOrderWithinOneLengthR30) {
  EXPECT_EQ(taken({"ccc", "b2", "a1", "b1", "ddd", "x"}), texts({"x", "b2", "a1", "b1", "ccc", "ddd"}));
  std::vector<std::string_view> views = {"1", "22", "33", "4", "555", "66", "7777", "8"};
  EXPECT_EQ(all(from(views)), texts({"1", "4", "8", "22", "33", "66", "555", "7777"}));
  EXPECT_EQ(from(views).shortest(), 1u);
  EXPECT_EQ(from(views).longest(), 4u);
}

TEST(Separators, AreCopiedNotTakenForText) {
  separators one("\r\n");
  const separators constant = one;
  separators many{"abc", "d"};
  EXPECT_EQ(all(separators(one)), texts({"\r\n"}));
  EXPECT_EQ(all(separators(constant)), texts({"\r\n"}));
  EXPECT_EQ(all(separators(std::move(one))), texts({"\r\n"}));
  one = many;
  EXPECT_EQ(all(one), texts({"d", "abc"}));
  many = constant;
  EXPECT_EQ(all(many), texts({"\r\n"}));
  const separators& same = many;
  many = same;
  EXPECT_EQ(all(many), texts({"\r\n"}));
  one = separators(""sv);
  EXPECT_EQ(one.check(), ps::errc::empty_separator);
}

TEST(Separators, TellWhatCannotBeSearchedFor) {
  EXPECT_EQ(separators("\n").check(), std::error_code());
  EXPECT_EQ(separators("\n", "\r").check(), std::error_code());
  const std::vector<std::string_view> eight(8, "x");
  EXPECT_EQ(from(eight).check(), std::error_code());
  EXPECT_EQ(from(eight).count(), 8u);

  std::vector<std::string_view> nine(9, "x");
  const std::pair<separators, ps::errc> rows[] = {
      {separators(""), ps::errc::empty_separator},
      {separators(std::string_view()), ps::errc::empty_separator},
      {separators("\n", ""), ps::errc::empty_separator},
      {separators("", "\n"), ps::errc::empty_separator},
      {from({}), ps::errc::empty_separator},
      {from({""}), ps::errc::empty_separator},
      {from(nine), ps::errc::too_many_separators},
      {from(std::vector<std::string_view>(9)), ps::errc::too_many_separators},
  };
  for (const auto& [what, expected] : rows) {
    EXPECT_EQ(what.check(), expected);
    EXPECT_EQ(what.count(), 0u);
    EXPECT_EQ(what.shortest(), 0u);
    EXPECT_EQ(what.longest(), 0u);
    EXPECT_EQ(what.key(), 0u);
    EXPECT_EQ(separators(what).check(), expected);
  }
}

TEST(Separators, RefuseOneOfFourGigabytes) {
  if constexpr (sizeof(std::size_t) > 4) {
    // Nothing looks at the bytes.
    const auto size = static_cast<std::size_t>(std::uint64_t{1} << 32);
    const std::string_view huge("x", size);
    const std::string_view largest("x", size - 1);
    EXPECT_EQ(separators(huge).check(), ps::errc::bad_option);
    EXPECT_EQ(separators("\n", huge).check(), ps::errc::bad_option);
    EXPECT_EQ(separators(huge, "").check(), ps::errc::empty_separator);
    EXPECT_EQ(separators(largest).check(), std::error_code());
    EXPECT_EQ(separators(largest).longest(), size - 1);
    EXPECT_EQ(separators(largest).key(), 0u);
  }
}

TEST(Separators, HaveAKeyThatNamesThemAndNoOthers) {
  EXPECT_EQ(separators("\n").key(), separators::key('\n'));
  EXPECT_EQ(separators("\xff").key(), separators::key('\xff'));
  EXPECT_EQ(separators("\0"sv).key(), separators::key('\0'));
  EXPECT_EQ(separators("\r\n", "\n").key(), separators("\n", "\r\n").key());
  EXPECT_NE(separators("1234567").key(), 0u);
  EXPECT_EQ(separators("12345678").key(), 0u);
  EXPECT_NE(separators("1", "2", "3", "4").key(), 0u);
  EXPECT_EQ(separators("1", "2", "3", "4", "5").key(), 0u);
  EXPECT_NE(separators("123", "456").key(), 0u);
  EXPECT_EQ(separators("123", "4567").key(), 0u);

  // All lists of up to three texts of up to three of these bytes, some of which are lengths, too.
  std::vector<std::string> words;
  for (std::size_t size = 1; size <= 3; ++size) {
    for (std::size_t code = 0; code != std::size_t{1} << (2 * size); ++code) {
      std::string word;
      for (std::size_t at = 0; at != size; ++at) word += "\0\1\2a"[code >> (2 * at) & 3];
      words.push_back(word);
    }
  }
  std::set<texts> lists;
  std::set<std::uint64_t> keys;
  const auto add = [&](const separators& what) {
    if (what.key() == 0 || !lists.insert(all(what)).second) return;
    EXPECT_TRUE(keys.insert(what.key()).second) << ::testing::PrintToString(all(what));
  };
  for (const std::string& a : words) {
    add(separators(a));
    for (const std::string& b : words) {
      add(separators(a, b));
      if (a.size() + b.size() <= 3)
        for (const std::string& c : words) add(separators(a, b, c));
    }
  }
  EXPECT_GT(keys.size(), 5000u);
}

}  // namespace
