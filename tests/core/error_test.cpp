// SPDX-License-Identifier: BSL-1.0
// Proves penstock's own errors: one category, a text of its own for each, and the std::errc
// conditions that they compare equal to.
#include <penstock/error.hpp>

#include <optional>
#include <set>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

namespace ps = penstock;
using ps::errc;

namespace {

struct row {
  errc error;
  int value;
  std::optional<std::errc> condition;
};

// The numbers are part of the interface: they go through logs and C boundaries.
const row rows[] = {
    {errc::limit_overrun, 1, {}},
    {errc::incomplete_read, 2, {}},
    {errc::buffer_full, 3, std::errc::no_buffer_space},
    {errc::read_in_progress, 4, std::errc::operation_in_progress},
    {errc::write_after_eof, 5, std::errc::broken_pipe},
    {errc::not_connected, 6, std::errc::not_connected},
    {errc::empty_separator, 7, std::errc::invalid_argument},
    {errc::too_many_separators, 8, std::errc::invalid_argument},
    {errc::bad_option, 9, std::errc::invalid_argument},
    {errc::timed_out, 10, std::errc::timed_out},
    {errc::canceled, 11, std::errc::operation_canceled},
    {errc::no_memory, 12, std::errc::not_enough_memory},
    {errc::resolver_busy, 13, std::errc::resource_unavailable_try_again},
    {errc::closed, 14, {}},
};

static_assert(std::is_error_code_enum_v<errc>);
static_assert(!std::is_error_condition_enum_v<errc>);

}  // namespace

// I-23: an error_code holds errors only, so none of ours is 0, and none changes its number
TEST(Error, HasItsNumberAndItsCategory) {
  for (const row& r : rows) {
    const std::error_code ec = r.error;
    EXPECT_EQ(ec.value(), r.value);
    EXPECT_EQ(&ec.category(), &ps::category());
    EXPECT_TRUE(ec) << r.value;
    EXPECT_EQ(ec, r.error);
  }
  EXPECT_STREQ(ps::category().name(), "penstock");
}

// R44, R45: every error says something of its own
TEST(Error, HasATextOfItsOwn) {
  std::set<std::string> texts;
  for (const row& r : rows) {
    const std::string text = std::error_code(r.error).message();
    EXPECT_GT(text.size(), 5U);
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
  for (const int unknown : {0, -1, 15, 1'000'000}) {
    const std::string text = ps::category().message(unknown);
    EXPECT_NE(text.find(std::to_string(unknown)), text.npos) << text;
    EXPECT_FALSE(texts.contains(text));
  }
}

// I-23: the buffer's cap names the knobs that set it
TEST(Error, NamesTheKnobOfAFullBuffer) {
  const std::string text = std::error_code(errc::buffer_full).message();
  EXPECT_NE(text.find("max_buffered"), text.npos);
  EXPECT_NE(text.find("max_pending"), text.npos);
}

// I-32: each equals the std::errc of the same meaning and no other
TEST(Error, EqualsTheConditionOfTheSameMeaning) {
  for (const row& r : rows) {
    const std::error_code ec = r.error;
    int equal = 0;
    for (const row& other : rows)
      if (other.condition && ec == *other.condition) ++equal;
    EXPECT_EQ(equal, r.condition == std::errc::invalid_argument ? 3 : r.condition ? 1 : 0) << r.value;
    if (r.condition) {
      EXPECT_EQ(ec, *r.condition) << r.value;
    }
    EXPECT_NE(ec, std::errc::connection_reset);
  }
}
