// SPDX-License-Identifier: BSL-1.0
// Asio as a net. Who includes it compiles nothing of Asio.
#pragma once

#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>

#include <tests/asio/support/asio_loop.hpp>

namespace penstock_test {

namespace ps = penstock;

struct asio_net {
  using loop_type = asio_loop;
  using server = ps::server;
  using server_options = ps::tcp_server_options<ps::no_resolver>;
  using connection_options = ps::tcp_connection_options<ps::no_resolver>;
  static constexpr const char* name = "asio";
  static constexpr bool has_sockets = true;
  static constexpr const char* host = "127.0.0.1";
  static ps::task<server> serve(ps::connection_handler handler, const server_options& options);
  static ps::task<ps::open_streams> connect(const connection_options& options);
  static ps::task<server> serve_at(ps::connection_handler handler, const ps::unix_server_options& options);
  static ps::task<ps::open_streams> connect_at(const ps::unix_connection_options& options);
};

}  // namespace penstock_test
