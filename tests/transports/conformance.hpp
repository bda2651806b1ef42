// SPDX-License-Identifier: BSL-1.0
// Makes a GoogleTest case of each conformance check, for one transport: one line in a file of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>

namespace penstock_test {

// A check that a transport cannot hold by its nature, and why.
struct exempt {
  std::string_view check;
  const char* reason;
};

using penstock::testing::make_ground;

class conformance : public ::testing::Test {
 public:
  conformance(const penstock::testing::check& c, make_ground make, const char* excuse)
      : check_(c), make_(std::move(make)), excuse_(excuse) {}
  void TestBody() override {
    if (excuse_ != nullptr) GTEST_SKIP() << excuse_;
    const penstock::testing::check_result result = penstock::testing::check_transport(make_, check_);
    if (result.outcome == penstock::testing::verdict::impossible) GTEST_SKIP() << "the transport cannot do it";
    EXPECT_EQ(result.text(), "");
  }

 private:
  const penstock::testing::check& check_;
  make_ground make_;
  const char* excuse_;
};

// Call it from an initialiser: const bool registered = register_conformance("Memory", ...);
inline bool register_conformance(const char* suite, make_ground make, std::span<const exempt> exempted = {}) {
  for (const penstock::testing::check& c : penstock::testing::transport_checks()) {
    const char* excuse = nullptr;
    for (const exempt& one : exempted)
      if (one.check == c.name) excuse = one.reason;
    ::testing::RegisterTest(suite, std::string(c.name).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [&c, make, excuse]() -> conformance* { return new conformance(c, make, excuse); });
  }
  return true;
}

}  // namespace penstock_test
