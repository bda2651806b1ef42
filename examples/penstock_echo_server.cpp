// SPDX-License-Identifier: BSL-1.0
// The server that the benchmarks measure: one thread, 127.0.0.1, until SIGTERM or SIGINT.
//
//   penstock-echo-server --port N [--mode line|line-owned|echo] [--limit N] [--adapter epoll|asio]
//                        [--cert FILE --key FILE]
//
// line: lines by views; line-owned: lines in a std::string that is used again; echo: whatever arrives.
// --cert and --key, PEM files: over TLS.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "echo_adapters.hpp"
#include "handlers.hpp"
#include "secured.hpp"

namespace ps = penstock;

namespace {

struct arguments : echo_options {
  std::string_view mode = "line";
  std::string_view adapter = "epoll";
  std::string certificate, key;  // of TLS; empty: none
};

arguments parse(int argc, char** argv) {
  arguments parsed;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--port")
      parsed.port = std::stoul(argv[i + 1]);
    else if (name == "--limit")
      parsed.limit = std::stoul(argv[i + 1]);
    else if (name == "--mode")
      parsed.mode = argv[i + 1];
    else if (name == "--adapter")
      parsed.adapter = argv[i + 1];
    else if (name == "--cert")
      parsed.certificate = argv[i + 1];
    else if (name == "--key")
      parsed.key = argv[i + 1];
    else
      throw std::invalid_argument("unknown option " + std::string(name));
  }
  if (argc % 2 == 0) throw std::invalid_argument("an option without its value");
  if (parsed.certificate.empty() != parsed.key.empty()) throw std::invalid_argument("--cert and --key go together");
  return parsed;
}

ps::connection_handler handler_of(std::string_view mode) {
  if (mode == "line") return handlers::echo_lines_by_view;
  if (mode == "line-owned") return handlers::echo_lines_reused;
  if (mode == "echo") return handlers::echo_bytes;
  throw std::invalid_argument("unknown mode " + std::string(mode));
}

}  // namespace

int main(int argc, char** argv) try {
  arguments wanted = parse(argc, argv);
  const secured::layer layer = wanted.key.empty() ? secured::layer() : secured::server(wanted.certificate, wanted.key);
  wanted.ssl = layer.get();
  if (wanted.adapter == "epoll")
    serve_on_epoll(handler_of(wanted.mode), wanted);
  else if (wanted.adapter == "asio")
    serve_on_asio(handler_of(wanted.mode), wanted);
  else
    throw std::invalid_argument("unknown adapter " + std::string(wanted.adapter));
} catch (const std::exception& e) {
  std::fprintf(stderr, "penstock-echo-server: %s\n", e.what());
  return 1;
}
