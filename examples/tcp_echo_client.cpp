// SPDX-License-Identifier: BSL-1.0
// asyncio's TCP echo client, step by step; over TLS where it is told to. Its message is no line: the server echoes
// bytes.
//
//   tcp_echo_client [PORT] [--host NAME] [--tls] [--ca FILE] [--name NAME]
//
// 8888 of 127.0.0.1 unless told. --tls believes the system's authorities, or those of --ca alone; --name is
// whose certificate is expected, if it is not the host's.
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <penstock/epoll.hpp>

#include "secured.hpp"

namespace ps = penstock;

struct arguments {
  std::string host = "127.0.0.1";
  std::string port = "8888";
  bool tls = false;
  std::string authorities;
  std::optional<std::string_view> name;
};

arguments parse(int argc, char** argv) {
  arguments parsed;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--tls") {
      parsed.tls = true;
      continue;
    }
    if (!word.starts_with("--")) {
      parsed.port = word;
      continue;
    }
    if (++i == argc) throw std::invalid_argument(std::string(word) + " without its value");
    if (word == "--host")
      parsed.host = argv[i];
    else if (word == "--ca")
      parsed.authorities = argv[i];
    else if (word == "--name")
      parsed.name = argv[i];
    else
      throw std::invalid_argument("unknown option " + std::string(word));
  }
  if (!parsed.tls && (parsed.name || !parsed.authorities.empty())) throw std::invalid_argument("only with --tls");
  return parsed;
}

ps::task<> tcp_echo_client(std::string message, const arguments& to, const ps::filter* layer) {
  auto [reader, writer] =
      co_await ps::epoll::open_connection({.host = to.host, .port = to.port, .ssl = layer, .server_hostname = to.name});

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
  const arguments to = parse(argc, argv);
  const secured::layer layer = to.tls ? secured::client(to.authorities) : secured::layer();
  ps::epoll::run(tcp_echo_client("Hello World!", to, layer.get()));
} catch (const std::exception& e) {
  std::cerr << "tcp_echo_client: " << e.what() << '\n';
  return 1;
}
