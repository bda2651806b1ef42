// SPDX-License-Identifier: BSL-1.0
// Proves what describe() and the names of enumerators say (R13 and R61 as mended): only what is not
// as it was at the start, in a fixed order, with bytes escaped.
#include <penstock/describe.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/read_operations.hpp>
#include <penstock/wire.hpp>

#include "support/answer.hpp"

namespace ps = penstock;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

// The names of the enumerators 0 to count - 1 differ and are none of the next one's.
template <class Enum>
void expect_names(std::size_t count) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(names.insert(name(static_cast<Enum>(i))).second) << i;
  EXPECT_FALSE(names.contains(name(static_cast<Enum>(count))));
  EXPECT_FALSE(names.contains(""));
}

}  // namespace

// R13: nothing but the name for a half at rest
TEST(Describe, SaysNothingAboutDefaults) {
  EXPECT_EQ(describe(ps::read_half()), "<read_half>");
  EXPECT_EQ(describe(ps::write_half()), "<write_half>");
}

// R13: bytes, limit, end, error, pause, in this order
TEST(Describe, SaysHowAReadHalfIs) {
  ps::read_half in({.limit = 2, .max_buffered = 5});
  EXPECT_EQ(describe(in), "<read_half limit=2>");
  in.feed("abc");
  EXPECT_EQ(describe(in), "<read_half buffered=3 limit=2>");
  in.feed("de");
  EXPECT_EQ(describe(in), "<read_half buffered=5 limit=2 paused full>");
  in.feed_eof();
  EXPECT_EQ(describe(in), "<read_half buffered=5 limit=2 eof paused full>");
  static_cast<void>(in.consume(5));
  EXPECT_EQ(describe(in), "<read_half limit=2 at_eof>");
}

// R13: the error by category, number and text; the state in which the next readline skips
TEST(Describe, SaysWhatWentWrong) {
  ps::read_half in({.limit = 2});
  in.feed("abc");
  ps::readline op;
  static_cast<void>(in.poll(op));
  EXPECT_TRUE(contains(describe(in), "skipping_line")) << describe(in);
  in.fail(ps::errc::timed_out);
  EXPECT_TRUE(contains(describe(in), "error=penstock:10 (the deadline passed)")) << describe(in);
  EXPECT_FALSE(contains(describe(in), "eof")) << describe(in);
}

// R61: what is not sent yet, and how writing ended
TEST(Describe, SaysHowAWriteHalfIs) {
  ps::write_half out({.high = 4, .low = 2});
  EXPECT_FALSE(out.write("abc"));
  EXPECT_EQ(describe(out), "<write_half pending=3>");
  EXPECT_FALSE(out.write("de"));
  EXPECT_EQ(describe(out), "<write_half pending=5 full>");
  EXPECT_FALSE(out.write_eof());
  EXPECT_EQ(describe(out), "<write_half pending=5 full ending>");
  out.drop();
  EXPECT_EQ(describe(out), "<write_half ending bytes_lost>");
}

// R61: a connection says its state and both halves
TEST(Describe, SaysHowAConnectionIs) {
  ps::connection c;
  EXPECT_EQ(describe(c), "<connection open <read_half> <write_half>>");
  EXPECT_FALSE(c.write("abc"));
  c.close();
  EXPECT_EQ(describe(c), "<connection closing <read_half> <write_half pending=3>>");
}

// R44, R45: an outcome says its fields, bytes escaped
TEST(Describe, SaysAnOutcome) {
  using ps::read_outcome;
  EXPECT_EQ(describe(read_outcome::need_more()), "<need_more>");
  EXPECT_EQ(describe(read_outcome::eof()), "<eof>");
  EXPECT_EQ(describe(read_outcome::data("ab\r\n")), "<data \"ab\\r\\n\">");
  EXPECT_EQ(describe(read_outcome::incomplete("a", 7)), "<incomplete \"a\" expected=7>");
  EXPECT_EQ(describe(read_outcome::limit_overrun(12)), "<limit_overrun consumed=12>");
  EXPECT_EQ(describe(read_outcome::failed(ps::errc::closed)), "<failed error=penstock:14 (already closed)>");
}

// R13: a test's failure shows the outcome, not an address
TEST(Describe, IsWhatTestsPrint) {
  EXPECT_EQ(::testing::PrintToString(ps::read_outcome::data("\n")), "<data \"\\n\">");
  EXPECT_EQ(::testing::PrintToString(penstock_test::incomplete("a", 7)), "<incomplete \"a\" expected=7>");
  EXPECT_EQ(::testing::PrintToString(ps::read_status::limit_overrun), "limit_overrun");
}

// R13: quoted bytes are printable ASCII and say which bytes they were
TEST(Describe, QuotesEveryByteInItsOwnWay) {
  EXPECT_EQ(ps::quoted(""), "\"\"");
  EXPECT_EQ(ps::quoted("ab \t\r\n\"\\"), "\"ab \\t\\r\\n\\\"\\\\\"");
  EXPECT_EQ(ps::quoted(std::string_view("\0\x01\x1f\x7f\x80\xff", 6)), "\"\\x00\\x01\\x1f\\x7f\\x80\\xff\"");
  std::set<std::string> all;
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const std::string text = ps::quoted({&byte, 1});
    EXPECT_TRUE(all.insert(text).second) << value;
    for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~') << value;
  }
}

// I-22: every enumerator has a name of its own
TEST(Describe, NamesEveryEnumerator) {
  expect_names<ps::read_status>(6);
  expect_names<ps::write_step>(3);
  expect_names<ps::wire_step>(4);
  expect_names<ps::connection_state>(7);
  expect_names<ps::connection_event>(5);
  expect_names<ps::deadline_kind>(6);
}

// A deadline that has passed is named as the option that sets it
TEST(Describe, NamesADeadlineAsItsOptionIs) {
  EXPECT_EQ(name(ps::deadline_kind::none), "none");
  EXPECT_EQ(name(ps::deadline_kind::close_flush), "close_flush");
  EXPECT_EQ(name(ps::deadline_kind::idle), "idle");
  EXPECT_EQ(name(ps::deadline_kind::first_byte), "first_byte");
  EXPECT_EQ(name(ps::deadline_kind::whole_message), "whole_message");
  EXPECT_EQ(name(ps::deadline_kind::rate), "rate");
}
