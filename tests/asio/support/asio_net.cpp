// SPDX-License-Identifier: BSL-1.0
#include "asio_net.hpp"

#include <penstock/asio.hpp>

namespace penstock_test {

ps::task<ps::server> asio_net::serve(ps::connection_handler handler, const server_options& options) {
  return ps::asio::start_server(std::move(handler), options);
}
ps::task<ps::open_streams> asio_net::connect(const connection_options& options) {
  return ps::asio::open_connection(options);
}
ps::task<ps::server> asio_net::serve_at(ps::connection_handler handler, const ps::unix_server_options& options) {
  return ps::asio::start_unix_server(std::move(handler), options);
}
ps::task<ps::open_streams> asio_net::connect_at(const ps::unix_connection_options& options) {
  return ps::asio::open_unix_connection(options);
}

}  // namespace penstock_test
