// SPDX-License-Identifier: BSL-1.0
// Proves what options take for a port and for hosts: a number that is none is never taken for "no port" (R98).
#include <penstock/coro/names.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace ps = penstock;

namespace {

void expect_out_of_range(ps::port_name port) {
  EXPECT_TRUE(port.given());
  EXPECT_TRUE(port.out_of_range());
}

}  // namespace

TEST(PortName, IsANumberAServiceOrNone) {
  const ps::port_name none;
  EXPECT_FALSE(none.given());
  EXPECT_FALSE(none.out_of_range());
  EXPECT_EQ(none.text(), "");
  EXPECT_EQ(none.number(), -1);
  for (const ps::port_name port : {ps::port_name(0), ps::port_name("0")}) {
    EXPECT_TRUE(port.given());
    EXPECT_FALSE(port.out_of_range());
    EXPECT_EQ(port.text(), "0");
    EXPECT_EQ(port.number(), 0);
  }
  const ps::port_name last = std::uint16_t{65535};
  EXPECT_FALSE(last.out_of_range());
  EXPECT_EQ(last.text(), "65535");
  const ps::port_name service = "https";
  EXPECT_TRUE(service.given());
  EXPECT_FALSE(service.out_of_range());
  EXPECT_EQ(service.text(), "https");
  EXPECT_EQ(service.number(), -1);
}

// What std::stoul makes of "-1" is the largest number there is.
TEST(PortName, ThatIsNoPortIsNotForgotten) {
  expect_out_of_range(-1);
  expect_out_of_range(-2);
  expect_out_of_range(65536);
  expect_out_of_range(std::numeric_limits<std::int64_t>::min());
  expect_out_of_range(std::numeric_limits<std::int64_t>::max());
  expect_out_of_range(std::numeric_limits<std::size_t>::max());
  expect_out_of_range(std::numeric_limits<std::uint64_t>::max());
  expect_out_of_range("65536");
}

TEST(HostNames, AreOneSeveralOrNone) {
  EXPECT_EQ(ps::host_names().size(), 0U);
  const ps::host_names one = "localhost";
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0], "localhost");
  const std::vector<std::string_view> names{"a", "b"};
  const ps::host_names several = names;
  ASSERT_EQ(several.size(), 2U);
  EXPECT_EQ(several[1], "b");
}
