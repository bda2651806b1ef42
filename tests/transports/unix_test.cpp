// SPDX-License-Identifier: BSL-1.0
// Proves that Unix connections of the epoll transport pass every conformance check but those about
// resets, which Unix sockets do not have.
#include <memory>

#include <gtest/gtest.h>

#include "conformance.hpp"
#include "socket_ground.hpp"

namespace {

using penstock::testing::abilities;
using penstock_test::socket_ground;

const bool registered = penstock_test::register_conformance("Unix", [] {
  return std::make_unique<socket_ground>(&penstock_test::unix_pair, abilities{.reset = false, .half_close = true});
});

}  // namespace
