// SPDX-License-Identifier: BSL-1.0
// Uses the Asio component as a user would: a handler of ours, a socket and a coroutine of Asio's.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <string>
#include <utility>

#include <penstock/asio.hpp>

namespace net = boost::asio;

net::awaitable<void> talk(penstock::open_streams s) {
  s.out.write("hello, asio\n");
  const std::string line = co_await penstock::asio::async_readline(s.in, net::use_awaitable);
  std::fputs(line.c_str(), stdout);
}

penstock::task<> echo(penstock::open_streams s) { s.out.write(co_await s.in.readline()); }

int main() {
  net::io_context context;
  net::local::stream_protocol::socket a(context);
  net::local::stream_protocol::socket b(context);
  net::local::connect_pair(a, b);
  net::co_spawn(context, talk(penstock::asio::adopt(std::move(a))), net::detached);
  penstock::asio::co_spawn(context, echo(penstock::asio::adopt(std::move(b))), net::detached);
  context.run();
}
