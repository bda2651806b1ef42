// SPDX-License-Identifier: BSL-1.0
// What the transports have in common for who connects and serves: one test text for all.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>
#include <penstock/memory.hpp>

#include "serving/record.hpp"

#if __has_include(<penstock/asio.hpp>)
#include <tests/asio/support/asio_net.hpp>
#endif

namespace penstock_test {

namespace ps = penstock;

struct memory_net {
  using loop_type = ps::memory::event_loop;
  using server = ps::memory::server;
  using server_options = ps::memory::server_options;
  using connection_options = ps::memory::connection_options;
  static constexpr const char* name = "memory";
  static constexpr bool has_sockets = false;
  static constexpr const char* host = "here";
  static auto serve(ps::connection_handler handler, const server_options& options) {
    return ps::memory::start_server(std::move(handler), options);
  }
  static auto connect(const connection_options& options) { return ps::memory::open_connection(options); }
  static auto serve_at(ps::connection_handler handler, const ps::unix_server_options& options) {
    return ps::memory::start_unix_server(std::move(handler), options);
  }
  static auto connect_at(const ps::unix_connection_options& options) {
    return ps::memory::open_unix_connection(options);
  }
};

struct epoll_net {
  using loop_type = ps::epoll::event_loop;
  using server = ps::epoll::server;
  using server_options = ps::epoll::server_options;
  using connection_options = ps::epoll::connection_options;
  static constexpr const char* name = "epoll";
  static constexpr bool has_sockets = true;
  static constexpr const char* host = "127.0.0.1";
  static auto serve(ps::connection_handler handler, const server_options& options) {
    return ps::epoll::start_server(std::move(handler), options);
  }
  static auto connect(const connection_options& options) { return ps::epoll::open_connection(options); }
  static auto serve_at(ps::connection_handler handler, const ps::unix_server_options& options) {
    return ps::epoll::start_unix_server(std::move(handler), options);
  }
  static auto connect_at(const ps::unix_connection_options& options) {
    return ps::epoll::open_unix_connection(options);
  }
};

#if __has_include(<penstock/asio.hpp>)
using nets = testing::Types<memory_net, epoll_net, asio_net>;
using socket_nets = testing::Types<epoll_net, asio_net>;
#else
using nets = testing::Types<memory_net, epoll_net>;
using socket_nets = testing::Types<epoll_net>;
#endif

struct net_names {
  template <class Net>
  static std::string GetName(int) {
    return Net::name;
  }
};

}  // namespace penstock_test
