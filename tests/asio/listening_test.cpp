// SPDX-License-Identifier: BSL-1.0
// Asio's start_server: a row for each parameter, which shows what it does.
#include <netdb.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tests/serving/record.hpp>

#include "parameters.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

std::string name_of(int fd) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size));
  pa::net::generic::stream_protocol::endpoint at(&own, size);
  return pa::detail::text_of(at);
}
std::vector<std::string> names_of(const pa::server& server) {
  std::vector<std::string> names;
  for (const int fd : server.sockets()) names.push_back(name_of(fd));
  return names;
}

// The kernel tells it of a TCP socket that listens, in a field that has another meaning elsewhere.
unsigned backlog_of(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  checked(::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
  return info.tcpi_sacked;
}

ps::task<std::string> text_of_failure(ps::task<pa::server> call) {
  try {
    auto none = co_await std::move(call);
  } catch (const std::exception& e) {
    co_return std::string(e.what());
  }
  co_return std::string("there is a server");
}

// What a connection of the server was made with.
struct observed {
  std::size_t limit = 0;
  std::size_t max_buffered = 0;
  std::size_t high = 0;
  int no_delay = -1;
  int keep_alive = -1;
  int user_timeout = -1;
};
ps::connection_handler observing(observed& into) {
  const auto handler = [&into](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    const int fd = std::stoi(out.get_extra_info("socket"));
    into = {.limit = in.limit(),
            .max_buffered = in.underlying().inner().in().max_buffered(),
            .high = out.transport().get_write_buffer_limits().high,
            .no_delay = option_of(fd, IPPROTO_TCP, TCP_NODELAY),
            .keep_alive = option_of(fd, SOL_SOCKET, SO_KEEPALIVE),
            .user_timeout = option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT)};
    co_await handlers::echo_lines(std::move(in), std::move(out));
  };
  return handler;
}

const std::vector<asio_row> rows = {
    {"R104",
     {"host", "port"},
     [](asio_bench&) -> ps::task<> {
       auto one = co_await pa::start_server(handlers::echo_lines, {.host = here, .port = 0});
       EXPECT_EQ(names_of(one), std::vector<std::string>{std::string(here) + ':' + std::to_string(one.port())});
       const std::string_view hosts[] = {here, "127.0.0.2", "::1", here};
       auto several = co_await pa::start_server(handlers::echo_lines, {.host = hosts, .port = 0});
       const std::string port = std::to_string(several.port());
       EXPECT_EQ(names_of(several),
                 (std::vector<std::string>{"127.0.0.1:" + port, "127.0.0.2:" + port, "[::1]:" + port}));
       for (const std::string_view host : hosts) co_await expect_echo_at(host, several.port());
       auto everywhere = co_await pa::start_server(handlers::echo_lines, {.port = 0});
       co_await expect_echo_at("127.0.0.3", everywhere.port());
       co_await expect_echo_at("::1", everywhere.port());
       for (const int fd : everywhere.sockets())
         EXPECT_TRUE(option_of(fd, SOL_SOCKET, SO_DOMAIN) != AF_INET6 || option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
     }},
    {"R104",
     {"family", "flags"},
     [](asio_bench&) -> ps::task<> {
       auto old = co_await pa::start_server(handlers::echo_lines, {.port = 0, .family = AF_INET});
       EXPECT_EQ(names_of(old), std::vector<std::string>{"0.0.0.0:" + std::to_string(old.port())});
       auto at_home = co_await pa::start_server(handlers::echo_lines, {.port = 0, .family = AF_INET, .flags = 0});
       EXPECT_EQ(names_of(at_home), std::vector<std::string>{"127.0.0.1:" + std::to_string(at_home.port())});
       auto not_ours = pa::start_server(handlers::echo_lines, {.host = "192.0.2.1", .port = 1});
       EXPECT_EQ(
           (co_await text_of_failure(std::move(not_ours))).find("could not bind on any address out of 192.0.2.1:1"),
           0u);
     }},
    {"R102",
     {"limit", "max_buffered", "writing", "policy"},
     [](asio_bench&) -> ps::task<> {
       observed made;
       auto server = co_await pa::start_server(observing(made), {.host = here,
                                                                 .port = 0,
                                                                 .limit = 7,
                                                                 .max_buffered = 200'000,
                                                                 .writing = {.high = 10, .low = 5},
                                                                 .policy = {.idle = 30ms}});
       auto [in, out] = co_await pa::open_connection({.host = here, .port = server.port()});
       out.write("a\n");
       EXPECT_EQ(co_await in.readline(), "a\n");
       EXPECT_EQ(made.limit, 7u);
       EXPECT_EQ(made.max_buffered, 200'000u);
       EXPECT_EQ(made.high, 10u);
       std::error_code why;
       try {
         static_cast<void>(co_await in.read());
       } catch (const std::system_error& e) {
         why = e.code();
       }
       EXPECT_EQ(why, std::errc::connection_reset);  // idle for too long
     }},
    {"R102",
     {"ssl", "ssl_handshake_timeout", "ssl_shutdown_timeout"},
     [](asio_bench& b) -> ps::task<> {
       b.layer = std::make_unique<flip_filter>();
       auto server = co_await pa::start_server(
           handlers::echo_lines,
           {.host = here, .port = 0, .ssl = b.layer.get(), .ssl_handshake_timeout = 1s, .ssl_shutdown_timeout = 0s});
       co_await expect_echo(co_await pa::open_connection({.host = here, .port = server.port(), .ssl = b.layer.get()}));
     }},
    {"R102",
     {"sock", "backlog"},
     [](asio_bench&) -> ps::task<> {
       bound_socket taken;
       const int port = taken.port();
       auto server = co_await pa::start_server(handlers::echo_lines, {.sock = taken.release(), .backlog = 17});
       EXPECT_EQ(backlog_of(server.sockets().at(0)), 17u);
       EXPECT_EQ(server.port(), port);
       co_await expect_echo_at(here, port);
       auto usual = co_await pa::start_server(handlers::echo_lines, {.host = here, .port = 0});
       EXPECT_EQ(backlog_of(usual.sockets().at(0)), 100u);  // R9
     }},
    {"R104",
     {"reuse_address", "reuse_port"},
     [](asio_bench&) -> ps::task<> {
       auto first = co_await pa::start_server(handlers::echo_lines, {.host = here, .port = 0, .reuse_port = true});
       EXPECT_EQ(option_of(first.sockets().at(0), SOL_SOCKET, SO_REUSEADDR), 1);
       auto second =
           co_await pa::start_server(handlers::echo_lines, {.host = here, .port = first.port(), .reuse_port = true});
       EXPECT_EQ(first.port(), second.port());
       auto third = pa::start_server(handlers::echo_lines, {.host = here, .port = first.port()});
       EXPECT_EQ(
           (co_await text_of_failure(std::move(third))).find("error while attempting to bind on address 127.0.0.1:"),
           0u);
       auto new_only =
           co_await pa::start_server(handlers::echo_lines, {.host = here, .port = 0, .reuse_address = false});
       EXPECT_EQ(option_of(new_only.sockets().at(0), SOL_SOCKET, SO_REUSEADDR), 0);
     }},
    {"R104",
     {"keep_alive", "no_delay", "user_timeout"},
     [](asio_bench&) -> ps::task<> {
       observed made;
       auto server = co_await pa::start_server(observing(made),
                                               {.host = here, .port = 0, .keep_alive = true, .user_timeout = 1500ms});
       co_await expect_echo_at(here, server.port());
       EXPECT_EQ(made.keep_alive, 1);
       EXPECT_EQ(made.no_delay, 1);
       EXPECT_EQ(made.user_timeout, 1500);
       auto slow = co_await pa::start_server(observing(made), {.host = here, .port = 0, .no_delay = false});
       co_await expect_echo_at(here, slow.port());
       EXPECT_EQ(made.no_delay, 0);
       EXPECT_EQ(made.keep_alive, 0);
     }},
    {"R111",
     {"start_serving"},
     [](asio_bench&) -> ps::task<> {
       auto server = co_await pa::start_server(handlers::echo_lines, {.host = here, .port = 0, .start_serving = false});
       EXPECT_FALSE(server.is_serving());
       EXPECT_EQ(option_of(server.sockets().at(0), SOL_SOCKET, SO_ACCEPTCONN), 0);
       EXPECT_NE(server.port(), 0);
       server.start_serving();
       co_await expect_echo_at(here, server.port());
     }},
    {"R109",
     {"max_connections", "max_handshakes", "observer"},
     [](asio_bench& b) -> ps::task<> {
       auto own = std::make_unique<record>();
       const record& seen = *own;
       b.observer = std::move(own);
       auto server = co_await pa::start_server(
           handlers::echo_lines,
           {.host = here, .port = 0, .max_connections = 1, .max_handshakes = 1, .observer = b.observer.get()});
       for (int i = 0; i != 3; ++i) co_await expect_echo_at(here, server.port());
       EXPECT_EQ(seen.accepted_ones, 3);
       EXPECT_GE(seen.closed_ones.size(), 2u);
     }},
};

// R102, R104, R9, R69, R103, R109, R111
TEST(ListeningByAsio, HasARowForEachParameter) {
  run_rows(rows);
  expect_complete(rows, members_of("asio", "server.hpp", "server_options"));
}

}  // namespace
