// SPDX-License-Identifier: BSL-1.0
// An existing Asio program: answers each line with its length and the line. Its port to streams is
// asio_echo_after.cpp; docs/from-asio.md goes through what differs.
//
//   asio_echo_before PORT
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
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace net = boost::asio;
using net::use_awaitable;
using net::ip::tcp;

net::awaitable<void> session(tcp::socket socket) {
  try {
    std::string buffer;
    for (;;) {
      const std::size_t n =
          co_await net::async_read_until(socket, net::dynamic_buffer(buffer, 1024), '\n', use_awaitable);
      const std::string line = buffer.substr(0, n);
      buffer.erase(0, n);
      const std::string answer = std::to_string(n) + ' ' + line;
      co_await net::async_write(socket, net::buffer(answer), use_awaitable);
    }
  } catch (const boost::system::system_error&) {  // the end of the connection
  }
}

net::awaitable<void> serve(tcp::acceptor& acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    net::co_spawn(acceptor.get_executor(), session(std::move(socket)), net::detached);
  }
}

int main(int argc, char** argv) {
  const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 0);
  net::io_context context(1);
  tcp::acceptor acceptor(context, {net::ip::address_v4::loopback(), port});
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  net::co_spawn(context, serve(acceptor), net::detached);
  net::signal_set end(context, SIGINT, SIGTERM);
  end.async_wait([&](auto, int) { context.stop(); });
  context.run();
}
