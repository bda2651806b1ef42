// SPDX-License-Identifier: BSL-1.0
// The server that the benchmarks measure: one thread, 127.0.0.1, until SIGTERM or SIGINT.
//
//   penstock-echo-server --port N [--mode line|line-owned|echo] [--limit N] [--cert FILE --key FILE]
//
// line: lines by views; line-owned: lines in a std::string that is used again; echo: whatever arrives.
// --cert and --key, PEM files: over TLS.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include <penstock/epoll.hpp>

#include "handlers.hpp"
#include "secured.hpp"

namespace ps = penstock;

namespace {

ps::epoll::event_loop* stopped_by_signal = nullptr;

struct arguments {
  std::size_t port = 0;
  std::size_t limit = 64 * 1024;
  std::string_view mode = "line";
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

ps::epoll::connection_handler handler_of(std::string_view mode) {
  if (mode == "line") return handlers::echo_lines_by_view;
  if (mode == "line-owned") return handlers::echo_lines_reused;
  if (mode == "echo") return handlers::echo_bytes;
  throw std::invalid_argument("unknown mode " + std::string(mode));
}

}  // namespace

int main(int argc, char** argv) try {
  const arguments wanted = parse(argc, argv);
  const secured::layer layer = wanted.key.empty() ? secured::layer() : secured::server(wanted.certificate, wanted.key);
  ps::epoll::event_loop loop;
  const ps::epoll::server server = loop.run_until(ps::epoll::start_server(
      loop, handler_of(wanted.mode),
      {.host = "127.0.0.1", .port = wanted.port, .limit = wanted.limit, .ssl = layer.get(), .backlog = 4096}));
  stopped_by_signal = &loop;
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stopped_by_signal->stop(); });
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", static_cast<unsigned>(server.port()));
  loop.run();
} catch (const std::exception& e) {
  std::fprintf(stderr, "penstock-echo-server: %s\n", e.what());
  return 1;
}
