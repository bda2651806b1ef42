// SPDX-License-Identifier: BSL-1.0
// Proves that a plan survives each of its forms, that any bytes are a plan, and that a message alone is a
// seed; by a plan of everything and by random bytes.
#include <string>

#include <gtest/gtest.h>

#include <penstock/testing/generators.hpp>
#include <penstock/testing/plan.hpp>
#include <penstock/testing/script.hpp>

namespace {

using namespace penstock::testing;  // NOLINT: a test speaks the kit's language
using penstock::duration;

plan of_everything() {
  plan p;
  p.bytes = std::string("GET a\r\n\0\xf9", 9);
  p.second = "+OK\r\n";
  p.pieces = {{1, {}}, {3, duration::nanoseconds(5'000'000'000)}, {2, {}}};
  p.stops = {{4, false}, {0, true}};
  p.end_after = 1;
  p.reset_after = 200;
  p.stall_after = 0;
  p.receive_error_at = 3;
  p.send_error_at = 300'000;
  p.flood = 70'000;
  p.flood_tail = 2;
  p.way_back = 3;
  return p;
}

TEST(Plan, SurvivesItsTextAndItsSeed) {
  const plan p = of_everything();
  EXPECT_EQ(plan(p.text()), p) << p.text();
  EXPECT_EQ(plan(p.seed()), p);
  EXPECT_TRUE(p.seed().starts_with(p.bytes + p.second)) << "a seed begins with its message";
}

TEST(Plan, SurvivesHoweverLongItIs) {
  plan many = plan::byte_by_byte("abc");
  many.stops.assign(100, penstock::testing::stop{1, false});
  many.flood = 64 * 1024 * 1024;
  many.pieces[1].before = duration::nanoseconds(72ll * 3600 * 1'000'000'000);
  EXPECT_EQ(plan(many.text()), many);
  EXPECT_EQ(plan(many.seed()), many);
  for (const std::size_t size : {6000u, 70'000u}) {
    const plan p = plan::byte_by_byte(std::string(size, 'a'));
    EXPECT_TRUE(plan(p.text()) == p) << size;
    EXPECT_TRUE(plan(p.seed()) == p) << size;
  }
}

TEST(Plan, IsTheSameInTheBinaryFormOfItsText) {
  for (const std::string_view message : {"ab\xf9", "\xf9", "\xf9 ab \xf9"}) {
    const plan p = plan::cut(message, {1});
    std::string problem;
    const std::string binary = compile(p.text(), problem).value();
    EXPECT_EQ(plan(binary).text(), plan(p.text()).text());
    EXPECT_EQ(plan(p.seed()), plan(p.text()));
  }
}

TEST(Plan, OfAMessageAloneIsTheMessage) {
  for (const std::string_view message : {"", "GET / HTTP/1.1\r\n", "a", "\n\n"}) {
    plan p;
    p.bytes = message;
    EXPECT_EQ(p.seed(), message);
    EXPECT_EQ(plan(message), p);
  }
}

TEST(Plan, OfAMessageThatEndsLikeASeedStaysApart) {
  plan p;
  p.bytes = "ab\xf9";
  EXPECT_NE(p.seed(), p.bytes);
  EXPECT_EQ(plan(p.seed()), p);
}

// A message may be, or look like, a script itself.
TEST(Plan, OfAMessageThatBeginsLikeAScriptStaysApart) {
  for (const std::string_view message :
       {"penstock script 1\n#x", "penstock script 1\nfeed \"x\"\n", "penstock script 2 is what I say\n", "\xf9 abc"}) {
    for (const std::uint64_t stall : {plan::not_at_all, std::uint64_t{2}}) {
      plan p;
      p.bytes = message;
      p.stall_after = stall;
      std::string problem;
      EXPECT_EQ(plan(p.seed(), problem), p) << message;
      EXPECT_EQ(problem, "");
      EXPECT_EQ(plan(p.text()), p) << message;
    }
  }
}

TEST(Plan, IsMadeOfAnyBytesAndMadeAgainOfItsForms) {
  random_numbers numbers(1);
  byte_source bytes(2);
  for (int i = 0; i != 20'000; ++i) {
    std::string any = bytes.next(numbers.between(0, 40));
    if (i % 2 == 0) any.append(1, static_cast<char>(numbers.between(0, 30))).append("\0\xf9", 2);
    if (i % 5 == 0) any.insert(0, "\xf9");
    const plan p(any);
    ASSERT_EQ(plan(p.text()), p) << p.text();
    ASSERT_EQ(plan(p.seed()), p) << p.text();
  }
}

TEST(Plan, CutsAtThePlacesThatItIsGiven) {
  EXPECT_EQ(plan::cut("abcd", {1, 3}).text(), "penstock script 1\nfeed \"a\"\nfeed \"bc\"\nfeed \"d\"\nfeed_eof\n");
  EXPECT_EQ(plan::byte_by_byte("ab").text(), "penstock script 1\nfeed \"a\"\nfeed \"b\"\nfeed_eof\n");
  EXPECT_EQ(plan::byte_by_byte("").text(), "penstock script 1\nfeed_eof\n");
}

}  // namespace
