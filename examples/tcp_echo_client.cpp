// SPDX-License-Identifier: BSL-1.0
// asyncio's TCP echo client, line by line.
//
//   tcp_echo_client [port]     8888 unless told, of 127.0.0.1
#include <iostream>
#include <string>

#include <penstock/epoll.hpp>

namespace ps = penstock;

ps::task<> tcp_echo_client(std::string message, std::string port) {
  auto [reader, writer] = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = port});

  std::cout << "Send: '" << message << "'\n";
  writer.write(message);
  co_await writer.drain();

  std::string data = co_await reader.read(100);
  std::cout << "Received: '" << data << "'\n";

  std::cout << "Close the connection\n";
  writer.close();
  co_await writer.wait_closed();
}

int main(int argc, char** argv) try {
  ps::epoll::run(tcp_echo_client("Hello World!", argc > 1 ? argv[1] : "8888"));
} catch (const std::exception& e) {
  std::cerr << "tcp_echo_client: " << e.what() << '\n';
  return 1;
}
