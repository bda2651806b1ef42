// SPDX-License-Identifier: BSL-1.0
// Proves that connections of the Asio transport pass every conformance check, over TCP and Unix sockets, and that no
// wait that is given up costs a byte there (I-25).
#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include <tests/asio/support/asio_ground.hpp>
#include "conformance.hpp"
#include "scenarios.hpp"

namespace {

using penstock::testing::abilities;
using penstock_test::asio_ground;

const bool tcp = penstock_test::register_conformance(
    "AsioTcp", [] { return std::make_unique<asio_ground>(&penstock_test::tcp_pair, &penstock_test::adopt_tcp); });
const bool local = penstock_test::register_conformance("AsioUnix", [] {
  return std::make_unique<asio_ground>(&penstock_test::unix_pair, &penstock_test::adopt_unix,
                                       abilities{.reset = false, .half_close = true});
});

void expect_nothing_lost(const std::function<std::unique_ptr<penstock::testing::ground>()>& make) {
  for (const penstock::testing::scenario& what : penstock_test::scenarios::all) {
    const auto found = penstock::testing::explore(what, make, {.longest_after = 2, .random_runs = 10});
    EXPECT_EQ(found.difference, "");
    EXPECT_GT(found.given_up, found.waits) << what.name;
  }
}

TEST(CancelExplorerOverAsio, EveryWaitOverTcp) {
  expect_nothing_lost(
      [] { return std::make_unique<asio_ground>(&penstock_test::tcp_pair, &penstock_test::adopt_tcp); });
}

TEST(CancelExplorerOverAsio, EveryWaitOverUnixSockets) {
  expect_nothing_lost([] {
    return std::make_unique<asio_ground>(&penstock_test::unix_pair, &penstock_test::adopt_unix,
                                         abilities{.reset = false, .half_close = true});
  });
}

}  // namespace
