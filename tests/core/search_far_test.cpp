// SPDX-License-Identifier: BSL-1.0
// Proves that no answer depends on how long a separator is or how far away a match: separators of more than
// 512 bytes, matches behind more places than 16 bits count, and several separators around every window in
// which they are sought.
#include <penstock/search_window.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/searching.hpp"

namespace ps = penstock;
using namespace penstock_test;
using ps::search_window;

namespace {

// Around the widest window, what 16 bits count, and twice that.
std::vector<std::size_t> far_places() {
  std::vector<std::size_t> all;
  for (const std::size_t around : {std::size_t{65'471}, std::size_t{65'536}, 2 * std::size_t{65'471}})
    for (std::size_t place = around - 4; place != around + 70; ++place) all.push_back(place);
  return all;
}

struct named_listing {
  const char* name;
  ps::detail::candidate_listing* fill;
};

std::vector<named_listing> listings() {
  std::vector<named_listing> all = {{"portable", ps::detail::list_candidates_portable}};
#if defined(__x86_64__)
  all.push_back({"sse2", ps::detail::list_candidates_sse2});
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
    all.push_back({"avx2", ps::detail::list_candidates_avx2});
#endif
  return all;
}

std::string framed(std::size_t size) {
  std::string wanted(size, '=');
  wanted.front() = '<';
  wanted.back() = '>';
  return wanted;
}

}  // namespace

// R32, I-04: what stands in front differs from the separator in one byte, wherever that is
TEST(SearchFar, ALongSeparatorIsComparedInEveryByte) {
  for (const std::size_t size : {600U, 1'500U}) {
    const std::string wanted = framed(size);
    for (std::size_t wrong = 1; wrong != size - 1; ++wrong) {
      SCOPED_TRACE(testing::Message() << size << " bytes, the one at " << wrong << " is another");
      std::string text = wanted;
      text[wrong] ^= 1;
      text += "..." + wanted;
      const search_result expected{true, size + 3, text.size()};
      for (const named_kernel& kernel : kernels()) {
        separators alone(wanted);
        ASSERT_EQ(find_by(kernel, alone, text), expected) << kernel.name;
        separators among("\n", "~~~", wanted);
        ASSERT_EQ(find_by(kernel, among, text), expected) << kernel.name << ", one of three";
      }
    }
  }
}

// R32, I-04: the same by an operation that is asked again, and by one made anew
TEST(SearchFar, ALongSeparatorEndsRecordAfterRecord) {
  const std::string wanted = framed(700);
  ps::readuntil kept(wanted);
  ps::read_half in;
  for (std::size_t wrong = 1; wrong != wanted.size() - 1; ++wrong) {
    SCOPED_TRACE(wrong);
    std::string record = wanted;
    record[wrong] ^= 1;
    record += "..." + wanted;
    in.feed(record + record + record);
    ASSERT_EQ(ask(in, kept), delivered(record));
    ASSERT_EQ(ask(in, kept), delivered(record));
    ASSERT_EQ(ask(in, ps::readuntil(wanted)), delivered(record));
  }
}

// I-04: a window answers where candidates are, by every kernel, and looks no further than it can say
TEST(SearchFar, AWindowKnowsPlacesBehind64Ki) {
  for (const std::size_t distance : {0U, 1U, 20U}) {
    const std::size_t count = 150'000;
    std::string text(count + distance, '.');
    for (const std::size_t wanted : far_places()) {
      text[wanted] = '<';
      text[wanted + distance] = distance == 0 ? '<' : '>';
      for (const named_listing& kernel : listings()) {
        SCOPED_TRACE(testing::Message() << kernel.name << ", " << distance << " apart, at " << wanted);
        search_window window;
        std::vector<std::size_t> found;
        constexpr std::uint64_t position = 1'000;
        for (std::size_t seen = 0; seen != count;) {
          const std::size_t passed = window.look_by(kernel.fill, text.data() + seen, count - seen, position + seen, '<',
                                                    text[wanted + distance], distance);
          ASSERT_NE(passed, 0U);
          ASSERT_EQ(window.reach(position + seen), passed);
          for (std::size_t next = window.next(position + seen); next != search_window::npos;
               next = window.next(position + seen)) {
            ASSERT_LT(next, passed);
            found.push_back(seen + next);
            window.pass();
          }
          seen += passed;
        }
        ASSERT_EQ(found, std::vector{wanted});
      }
      text[wanted] = text[wanted + distance] = '.';
    }
  }
}

// R32, R39, I-04: what has answered before looks ahead, and 64 Ki places are not enough
TEST(SearchFar, ARecordMayEndBehind64KiPlaces) {
  for (const std::string_view end : {"\r\n", "<=>", "<=======>"}) {
    ps::read_half in({.limit = 1U << 20});
    ps::readuntil until(end);
    for (const std::size_t size : far_places()) {
      SCOPED_TRACE(testing::Message() << ps::quoted(end) << " behind " << size);
      const std::string record = std::string(size, '.') + std::string(end);
      in.feed("short" + std::string(end) + record);
      ASSERT_EQ(ask(in, until), delivered("short" + std::string(end)));
      ASSERT_EQ(ask(in, until), delivered(record));
      ASSERT_EQ(ask(in, until), need_more());
    }
  }
  ps::read_half in({.limit = 1U << 20});
  ps::readline line;
  for (const std::size_t size : far_places()) {
    SCOPED_TRACE(size);
    in.feed("short\n" + std::string(size, '.') + "\n");
    ASSERT_EQ(ask(in, line), delivered("short\n"));
    ASSERT_EQ(ask(in, line), delivered(std::string(size, '.') + "\n"));
    ASSERT_EQ(ask(in, line), need_more());
  }
}

// R31, I-04: windows double from 64 bytes on, counted from where the search begins; no end lies between two of
// them, and what ends first wins, also where another one ends in the next window
TEST(SearchFar, OfSeveralSeparatorsNoEndIsMissedAroundAnyWindow) {
  const std::string longest = framed(30);
  const views all = {"|", "--", "<==>", longest};
  std::string text(140'000, '.');
  for (std::size_t window = 64; window <= 128 * 1024; window *= 2) {
    for (std::size_t end = window - 34; end != window + 40; ++end) {
      for (const std::string_view wanted : all) {
        if (end < wanted.size()) continue;
        text.replace(end - wanted.size(), wanted.size(), wanted);
        text[end + 2] = '|';
        const std::string_view seen = std::string_view(text).substr(0, end + 100);
        for (const std::size_t from : {0U, 1U, 29U}) {
          if (from >= end) continue;
          separators what = from_views(all);
          std::uint64_t examined = 0;
          ASSERT_EQ(find_first(what, seen, from, examined, 0), (search_result{true, end - wanted.size(), end}))
              << ps::quoted(wanted) << " ends at " << end << ", searched from " << from;
        }
        text.replace(end - wanted.size(), wanted.size(), wanted.size(), '.');
        text[end + 2] = '.';
      }
    }
  }
}
