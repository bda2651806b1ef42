// SPDX-License-Identifier: BSL-1.0
// A user's program over sockets: what it asks for is one component, which needs others.
#include <cstdio>
#include <string>

#include <penstock/epoll.hpp>

namespace ps = penstock;

ps::task<> echo(ps::stream_reader in, ps::stream_writer out) {
  while (auto line = co_await in.next_line()) out.write(*line);
}

ps::task<std::string> hello() {
  auto server = co_await ps::epoll::start_server(echo, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port()});
  out.write("hello, streams\n");
  co_return co_await in.readline();
}

int main() { std::fputs(ps::epoll::run(hello()).c_str(), stdout); }
