// SPDX-License-Identifier: BSL-1.0
// Proves that an outcome carries what its status promises and nothing else: every accessor at
// every status, and that copying one is as cheap as five words.
#include <penstock/read_outcome.hpp>

#include <climits>
#include <cstddef>
#include <limits>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <gtest/gtest.h>

#include "support/answer.hpp"

namespace ps = penstock;
using ps::read_outcome;
using ps::read_status;

static_assert(std::is_trivially_copyable_v<read_outcome>);
static_assert(sizeof(read_outcome) <= 4 * sizeof(void*));
static_assert(sizeof(read_status) == sizeof(std::size_t), "a one-byte status would stall every copy");

// R44, R45: what each status carries; what it does not carry is empty, 0 or success
TEST(ReadOutcome, AnswersEveryAccessorAtEveryStatus) {
  const std::error_code reset = std::make_error_code(std::errc::connection_reset);
  struct row {
    read_outcome out;
    read_status status;
    std::string_view text;
    std::size_t expected, consumed;
    std::error_code error;
  };
  const row rows[] = {
      {read_outcome::need_more(), read_status::need_more, "", 0, 0, {}},
      {read_outcome::data("abc"), read_status::data, "abc", 0, 0, {}},
      {read_outcome::data(""), read_status::data, "", 0, 0, {}},
      {read_outcome::eof(), read_status::eof, "", 0, 0, {}},
      {read_outcome::incomplete("ab", 5), read_status::incomplete, "ab", 5, 0, {}},
      {read_outcome::incomplete("", 0), read_status::incomplete, "", 0, 0, {}},
      {read_outcome::limit_overrun(7), read_status::limit_overrun, "", 0, 7, {}},
      {read_outcome::failed(reset), read_status::failed, "", 0, 0, reset},
      {read_outcome::failed(ps::errc::buffer_full), read_status::failed, "", 0, 0, ps::errc::buffer_full},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(name(r.status));
    EXPECT_EQ(r.out.status(), r.status);
    EXPECT_EQ(r.out.text(), r.text);
    EXPECT_EQ(r.out.expected(), r.expected);
    EXPECT_EQ(r.out.consumed(), r.consumed);
    EXPECT_EQ(r.out.error(), r.error);
  }
}

// R45
TEST(ReadOutcome, TellsAnOverrunWithASeparatorFromOneWithout) {
  EXPECT_TRUE(read_outcome::limit_overrun(7, true).separator_found());
  EXPECT_TRUE(read_outcome::limit_overrun(7, true).by_words().separator_found());
  EXPECT_EQ(read_outcome::limit_overrun(7, true).text(), "");
  EXPECT_FALSE(read_outcome::limit_overrun(7).separator_found());
  EXPECT_FALSE(read_outcome::data("abc").separator_found());
}

// R45: numbers keep all their bits
TEST(ReadOutcome, CarriesTheLargestNumbers) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(read_outcome::limit_overrun(most).consumed(), most);
  EXPECT_EQ(read_outcome::incomplete("", most).expected(), most);
  for (const int value : {INT_MAX, -1, INT_MIN}) {
    const std::error_code ec(value, std::generic_category());
    EXPECT_EQ(read_outcome::failed(ec).error(), ec) << value;
  }
}

// R44: a view, not a copy
TEST(ReadOutcome, PointsAtTheBytesThemselves) {
  constexpr std::string_view bytes = "abc";
  EXPECT_EQ(read_outcome::data(bytes).text().data(), bytes.data());
  EXPECT_EQ(read_outcome::incomplete(bytes, 9).text().data(), bytes.data());
  const read_outcome first = read_outcome::data(bytes);
  read_outcome second = read_outcome::eof();
  second = first;
  EXPECT_EQ(second.status(), read_status::data);
  EXPECT_EQ(second.text().data(), bytes.data());
}
