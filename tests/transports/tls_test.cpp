// SPDX-License-Identifier: BSL-1.0
// Proves that connections under TLS pass the conformance checks in memory and over TCP and Unix sockets, on epoll
// and on Asio, upgraded by start_tls or wrapped from their beginning: a filter changes nothing that an application can
// see.
#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "conformance.hpp"
#include "tls_ground.hpp"
#if __has_include(<penstock/epoll.hpp>)
#include "socket_ground.hpp"
#endif
#if __has_include(<penstock/asio.hpp>)
#include <tests/asio/support/asio_ground.hpp>
#endif

namespace {

using namespace penstock_test;
using penstock::testing::abilities;

// Of a real clock; a virtual one stands during the handshake, and there the check holds.
constexpr exempt by_nature[] = {
    {"AnIdleStreamEnds", "the time begins with the connection, which is older than its handshake"},
};

auto in_memory(const penstock::memory::fault_plan& plan, tls_begins how, std::size_t many = 1'000'000) {
  return
      [=] { return std::make_unique<tls_ground>(std::make_unique<penstock::testing::memory_ground>(plan, many), how); };
}

const bool memory = register_conformance("MemoryTls", in_memory({}, tls_begins::with_the_connection));
const bool upgraded = register_conformance("MemoryStartTls", in_memory({}, tls_begins::by_start_tls));
const bool pieces = register_conformance(
    "MemoryTlsInPieces",
    in_memory({.seed = 1, .capacity = 5000, .fragment_min = 1, .fragment_max = 3000}, tls_begins::by_start_tls));

#if __has_include(<penstock/epoll.hpp>)
auto over(descriptors (*pair)(), abilities can) {
  return [=] {
    return std::make_unique<tls_ground>(std::make_unique<socket_ground>(pair, can), tls_begins::by_start_tls);
  };
}
const bool tcp = register_conformance("TcpStartTls", over(&tcp_pair, {}), by_nature);
const bool unix_sockets =
    register_conformance("UnixStartTls", over(&unix_pair, {.reset = false, .half_close = true}), by_nature);
#endif

#if __has_include(<penstock/asio.hpp>)
auto over_asio(descriptors (*pair)(), adopt_descriptor adopt, abilities can) {
  return [=] {
    return std::make_unique<tls_ground>(std::make_unique<asio_ground>(pair, adopt, can), tls_begins::by_start_tls);
  };
}
const bool asio_tcp = register_conformance("AsioTcpStartTls", over_asio(&tcp_pair, &adopt_tcp, {}), by_nature);
const bool asio_unix = register_conformance(
    "AsioUnixStartTls", over_asio(&unix_pair, &adopt_unix, {.reset = false, .half_close = true}), by_nature);
const bool asio_whole = register_conformance(
    "AsioTcpTls",
    [] {
      return std::make_unique<tls_ground>(std::make_unique<asio_ground>(&tcp_pair, &adopt_tcp),
                                          tls_begins::with_the_connection);
    },
    by_nature);
#endif

TEST(Exempt, AreChecksThatThereAre) {
  for (const exempt& one : by_nature) {
    const auto all = penstock::testing::transport_checks();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& c) { return c.name == one.check; })) << one.check;
  }
}

}  // namespace
