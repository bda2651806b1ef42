// SPDX-License-Identifier: BSL-1.0
// Runs tests with pools that pass through.
#include <gtest/gtest.h>

#include <penstock/coro/pooling.hpp>

int main(int argc, char** argv) {
  penstock::set_pooling(false);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
