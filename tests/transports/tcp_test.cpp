// SPDX-License-Identifier: BSL-1.0
// Proves that TCP connections of the epoll transport pass every conformance check; the raw peer is a
// socket in the same thread, so that data and FIN, or data and reset, come in one edge.
#include <memory>

#include <gtest/gtest.h>

#include "conformance.hpp"
#include "socket_ground.hpp"

namespace {

using penstock_test::socket_ground;

const bool registered = penstock_test::register_conformance(
    "Tcp", [] { return std::make_unique<socket_ground>(&penstock_test::tcp_pair, penstock::testing::abilities{}); });

}  // namespace
