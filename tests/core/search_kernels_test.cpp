// SPDX-License-Identifier: BSL-1.0
// Proves the parts of the search one by one: each kernel finds every place, reads nothing else and
// is not misled by any bytes; Two-Way finds the first match however its text grows (I-04), and
// looks at each byte a bounded number of times (I-16).
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

#include "../../core/src/search_kernels.hpp"
#include "../../core/src/two_way.hpp"
#include "support/searching.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::literals;

namespace {

// Each buffer has the exact size of what may be read, at every alignment: AddressSanitizer sees a
// read behind it or before it.
TEST(SearchKernels, FindEveryPlaceAndReadNothingElse) {
  constexpr std::size_t longest = 150;
  for (const named_kernel& kernel : kernels()) {
    SCOPED_TRACE(kernel.name);
    for (const std::string needle : {"XY", "X-Y", "X-------Y", "X---------------------------------Y"}) {
      for (std::size_t count = 0; count <= longest; ++count) {
        const std::size_t offset = count % 33;
        const std::size_t size = offset + count + needle.size() - 1;
        const auto buffer = std::make_unique<char[]>(size);
        char* const text = buffer.get() + offset;
        std::fill_n(buffer.get(), size, '.');
        const auto next = [&](std::size_t place) {
          return kernel.search(text, place, count, needle.data(), needle.size());
        };
        ASSERT_EQ(next(0), count);
        for (std::size_t at = 0; at < count; ++at) {
          text[at] = 'X';
          ASSERT_EQ(next(0), count);
          text[at + needle.size() - 1] = 'Y';
          ASSERT_EQ(next(0), at);
          ASSERT_EQ(next(at), at);
          ASSERT_EQ(next(at + 1), count);
          ASSERT_EQ(next(at / 2), at);
          text[at] = '.';
          text[at + needle.size() - 1] = '.';
        }
      }
    }
  }
}

TEST(SearchKernels, AgreeWithTheNaiveOneOnRandomBytes) {
  std::mt19937 random(20);
  for (int round = 0; round != 4000; ++round) {
    // Bytes that differ in one bit or by one are where a trick with words would err.
    const std::string_view letters = std::array{"\x00\x01"sv, "\x7f\xff"sv, "\x80\x00\x81\x01"sv,
                                                "\x00\x01\x02\xff\xfe\x80\x7f\x81"sv}[random() % 4];
    const auto letter = [&] { return letters[random() % letters.size()]; };
    const std::size_t size = 2 + random() % 40;
    std::string needle(size, 'x');
    needle.front() = letter();
    needle.back() = letter();
    const std::size_t end = random() % 200;
    std::string bytes(end + size - 1, 'x');
    std::generate(bytes.begin(), bytes.end(), letter);
    const auto text = std::make_unique<char[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), text.get());
    for (std::size_t place = 0; place <= end; ++place) {
      std::size_t expected = place;
      while (expected != end && (text[expected] != needle.front() || text[expected + size - 1] != needle.back()))
        ++expected;
      for (const named_kernel& kernel : kernels())
        ASSERT_EQ(kernel.search(text.get(), place, end, needle.data(), size), expected)
            << kernel.name << " round " << round << " from " << place << " to " << end;
    }
  }
}

// Two-Way by itself, given the text whole and growing by one byte.
TEST(TwoWay, AgreesWithTheNaiveOneOnAllShortTextsI04) {
  const std::vector<std::string> texts = words(0, 12);
  for (const std::string& wanted : words(2, 7)) {
    std::uint64_t factorizing = 0;
    ps::detail::needle needle{wanted.data(), static_cast<std::uint32_t>(wanted.size()), 0, 0, 0};
    ps::detail::factorize(needle, factorizing);
    ASSERT_LE(factorizing, 5 * wanted.size());
    ASSERT_LT(needle.critical, wanted.size());
    ASSERT_GT(needle.period, needle.critical);
    ASSERT_LE(needle.period, wanted.size());
    for (const std::string& text : texts) {
      if (text.size() < wanted.size()) continue;
      const std::size_t last = text.size() - wanted.size() + 1;
      const std::size_t expected = std::min(text.find(wanted), last);
      for (const bool whole : {true, false}) {
        std::uint64_t examined = 0;
        std::size_t at = 0;
        for (std::size_t end = whole ? last : 1; end <= last; ++end) {
          at = seek_by_two_way(needle, ps::detail::next_candidate_portable, text.data(), at, end, examined);
          if (at < end) break;
          ASSERT_LE(at, end + wanted.size());
        }
        ASSERT_EQ(std::min(at, last), expected) << wanted << " in " << text;
        ASSERT_LE(examined, last + 3 * text.size());
      }
    }
  }
}

}  // namespace
