// SPDX-License-Identifier: BSL-1.0
// Runs a script with each of its allocations refused in turn (I-30).
#pragma once

#include <algorithm>
#include <cstdint>
#include <iostream>

#include <gtest/gtest.h>

#include "support/counting_blocks.hpp"

namespace penstock_test {

// script(blocks) answers whether it ran as if nothing had been refused. Each allocation is refused
// alone and then with all after it; no block may leak, and the script must run whole on the same
// source afterwards. Answers how many allocations there are.
template <class Script>
std::uint64_t sweep(const char* name, const Script& script) {
  std::uint64_t sites = 0;
  for (const bool once : {true, false}) {
    for (std::uint64_t k = 0; !::testing::Test::HasFailure(); ++k) {
      SCOPED_TRACE(::testing::Message() << name << ": allocation " << k << (once ? " alone" : " and all after it"));
      counting_blocks blocks;
      if (once)
        blocks.fail_once(k);
      else
        blocks.fail_from(k);
      const bool whole = script(blocks);
      EXPECT_EQ(blocks.live(), 0U) << "leaked";
      const bool refused = blocks.refused() != 0;
      EXPECT_TRUE(whole || refused);
      blocks.fail_no_more();
      EXPECT_TRUE(script(blocks)) << "the next run on the same source";
      EXPECT_EQ(blocks.live(), 0U);
      if (!refused) break;
      sites = std::max(sites, k + 1);
    }
  }
  std::cout << name << ": " << sites << " allocations refused in turn\n";
  return sites;
}

}  // namespace penstock_test
