// SPDX-License-Identifier: BSL-1.0
// Makes a GoogleTest case of each conformance check, for one transport: one line in a file of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>

namespace penstock_tests {

using make_ground = std::function<std::unique_ptr<penstock::testing::ground>()>;

class conformance : public ::testing::Test {
 public:
  conformance(const penstock::testing::check& c, make_ground make) : check_(c), make_(std::move(make)) {}
  void TestBody() override {
    SCOPED_TRACE(std::string(check_.rules));
    const std::unique_ptr<penstock::testing::ground> fresh = make_();
    if (!penstock::testing::possible(check_, *fresh)) GTEST_SKIP() << "the transport cannot do what is checked";
    EXPECT_EQ(penstock::testing::perform(check_, *fresh), "");
  }

 private:
  const penstock::testing::check& check_;
  make_ground make_;
};

// Call it from an initialiser: const bool registered = register_conformance("Memory", ...);
inline bool register_conformance(const char* suite, make_ground make) {
  for (const penstock::testing::check& c : penstock::testing::transport_checks()) {
    ::testing::RegisterTest(suite, std::string(c.name).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [&c, make]() -> conformance* { return new conformance(c, make); });
  }
  return true;
}

}  // namespace penstock_tests
