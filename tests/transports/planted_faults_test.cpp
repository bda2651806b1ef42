// SPDX-License-Identifier: BSL-1.0
// Proves that the checks of the kit see what their names say: a copy of the memory transport passes them
// all, and with each of the planted faults awake the check that is named beside it is broken.
//   --all prints every check that each fault breaks (a minute)
#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>

#include "planted.hpp"
// Written by planted_faults.py.
#include "faults.hpp"

namespace {

namespace ps = penstock;
using namespace ps::testing;  // NOLINT: the kit's own words

const make_ground grounds = [] { return std::make_unique<memory_ground>(); };

class Planted : public testing::Test {
 protected:
  ~Planted() override { penstock_test::awake = {}; }
};

TEST_F(Planted, NothingIsWrongWhileTheFaultsSleep) {
  const transport_report report = check_transport(grounds);
  EXPECT_TRUE(report.passed()) << report.text();
}

TEST_F(Planted, EachFaultIsCaughtByTheCheckBesideIt) {
  ASSERT_GE(std::size(planted_faults), 25u);
  for (const penstock_test::planted_fault& fault : planted_faults) {
    SCOPED_TRACE(std::string(fault.what));
    const auto all = transport_checks();
    const auto found = std::find_if(all.begin(), all.end(), [&](const check& c) { return c.name == fault.check; });
    ASSERT_NE(found, all.end()) << "no check " << fault.check;
    penstock_test::awake = fault.what;
    EXPECT_TRUE(check_transport(grounds, *found).outcome == verdict::broken) << fault.check << " holds";
  }
}

void print_all() {
  for (const penstock_test::planted_fault& fault : planted_faults) {
    penstock_test::awake = fault.what;
    std::printf("%s:", std::string(fault.what).c_str());
    for (const check& one : transport_checks()) {
      if (check_transport(grounds, one).outcome == verdict::broken) std::printf(" %s", std::string(one.name).c_str());
      std::fflush(stdout);
    }
    std::puts("");
  }
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc == 2 && std::string_view(argv[1]) == "--all") return print_all(), 0;
  return RUN_ALL_TESTS();
}
