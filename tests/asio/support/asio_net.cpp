// SPDX-License-Identifier: BSL-1.0
#include "asio_net.hpp"

#include <penstock/asio.hpp>

namespace penstock_test {

namespace {

ps::task<asio_server> as_ours(ps::task<ps::asio::server> starting) {
  co_return asio_server(co_await std::move(starting));
}

}  // namespace

std::vector<int> asio_server::sockets() const {
  return has_state() ? static_cast<ps::asio::detail::socket_server&>(state()).sockets() : std::vector<int>();
}
std::uint16_t asio_server::port() const {
  return has_state() ? static_cast<ps::asio::detail::socket_server&>(state()).port() : std::uint16_t{0};
}

ps::task<asio_server> asio_net::serve(ps::connection_handler handler, const server_options& options) {
  return as_ours(ps::asio::start_server(std::move(handler), options));
}
ps::task<ps::open_streams> asio_net::connect(const connection_options& options) {
  return ps::asio::open_connection(options);
}
ps::task<asio_server> asio_net::serve_at(ps::connection_handler handler, const ps::unix_server_options& options) {
  return as_ours(ps::asio::start_unix_server(std::move(handler), options));
}
ps::task<ps::open_streams> asio_net::connect_at(const ps::unix_connection_options& options) {
  return ps::asio::open_unix_connection(options);
}

}  // namespace penstock_test
