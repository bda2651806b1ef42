// SPDX-License-Identifier: BSL-1.0
// Connected pairs of each kind: in memory, whole and in pieces, over TCP and Unix sockets, on epoll and on Asio.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>
#include <tests/transports/socket_ground.hpp>
#if __has_include(<penstock/asio.hpp>)
#include <tests/asio/support/asio_ground.hpp>
#endif

namespace penstock_test {

enum class ground_kind { memory, memory_in_pieces, tcp, unix_sockets, asio };

inline constexpr ground_kind all_grounds[] = {
    ground_kind::memory, ground_kind::memory_in_pieces, ground_kind::tcp, ground_kind::unix_sockets,
#if __has_include(<penstock/asio.hpp>)
    ground_kind::asio,
#endif
};

inline std::unique_ptr<penstock::testing::ground> make(ground_kind kind) {
  using namespace penstock_test;
  switch (kind) {
    case ground_kind::memory: return std::make_unique<penstock::testing::memory_ground>();
    case ground_kind::memory_in_pieces:
      return std::make_unique<penstock::testing::memory_ground>(
          penstock::memory::fault_plan{.seed = 7, .capacity = 700, .fragment_min = 1, .fragment_max = 300});
    case ground_kind::tcp: return std::make_unique<socket_ground>(&tcp_pair, penstock::testing::abilities{});
    case ground_kind::asio:
#if __has_include(<penstock/asio.hpp>)
      return std::make_unique<asio_ground>(&tcp_pair, &adopt_tcp);
#endif
    case ground_kind::unix_sockets: break;
  }
  return std::make_unique<socket_ground>(&unix_pair, penstock::testing::abilities{.reset = false, .half_close = true});
}

inline std::string name_of_ground(const ::testing::TestParamInfo<ground_kind>& info) {
  constexpr const char* names[] = {"Memory", "MemoryInPieces", "Tcp", "Unix", "Asio"};
  return names[static_cast<int>(info.param)];
}

}  // namespace penstock_test
