// SPDX-License-Identifier: BSL-1.0
// Asio's open_connection: a row for each parameter, which shows what it does.
#include <netdb.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "parameters.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

ps::task<pa::server> echo_server() { return pa::start_server(handlers::echo_lines, {.host = here, .port = 0}); }

// [::1] at a port whose 127.0.0.1 somebody else has: takes no further attempt, its backlog is full. What is no name
// at all resolves to both, this one first.
class silent_place {
 public:
  explicit silent_place(int port) : socket_(checked(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    at.sin6_addr = in6addr_loopback;
    at.sin6_port = htons(static_cast<std::uint16_t>(port));
    checked(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at));
    checked(::listen(socket_.get(), 0));
    for (int i = 0; i != 4; ++i) {
      waiting_.emplace_back(checked(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
      static_cast<void>(::connect(waiting_.back().get(), reinterpret_cast<const sockaddr*>(&at), sizeof at));
    }
  }

 private:
  descriptor socket_;
  std::vector<descriptor> waiting_;
};

// What a call failed with.
ps::task<ps::connect_error> failure_of(ps::task<ps::open_streams> call) {
  try {
    auto none = co_await std::move(call);
  } catch (const ps::connect_error& e) {
    co_return e;
  }
  throw std::logic_error("there is a connection");
}
ps::task<std::string> text_of_failure(ps::task<ps::open_streams> call) {
  try {
    auto none = co_await std::move(call);
  } catch (const std::exception& e) {
    co_return std::string(e.what());
  }
  co_return std::string("there is a connection");
}

const std::vector<asio_row> rows = {
    {"R98",
     {"host", "port"},
     [](asio_bench&) -> ps::task<> {
       auto server = co_await echo_server();
       co_await expect_echo_at(here, server.port());
       const std::string text = std::to_string(server.port());
       co_await expect_echo(co_await pa::open_connection({.host = here, .port = text}));
     }},
    {"R100",
     {"family", "flags"},
     [](asio_bench&) -> ps::task<> {
       auto server = co_await echo_server();
       co_await expect_echo(co_await pa::open_connection({.host = here, .port = server.port(), .family = AF_INET}));
       auto other_family = pa::open_connection({.host = here, .port = server.port(), .family = AF_INET6});
       EXPECT_EQ((co_await text_of_failure(std::move(other_family))).find("resolving 127.0.0.1:"), 0u);
       auto no_number = pa::open_connection({.host = "no.number", .port = 1, .flags = AI_NUMERICHOST});
       EXPECT_EQ((co_await text_of_failure(std::move(no_number))).find("resolving no.number:1: "), 0u);
     }},
    {"R98",
     {"limit"},
     [](asio_bench&) -> ps::task<> {
       auto server = co_await echo_server();
       auto streams = co_await pa::open_connection({.host = here, .port = server.port(), .limit = 7});
       EXPECT_EQ(streams.in.limit(), 7u);
     }},
    {"R98",
     {"ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"},
     [](asio_bench& b) -> ps::task<> {
       b.layer = std::make_unique<flip_filter>();
       auto server = co_await pa::start_server(handlers::echo_lines, {.host = here, .port = 0, .ssl = b.layer.get()});
       co_await expect_echo(co_await pa::open_connection({.host = here,
                                                          .port = server.port(),
                                                          .ssl = b.layer.get(),
                                                          .server_hostname = "example.org",
                                                          .ssl_handshake_timeout = 1s,
                                                          .ssl_shutdown_timeout = 0s}));
     }},
    {"R99",
     {"sock"},
     [](asio_bench&) -> ps::task<> {
       descriptors both = unix_pair();
       auto near = co_await pa::open_connection({.sock = both[0].release()});
       auto far = co_await pa::open_connection({.sock = both[1].release()});
       near.out.write("adopted\n");
       EXPECT_EQ(co_await far.in.readline(), "adopted\n");
       auto datagrams = pa::open_connection({.sock = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))});
       EXPECT_EQ(co_await text_of_failure(std::move(datagrams)), "A Stream Socket was expected: sock has another type");
     }},
    {"R100",
     {"local_host", "local_port"},
     [](asio_bench&) -> ps::task<> {
       auto server = co_await echo_server();
       const int port = free_port();
       auto streams = co_await pa::open_connection(
           {.host = here, .port = server.port(), .local_host = "127.0.0.2", .local_port = port});
       EXPECT_EQ(streams.out.get_extra_info("sockname"), "127.0.0.2:" + std::to_string(port));
       auto no_such = pa::open_connection({.host = here, .port = server.port(), .local_host = "::1"});
       EXPECT_EQ((co_await failure_of(std::move(no_such))).code(), std::errc::address_family_not_supported);
     }},
    {"R101",
     {"happy_eyeballs_delay"},
     [](asio_bench& b) -> ps::task<> {
       auto server = co_await echo_server();
       const silent_place silent(server.port());
       const ps::time_point before = b.loop.now();
       co_await expect_echo(co_await pa::open_connection({.port = server.port(), .happy_eyeballs_delay = 50ms}));
       EXPECT_GE(b.loop.now() - before, ps::duration(50ms));
       EXPECT_LT(b.loop.now() - before, ps::duration(900ms));  // TCP itself asks again after 1 s
     }},
    {"R101",
     {"all_errors", "interleave"},
     [](asio_bench&) -> ps::task<> {
       const int port = free_port();
       const std::string number = std::to_string(port);
       const std::string v4 = "127.0.0.1:" + number + ": Connection refused";
       const std::string v6 = "[::1]:" + number + ": Connection refused";
       auto first_only = pa::open_connection({.port = port});
       const ps::connect_error one = co_await failure_of(std::move(first_only));
       EXPECT_EQ(one.code(), std::errc::connection_refused);
       EXPECT_EQ(one.attempts().size(), 2u);
       const std::string first = one.what();
       EXPECT_TRUE(first == "connecting to " + v4 || first == "connecting to " + v6) << first;
       auto both = pa::open_connection({.port = port, .interleave = 1, .all_errors = true});
       const std::string all = (co_await failure_of(std::move(both))).what();
       EXPECT_TRUE(all == "Multiple exceptions: " + v4 + ", " + v6 || all == "Multiple exceptions: " + v6 + ", " + v4)
           << all;
     }},
    {"R101",
     {"connect_timeout"},
     [](asio_bench& b) -> ps::task<> {
       const full_place silent;
       const ps::time_point before = b.loop.now();
       auto late = pa::open_connection({.host = here, .port = silent.port(), .connect_timeout = 50ms});
       EXPECT_EQ((co_await failure_of(std::move(late))).code(), ps::errc::timed_out);
       EXPECT_GE(b.loop.now() - before, ps::duration(50ms));
     }},
    {"R69",
     {"no_delay", "keep_alive", "user_timeout"},
     [](asio_bench&) -> ps::task<> {
       auto server = co_await echo_server();
       auto plain = co_await pa::open_connection({.host = here, .port = server.port()});
       EXPECT_EQ(option_of(plain, IPPROTO_TCP, TCP_NODELAY), 1);
       EXPECT_EQ(option_of(plain, SOL_SOCKET, SO_KEEPALIVE), 0);
       EXPECT_EQ(option_of(plain, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
       auto other = co_await pa::open_connection(
           {.host = here, .port = server.port(), .no_delay = false, .keep_alive = true, .user_timeout = 1500ms});
       EXPECT_EQ(option_of(other, IPPROTO_TCP, TCP_NODELAY), 0);
       EXPECT_EQ(option_of(other, SOL_SOCKET, SO_KEEPALIVE), 1);
       EXPECT_EQ(option_of(other, IPPROTO_TCP, TCP_USER_TIMEOUT), 1500);
     }},
    {"R98",
     {"max_buffered", "writing", "policy"},
     [](asio_bench&) -> ps::task<> {
       auto server = co_await echo_server();
       auto streams = co_await pa::open_connection({.host = here,
                                                    .port = server.port(),
                                                    .max_buffered = 200'000,
                                                    .writing = {.high = 10, .low = 5},
                                                    .policy = {.idle = 20ms}});
       EXPECT_EQ(streams.in.underlying().inner().in().max_buffered(), 200'000u);
       EXPECT_EQ(streams.out.transport().get_write_buffer_limits().high, 10u);
       std::error_code why;
       try {
         static_cast<void>(co_await streams.in.read(1));
       } catch (const std::system_error& e) {
         why = e.code();
       }
       EXPECT_EQ(why, ps::errc::timed_out);
     }},
};

// R98, R99, R100, R101, R69
TEST(ConnectingByAsio, HasARowForEachParameter) {
  run_rows(rows);
  expect_complete(rows, members_of("asio", "connect.hpp", "connection_options"));
}

}  // namespace
