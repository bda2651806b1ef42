// SPDX-License-Identifier: BSL-1.0
// epoll's open_connection over real sockets: a row for each parameter, which shows what
// it does.
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
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

ps::task<pe::server> echo_server(bench& b) {
  return pe::start_server(b.loop, handlers::echo_lines, {.host = here, .port = 0});
}

ps::task<> expect_echo(pe::open_streams streams) {
  streams.out.write("echo\n");
  EXPECT_EQ(co_await streams.in.readline(), "echo\n");
}

std::vector<pe::address> at_ports(std::initializer_list<int> ports) {
  std::vector<pe::address> addresses;
  for (const int port : ports) addresses.push_back(*pe::address::numeric(here, static_cast<std::uint16_t>(port)));
  return addresses;
}

const std::vector<parameter_row> rows = {
    {"R98",
     {"host", "port"},
     [](bench& b) -> ps::task<> {
       auto server = co_await echo_server(b);
       co_await expect_echo(co_await pe::open_connection({.host = here, .port = server.port()}));
       const std::string text = std::to_string(server.port());
       co_await expect_echo(co_await pe::open_connection({.host = here, .port = text}));
     }},
    {"R100",
     {"names", "family", "proto", "flags"},
     [](bench& b) -> ps::task<> {
       auto server = co_await echo_server(b);
       b.names.addresses = at_ports({server.port()});
       co_await expect_echo(co_await pe::open_connection({.host = "a.name",
                                                          .port = "a-service",
                                                          .family = AF_INET,
                                                          .proto = IPPROTO_TCP,
                                                          .flags = AI_ADDRCONFIG,
                                                          .names = &b.names}));
       EXPECT_EQ(b.names.asked.size(), 1u);
       const pe::resolve_query asked = b.names.asked.at(0);
       EXPECT_EQ(asked.host + ' ' + asked.service, "a.name a-service");
       EXPECT_EQ(asked.family, AF_INET);
       EXPECT_EQ(asked.protocol, IPPROTO_TCP);
       EXPECT_EQ(asked.flags, AI_ADDRCONFIG);
       EXPECT_EQ(b.kernel.protocols.back(), IPPROTO_TCP);
       // A numeric address is looked up by nobody; one with a scope is.
       co_await expect_echo(co_await pe::open_connection({.host = here, .port = server.port(), .names = &b.names}));
       EXPECT_EQ(b.names.asked.size(), 1u);
       co_await expect_echo(
           co_await pe::open_connection({.host = "fe80::1%lo", .port = server.port(), .names = &b.names}));
       EXPECT_EQ(b.names.asked.size(), 2u);
       b.names.error = {EAI_NONAME, pe::resolver_category()};
       std::string text;
       try {
         auto none = co_await pe::open_connection({.host = "no.name", .port = 1, .names = &b.names});
       } catch (const std::system_error& e) {
         text = e.what();
       }
       EXPECT_EQ(text, std::string("resolving no.name:1: ") + ::gai_strerror(EAI_NONAME));
     }},
    {"R98",
     {"limit"},
     [](bench& b) -> ps::task<> {
       auto server = co_await echo_server(b);
       auto streams = co_await pe::open_connection({.host = here, .port = server.port(), .limit = 7});
       EXPECT_EQ(streams.in.limit(), 7u);
     }},
    {"R98",
     {"ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"},
     [](bench& b) -> ps::task<> {
       b.layer = std::make_unique<flip_filter>();
       auto server = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0, .ssl = b.layer.get()});
       co_await expect_echo(co_await pe::open_connection({.host = here,
                                                          .port = server.port(),
                                                          .ssl = b.layer.get(),
                                                          .server_hostname = "example.org",
                                                          .ssl_handshake_timeout = 1s,
                                                          .ssl_shutdown_timeout = 0s}));
     }},
    {"R99",
     {"sock"},
     [](bench& b) -> ps::task<> {
       descriptors both = unix_pair();
       auto near = co_await pe::open_connection(b.loop, {.sock = both[0].release()});
       auto far = co_await pe::open_connection(b.loop, {.sock = both[1].release()});
       near.out.write("adopted\n");
       EXPECT_EQ(co_await far.in.readline(), "adopted\n");
       const descriptor datagrams(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
       std::string text;
       try {
         auto streams = co_await pe::open_connection(b.loop, {.sock = checked(::dup(datagrams.get()))});
       } catch (const std::invalid_argument& e) {
         text = e.what();
       }
       EXPECT_EQ(text, "A Stream Socket was expected: sock has another type");
     }},
    {"R100",
     {"local_host", "local_port"},
     [](bench& b) -> ps::task<> {
       auto server = co_await echo_server(b);
       const int port = free_port();
       auto streams = co_await pe::open_connection(
           {.host = here, .port = server.port(), .local_host = "127.0.0.2", .local_port = port});
       EXPECT_EQ(streams.out.get_extra_info("sockname"), "127.0.0.2:" + std::to_string(port));
       std::error_code why;
       try {
         auto none = co_await pe::open_connection({.host = here, .port = server.port(), .local_host = "::1"});
       } catch (const ps::connect_error& e) {
         why = e.code();
       }
       EXPECT_EQ(why, std::errc::address_family_not_supported);
     }},
    {"R101",
     {"happy_eyeballs_delay"},
     [](bench& b) -> ps::task<> {
       auto server = co_await echo_server(b);
       const full_place silent;
       b.names.addresses = at_ports({silent.port(), server.port()});
       const ps::time_point before = b.loop.now();
       co_await expect_echo(
           co_await pe::open_connection({.host = "two", .port = 1, .happy_eyeballs_delay = 50ms, .names = &b.names}));
       EXPECT_GE(b.loop.now() - before, ps::duration(50ms));
       EXPECT_LT(b.loop.now() - before, ps::duration(900ms));  // TCP itself asks again after 1 s
     }},
    {"R101",
     {"interleave"},
     [](bench& b) -> ps::task<> {
       const int port = free_port();
       for (const char* host : {"127.0.0.1", "127.0.0.2", "::1"})
         b.names.addresses.push_back(*pe::address::numeric(host, static_cast<std::uint16_t>(port)));
       try {
         auto none = co_await pe::open_connection({.host = "three", .port = 1, .interleave = 1, .names = &b.names});
       } catch (const ps::connect_error& e) {
         EXPECT_EQ(e.attempts().size(), 3u);
       }
       EXPECT_GE(b.kernel.connects.size(), 2u);
       EXPECT_EQ(b.kernel.connects.at(1), "[::1]:" + std::to_string(port));
     }},
    {"R101",
     {"all_errors"},
     [](bench& b) -> ps::task<> {
       const int port = free_port();
       b.names.addresses = at_ports({port, port});
       const std::string one = "127.0.0.1:" + std::to_string(port) + ": Connection refused";
       std::string texts[2];
       for (const bool all : {false, true}) {
         try {
           auto none = co_await pe::open_connection({.host = "two", .port = 1, .all_errors = all, .names = &b.names});
         } catch (const ps::connect_error& e) {
           texts[all ? 1 : 0] = e.what();
           EXPECT_EQ(e.attempts().size(), 2u);
           EXPECT_EQ(e.code(), std::errc::connection_refused);
         }
       }
       EXPECT_EQ(texts[0], "connecting to " + one);
       EXPECT_EQ(texts[1], "Multiple exceptions: " + one + ", " + one);
     }},
    {"R101",
     {"connect_timeout"},
     [](bench& b) -> ps::task<> {
       const full_place silent;
       const ps::time_point before = b.loop.now();
       std::error_code why;
       try {
         auto none = co_await pe::open_connection({.host = here, .port = silent.port(), .connect_timeout = 50ms});
       } catch (const ps::connect_error& e) {
         why = e.code();
       }
       EXPECT_EQ(why, ps::errc::timed_out);
       EXPECT_GE(b.loop.now() - before, ps::duration(50ms));
     }},
    {"R69",
     {"no_delay", "keep_alive", "user_timeout"},
     [](bench& b) -> ps::task<> {
       auto server = co_await echo_server(b);
       b.kernel.set.clear();
       auto plain = co_await pe::open_connection({.host = here, .port = server.port()});
       EXPECT_TRUE(b.kernel.was_set(IPPROTO_TCP, TCP_NODELAY));
       EXPECT_FALSE(b.kernel.was_set(SOL_SOCKET, SO_KEEPALIVE));
       b.kernel.set.clear();
       auto other = co_await pe::open_connection(
           {.host = here, .port = server.port(), .no_delay = false, .keep_alive = true, .user_timeout = 1500ms});
       EXPECT_FALSE(b.kernel.was_set(IPPROTO_TCP, TCP_NODELAY));
       EXPECT_TRUE(b.kernel.was_set(SOL_SOCKET, SO_KEEPALIVE));
       EXPECT_TRUE(b.kernel.was_set(IPPROTO_TCP, TCP_USER_TIMEOUT, 1500));
     }},
    {"R98",
     {"max_buffered", "writing", "policy"},
     [](bench& b) -> ps::task<> {
       auto server = co_await echo_server(b);
       auto streams = co_await pe::open_connection({.host = here,
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
TEST(Connecting, HasARowForEachParameter) {
  run_rows(rows);
  expect_complete(rows, members_of("epoll", "connect.hpp", "connection_options"));
}

// R100: a scope is part of an address.
TEST(Addresses, HaveTheirScopeInTheText) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(80);
  name.sin6_addr.s6_addr[0] = 0xfe;
  name.sin6_addr.s6_addr[1] = 0x80;
  name.sin6_addr.s6_addr[15] = 1;
  name.sin6_scope_id = 2;
  pe::address a;
  std::memcpy(&a.storage, &name, sizeof name);
  a.size = sizeof name;
  EXPECT_EQ(a.text(), "[fe80::1%2]:80");
}

}  // namespace
