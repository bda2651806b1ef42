// SPDX-License-Identifier: BSL-1.0
// Forwards a port: back-pressure both ways, half-close both ways, until SIGINT or SIGTERM.
//
//   port_forwarder LISTEN_PORT HOST PORT
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include <penstock/epoll.hpp>

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

// What comes in goes out, and an end is passed on as an end. drain() waits while the other side takes
// nothing; then nothing is read here, and our peer is held back in turn. A side that fails takes the
// other one with it, by a reset: nobody mistakes a part for the whole.
ps::task<> pump(ps::stream_reader& in, ps::stream_writer& out) {
  try {
    for (;;) {
      const ps::read_outcome some = co_await in.view(ps::read_some(64 * 1024));
      if (some.status() == ps::read_status::failed) ps::throw_outcome(some);
      if (some.status() != ps::read_status::data) break;
      out.write(some.text());
      co_await out.drain();
    }
    out.write_eof();
    co_return;
  } catch (const std::system_error&) {
  }
  out.abort();
}

struct forwarder {
  std::string host;
  std::string port;

  ps::task<> operator()(ps::stream_reader in, ps::stream_writer out) const {
    ps::epoll::open_streams there = co_await ps::epoll::open_connection(
        {.host = host, .port = port, .happy_eyeballs_delay = 250ms, .connect_timeout = 10s});
    co_await ps::when_all(pump(in, there.out), pump(there.in, out));
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "usage: port_forwarder LISTEN_PORT HOST PORT\n");
    return 2;
  }
  const forwarder handler{argv[2], argv[3]};
  ps::epoll::event_loop loop;
  auto server = loop.run_until(ps::epoll::start_server(loop, handler, {.host = "127.0.0.1", .port = argv[1]}));
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", static_cast<unsigned>(server.port()));
  ps::epoll::run_until_signal(loop, {SIGINT, SIGTERM});
  loop.run_until(server.shutdown(1s));
  const ps::counters sums = loop.counters();
  std::fprintf(stderr, "%llu clients, %llu bytes received, %llu bytes sent\n",
               static_cast<unsigned long long>(sums.accepted), static_cast<unsigned long long>(sums.received),
               static_cast<unsigned long long>(sums.sent));
} catch (const std::exception& e) {
  std::fprintf(stderr, "port_forwarder: %s\n", e.what());
  return 1;
}
