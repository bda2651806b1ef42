// SPDX-License-Identifier: BSL-1.0
// Proves that connections of the Asio transport pass every conformance check, over TCP and Unix sockets.
#include <memory>

#include <gtest/gtest.h>

#include "asio_ground.hpp"
#include "conformance.hpp"

namespace {

using penstock::testing::abilities;
using penstock_tests::asio_ground;

const bool tcp = penstock_tests::register_conformance(
    "AsioTcp", [] { return std::make_unique<asio_ground>(&penstock_tests::tcp_pair, &penstock_tests::adopt_tcp); });
const bool local = penstock_tests::register_conformance("AsioUnix", [] {
  return std::make_unique<asio_ground>(&penstock_tests::unix_pair, &penstock_tests::adopt_unix,
                                       abilities{.reset = false, .half_close = true});
});

}  // namespace
