// SPDX-License-Identifier: BSL-1.0
// An Asio program on streams: answers each line with its length and the line. What it was is
// asio_echo_before.cpp; docs/from-asio.md goes through what differs.
//
//   asio_echo_after PORT
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include <penstock/asio.hpp>

namespace ps = penstock;
namespace net = boost::asio;
using net::use_awaitable;
using net::ip::tcp;

net::awaitable<void> session(tcp::socket socket) {
  try {
    auto [in, out] = ps::asio::adopt(std::move(socket), {.reading = {.limit = 1024}});
    for (;;) {
      const std::string line = co_await ps::asio::async_readline(in, use_awaitable);
      const std::string answer = std::to_string(line.size()) + ' ' + line;
      out.write(answer);
      co_await ps::asio::async_drain(out, use_awaitable);
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
