// SPDX-License-Identifier: BSL-1.0
// epoll's start_server over real sockets: a row for each parameter, which shows what it does.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <tests/support/user_filters.hpp>

#include "serving/nets.hpp"
#include "serving/parameters.hpp"
#include "serving/places.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

constexpr const char* here = "127.0.0.1";

ps::task<> expect_echo(pe::open_streams streams) {
  streams.out.write("echo\n");
  EXPECT_EQ(co_await streams.in.readline(), "echo\n");
}
ps::task<> expect_echo_at(std::string_view host, int port) {
  co_await expect_echo(co_await pe::open_connection({.host = host, .port = port}));
}

std::vector<std::string> names_of(const pe::server& server) {
  std::vector<std::string> names;
  for (const int fd : server.sockets()) {
    pe::address own;
    own.size = sizeof own.storage;
    checked(::getsockname(fd, own.get(), &own.size));
    names.push_back(own.text());
  }
  return names;
}

// What a connection of the server was made with.
struct observed {
  std::size_t limit = 0;
  std::size_t max_buffered = 0;
  std::size_t high = 0;
  int fd = -1;
};
pe::connection_handler observing(observed& into) {
  const auto handler = [&into](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    into = {in.limit(), in.underlying().inner().in().max_buffered(), out.transport().get_write_buffer_limits().high,
            std::stoi(out.get_extra_info("socket"))};
    co_await handlers::echo_lines(std::move(in), std::move(out));
  };
  return handler;
}

int option_of(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  checked(::getsockopt(fd, level, name, &value, &size));
  return value;
}

const std::vector<parameter_row> rows = {
    {"R104",
     {"host", "port"},
     [](bench&) -> ps::task<> {
       auto one = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0});
       EXPECT_EQ(names_of(one), std::vector<std::string>{std::string(here) + ':' + std::to_string(one.port())});
       const std::string_view hosts[] = {here, "127.0.0.2", "::1", here};
       auto several = co_await pe::start_server(handlers::echo_lines, {.host = hosts, .port = 0});
       const std::string port = std::to_string(several.port());
       EXPECT_EQ(names_of(several),
                 (std::vector<std::string>{"127.0.0.1:" + port, "127.0.0.2:" + port, "[::1]:" + port}));
       for (const std::string_view host : hosts) co_await expect_echo_at(host, several.port());
       auto everywhere = co_await pe::start_server(handlers::echo_lines, {.port = 0});
       co_await expect_echo_at("127.0.0.3", everywhere.port());
       co_await expect_echo_at("::1", everywhere.port());
       for (const int fd : everywhere.sockets())
         EXPECT_TRUE(option_of(fd, SOL_SOCKET, SO_DOMAIN) != AF_INET6 || option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
     }},
    {"R104",
     {"names", "family", "flags"},
     [](bench& b) -> ps::task<> {
       b.names.addresses = {*pe::address::numeric("192.0.2.1", 0), *pe::address::numeric(here, 0)};  // one is not ours
       auto server = co_await pe::start_server(
           handlers::echo_lines,
           {.host = "a.name", .port = "a-service", .family = AF_INET, .flags = 0, .names = &b.names});
       EXPECT_EQ(server.sockets().size(), 1u);
       EXPECT_EQ(b.names.asked.at(0).host + ' ' + b.names.asked.at(0).service, "a.name a-service");
       EXPECT_EQ(b.names.asked.at(0).family, AF_INET);
       EXPECT_EQ(b.names.asked.at(0).flags, 0);
       b.names.addresses.pop_back();
       std::string text;
       try {
         auto none = co_await pe::start_server(handlers::echo_lines, {.host = "a.name", .port = 0, .names = &b.names});
       } catch (const std::system_error& e) {
         text = e.what();
       }
       EXPECT_EQ(text.find("could not bind on any address out of 192.0.2.1:0"), 0u) << text;
     }},
    {"R102",
     {"limit", "max_buffered", "writing", "policy"},
     [](bench&) -> ps::task<> {
       observed made;
       auto server = co_await pe::start_server(observing(made), {.host = here,
                                                                 .port = 0,
                                                                 .limit = 7,
                                                                 .max_buffered = 200'000,
                                                                 .writing = {.high = 10, .low = 5},
                                                                 .policy = {.idle = 30ms}});
       auto [in, out] = co_await pe::open_connection({.host = here, .port = server.port()});
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
     [](bench& b) -> ps::task<> {
       b.layer = std::make_unique<flip_filter>();
       auto server = co_await pe::start_server(
           handlers::echo_lines,
           {.host = here, .port = 0, .ssl = b.layer.get(), .ssl_handshake_timeout = 1s, .ssl_shutdown_timeout = 0s});
       co_await expect_echo(co_await pe::open_connection({.host = here, .port = server.port(), .ssl = b.layer.get()}));
     }},
    {"R102",
     {"sock", "backlog"},
     [](bench& b) -> ps::task<> {
       bound_socket taken;
       const int port = taken.port();
       auto server = co_await pe::start_server(handlers::echo_lines, {.sock = taken.release(), .backlog = 17});
       EXPECT_EQ(b.kernel.backlogs, std::vector<int>{17});
       EXPECT_EQ(server.port(), port);
       co_await expect_echo_at(here, port);
       auto usual = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0});
       EXPECT_EQ(b.kernel.backlogs.back(), 100);  // R9
     }},
    {"R104",
     {"reuse_address", "reuse_port"},
     [](bench& b) -> ps::task<> {
       auto first = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0, .reuse_port = true});
       EXPECT_TRUE(b.kernel.was_set(SOL_SOCKET, SO_REUSEADDR));
       auto second =
           co_await pe::start_server(handlers::echo_lines, {.host = here, .port = first.port(), .reuse_port = true});
       EXPECT_EQ(first.port(), second.port());
       b.kernel.set.clear();
       std::string text;
       try {
         auto third = co_await pe::start_server(handlers::echo_lines,
                                                {.host = here, .port = first.port(), .reuse_address = false});
       } catch (const std::system_error& e) {
         text = e.what();
       }
       EXPECT_EQ(text.find("error while attempting to bind on address 127.0.0.1:"), 0u) << text;
       EXPECT_FALSE(b.kernel.was_set(SOL_SOCKET, SO_REUSEADDR));
     }},
    {"R104",
     {"keep_alive", "no_delay", "user_timeout"},
     [](bench&) -> ps::task<> {
       observed made;
       auto server = co_await pe::start_server(observing(made),
                                               {.host = here, .port = 0, .keep_alive = true, .user_timeout = 1500ms});
       co_await expect_echo_at(here, server.port());
       auto streams = co_await pe::open_connection({.host = here, .port = server.port()});
       streams.out.write("a\n");
       static_cast<void>(co_await streams.in.readline());
       EXPECT_EQ(option_of(made.fd, SOL_SOCKET, SO_KEEPALIVE), 1);
       EXPECT_EQ(option_of(made.fd, IPPROTO_TCP, TCP_NODELAY), 1);
       EXPECT_EQ(option_of(made.fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 1500);
       auto slow = co_await pe::start_server(observing(made), {.host = here, .port = 0, .no_delay = false});
       auto other = co_await pe::open_connection({.host = here, .port = slow.port()});
       other.out.write("a\n");
       static_cast<void>(co_await other.in.readline());
       EXPECT_EQ(option_of(made.fd, IPPROTO_TCP, TCP_NODELAY), 0);
       EXPECT_EQ(option_of(made.fd, SOL_SOCKET, SO_KEEPALIVE), 0);
     }},
    {"R111",
     {"start_serving"},
     [](bench& b) -> ps::task<> {
       auto server = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0, .start_serving = false});
       EXPECT_FALSE(server.is_serving());
       EXPECT_TRUE(b.kernel.backlogs.empty());
       EXPECT_NE(server.port(), 0);
       server.start_serving();
       co_await expect_echo_at(here, server.port());
     }},
    {"R109",
     {"max_connections", "max_handshakes", "observer"},
     [](bench& b) -> ps::task<> {
       auto own = std::make_unique<record>();
       const record& seen = *own;
       b.observer = std::move(own);
       auto server = co_await pe::start_server(
           handlers::echo_lines,
           {.host = here, .port = 0, .max_connections = 1, .max_handshakes = 1, .observer = b.observer.get()});
       for (int i = 0; i != 3; ++i) co_await expect_echo_at(here, server.port());
       EXPECT_EQ(seen.accepted_ones, 3);
       EXPECT_GE(seen.closed_ones.size(), 2u);
     }},
};

// R102, R104, R9, R69, R103, R109, R111
TEST(Listening, HasARowForEachParameter) {
  run_rows(rows);
  expect_complete(rows, members_of("epoll", "server.hpp", "server_options"));
}

}  // namespace
