// SPDX-License-Identifier: BSL-1.0
// One handler over memory, TCP and a Unix socket, and over TLS on them; and what a limit, a slow reader
// and a cancelled read do to it.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

#include <penstock/epoll.hpp>
#include <penstock/memory.hpp>

#if __has_include(<penstock/tls.hpp>)
#include <penstock/testing/certificates.hpp>
#include <penstock/tls.hpp>
#endif

#include "handlers.hpp"

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

void say(const std::string& text) { std::printf("    %s\n", text.c_str()); }
void chapter(const char* text) { std::printf("\n%s\n", text); }
void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("not as expected: ") + what);
}

// The other side of the handler, over whatever transport.
ps::task<> talk(std::string over, ps::stream_reader in, ps::stream_writer out) {
  out.write("one\ntwo\n");
  std::string seen = co_await in.readline();
  seen += co_await in.readline();
  out.write("three, without an end");
  out.write_eof();
  seen += co_await in.read();
  require(seen == "one\ntwo\nthree, without an end", "the answer");
  out.close();
  co_await out.wait_closed();
  say(over + ": three lines came back, the last one without its end");
}

void over_memory() {
  ps::memory::event_loop loop;
  const ps::memory::fault_plan byte_by_byte = {.fragment_min = 1, .fragment_max = 1};
  auto [client, server] = ps::memory::duplex(loop, {.to_second = byte_by_byte, .to_first = byte_by_byte});
  ps::spawn(loop, handlers::echo_lines(std::move(server.in), std::move(server.out)));
  loop.run_until(talk("memory, byte by byte", std::move(client.in), std::move(client.out)));
}

ps::task<> over_sockets() {
  auto server = co_await ps::epoll::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
  auto tcp = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port()});
  co_await talk("TCP, port " + std::to_string(server.port()), std::move(tcp.in), std::move(tcp.out));

  const std::string path = "/tmp/penstock-demo-" + std::to_string(getpid());
  auto local = co_await ps::epoll::start_unix_server(handlers::echo_lines, {.path = path});
  auto there = co_await ps::epoll::open_unix_connection({.path = path});
  co_await talk("a Unix socket", std::move(there.in), std::move(there.out));
}

#if __has_include(<penstock/tls.hpp>)

// A certificate for localhost, and the only authority that vouches for it.
struct secrets {
  secrets() {
    const auto root = ps::testing::issue({.common_name = "the root", .authority = true});
    const auto own = ps::testing::issue({.names = {"DNS:localhost"}}, &root);
    std::error_code ec;
    server = ps::tls::context::server().certificate(own.certificate.get()).private_key(own.key.get()).build(ec);
    if (!ec) client = ps::tls::context::client().trust(root.certificate.get()).build(ec);
    if (ec) throw std::system_error(ec, "TLS");
  }
  ps::tls::context server, client;
};

void tls_over_memory(const secrets& held) {
  ps::memory::event_loop loop;
  const ps::memory::fault_plan byte_by_byte = {.fragment_min = 1, .fragment_max = 1};
  auto [client, server] =
      ps::memory::duplex(loop, {.first = {.layer = &held.client, .layering = {.server_hostname = "localhost"}},
                                .second = {.layer = &held.server, .layering = {.server = true}},
                                .to_second = byte_by_byte,
                                .to_first = byte_by_byte});
  ps::spawn(loop, handlers::echo_lines(std::move(server.in), std::move(server.out)));
  loop.run_until(talk("memory, byte by byte", std::move(client.in), std::move(client.out)));
}

ps::task<> tls_over_tcp(const secrets& held) {
  auto server =
      co_await ps::epoll::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0, .ssl = &held.server});
  auto to = [&](std::string_view name) {
    return ps::epoll::open_connection(
        {.host = "127.0.0.1", .port = server.port(), .ssl = &held.client, .server_hostname = name});
  };
  auto tcp = co_await to("localhost");
  co_await talk("TCP, port " + std::to_string(server.port()), std::move(tcp.in), std::move(tcp.out));
  try {
    auto other = co_await to("elsewhere.example");
  } catch (const std::system_error& e) {
    say("the same server, where elsewhere.example is expected: " + std::string(e.what()));
    co_return;
  }
  require(false, "the certificate of another name");
}

void over_tls() {
  const secrets held;
  tls_over_memory(held);
  ps::epoll::run(tls_over_tcp(held));
}

#else

void over_tls() { say("this was built without TLS: there was no OpenSSL 3.0"); }

#endif

ps::task<> a_limit() {
  auto server = co_await ps::epoll::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port(), .limit = 20});
  out.write("short\n" + std::string(1000, 'x') + "\nshort again\n");
  std::string line = co_await in.readline();
  try {
    line = co_await in.readline();
  } catch (const ps::limit_overrun_error& e) {
    say("behind \"short\": " + std::string(e.what()));
  }
  line = co_await in.readline();
  require(line == "short again\n", "the line behind the long one");
  say("and then, from the same reader: \"short again\"");
}

ps::task<> fill(ps::stream_writer& out, std::size_t& most, bool& paused) {
  const std::string piece(16 * 1024, 'x');
  for (std::size_t sent = 0; sent != 16 * 1024 * 1024; sent += piece.size()) {
    out.write(piece);
    most = std::max(most, out.transport().get_write_buffer_size());
    const ps::time_point before = ps::scheduler::current()->now();
    co_await out.drain();
    paused = paused || ps::scheduler::current()->now() - before > ps::duration(10ms);
  }
  out.write_eof();
}

ps::task<std::size_t> read_slowly(ps::stream_reader& in) {
  co_await ps::sleep(100ms);
  std::size_t all = 0;
  for (;;) {
    const std::string some = co_await in.read(256 * 1024);
    if (some.empty()) co_return all;
    all += some.size();
  }
}

ps::task<> a_slow_reader() {
  auto server = co_await ps::epoll::start_server(handlers::echo_bytes, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port()});
  std::size_t most = 0;
  bool paused = false;
  auto filling = fill(out, most, paused);
  auto reading = read_slowly(in);
  auto [nothing, all] = co_await ps::when_all(std::move(filling), std::move(reading));
  static_cast<void>(nothing);
  require(paused && all == 16 * 1024 * 1024, "pausing");
  say("the writer was paused with " + std::to_string(most / 1024) + " KiB unsent, and resumed; it never held more");
}

ps::task<> a_cancelled_read() {
  auto server = co_await ps::epoll::start_server(handlers::echo_bytes, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port()});
  out.write("the first half, ");
  bool gave_up = false;
  try {
    std::string never = co_await in.readline(50ms);
  } catch (const std::system_error& e) {
    gave_up = e.code() == ps::errc::timed_out;
  }
  require(gave_up, "the timeout");
  out.write("the second half\n");
  std::string line = co_await in.readline();
  require(line == "the first half, the second half\n", "the line");
  say("readline gave up after 50 ms; the next one answered: " + line.substr(0, line.size() - 1));
}

ps::task<> lines_a_second() {
  auto server = co_await ps::epoll::start_server(handlers::echo_lines_by_view, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port()});
  std::string burst;
  for (int i = 0; i != 64; ++i) burst += std::string(63, 'x') + '\n';
  ps::readline next;
  std::size_t lines = 0;
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < 1s) {
    out.write(burst);
    for (int i = 0; i != 64; ++i, ++lines) {
      const ps::read_outcome line = co_await in.view(next);
      require(line.status() == ps::read_status::data, "a line");
    }
  }
  say(std::to_string(lines) + " lines there and back in a second, client and server on one thread");
}

}  // namespace

int main() try {
  chapter("One handler, three transports");
  over_memory();
  ps::epoll::run(over_sockets());
  chapter("The same handler over TLS, with a certificate made just now");
  over_tls();
  chapter("A line of 1000 bytes where 20 are allowed");
  ps::epoll::run(a_limit());
  chapter("16 MiB to a client that reads nothing for 100 ms");
  ps::epoll::run(a_slow_reader());
  chapter("A read that is given up");
  ps::epoll::run(a_cancelled_read());
  chapter("How fast");
  ps::epoll::run(lines_a_second());
} catch (const std::exception& e) {
  std::fprintf(stderr, "one_handler: %s\n", e.what());
  return 1;
}
