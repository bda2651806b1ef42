// SPDX-License-Identifier: BSL-1.0
// The same server as its users write it with Boost.Asio: a coroutine a connection, async_read_until
// on a dynamic string buffer, async_write. A line of more than --limit bytes ends its connection.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "command_line.hpp"

namespace {

namespace net = boost::asio;
using net::use_awaitable;
using net::ip::tcp;

net::awaitable<void> echo_lines(tcp::socket socket, std::size_t limit) {
  std::string buffer;
  for (;;) {
    const std::size_t n =
        co_await net::async_read_until(socket, net::dynamic_buffer(buffer, limit), '\n', use_awaitable);
    co_await net::async_write(socket, net::buffer(buffer.data(), n), use_awaitable);
    buffer.erase(0, n);
  }
}

net::awaitable<void> echo_bytes(tcp::socket socket) {
  std::vector<char> buffer(64 * 1024);
  for (;;) {
    const std::size_t n = co_await socket.async_read_some(net::buffer(buffer), use_awaitable);
    co_await net::async_write(socket, net::buffer(buffer.data(), n), use_awaitable);
  }
}

// The end of a stream is an exception, and it ends the connection's coroutine alone.
net::awaitable<void> serve(tcp::acceptor acceptor, const bench::server_options options) {
  const auto executor = acceptor.get_executor();
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    if (options.lines)
      net::co_spawn(executor, echo_lines(std::move(socket), options.limit), net::detached);
    else
      net::co_spawn(executor, echo_bytes(std::move(socket)), net::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::server_options options = bench::parse_server_options(argc, argv);
  net::io_context loop(1);
  net::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });

  tcp::acceptor acceptor(loop);
  acceptor.open(tcp::v4());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.set_option(tcp::no_delay(true));  // clients inherit it
  acceptor.bind({net::ip::address_v4::loopback(), options.port});
  acceptor.listen(bench::backlog);
  bench::say_listening(acceptor.local_endpoint().port());
  net::co_spawn(loop, serve(std::move(acceptor), options), net::detached);
  loop.run();
}
