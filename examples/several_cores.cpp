// SPDX-License-Identifier: BSL-1.0
// An echo server with a loop a core on one port; says what was counted at the end.
//
//   several_cores [port [threads]]     until SIGINT or SIGTERM
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include <penstock/epoll.hpp>

#include "handlers.hpp"

namespace ps = penstock;
using namespace std::chrono_literals;

int main(int argc, char** argv) try {
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::stoul(argv[2])) : 0;
  ps::epoll::server_threads servers(handlers::echo_lines_by_view,
                                    {.host = "127.0.0.1", .port = argc > 1 ? argv[1] : "0"}, threads);
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", static_cast<unsigned>(servers.port()));
  ps::epoll::event_loop loop;  // for the signals alone: the servers have their own
  ps::epoll::run_until_signal(loop, {SIGINT, SIGTERM});
  servers.shutdown(1s);
  const ps::counters sums = servers.counters();
  std::fprintf(stderr, "%llu clients, %llu bytes received, %llu bytes sent\n",
               static_cast<unsigned long long>(sums.accepted), static_cast<unsigned long long>(sums.received),
               static_cast<unsigned long long>(sums.sent));
} catch (const std::exception& e) {
  std::fprintf(stderr, "several_cores: %s\n", e.what());
  return 1;
}
