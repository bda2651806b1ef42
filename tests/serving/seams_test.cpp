// SPDX-License-Identifier: BSL-1.0
// What only epoll's loop lets one see: whom it asks for names, in what order it connects, what it asks of the system.
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "serving/places.hpp"
#include "serving/seams.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

ps::task<pe::server> echo_server(seams& b) {
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

ps::task<> asks_its_resolver(seams& b) {
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
  co_await expect_echo(co_await pe::open_connection({.host = "fe80::1%lo", .port = server.port(), .names = &b.names}));
  EXPECT_EQ(b.names.asked.size(), 2u);
  b.names.error = {EAI_NONAME, pe::resolver_category()};
  std::string text;
  try {
    auto none = co_await pe::open_connection({.host = "no.name", .port = 1, .names = &b.names});
  } catch (const std::system_error& e) {
    text = e.what();
  }
  EXPECT_EQ(text, std::string("resolving no.name:1: ") + ::gai_strerror(EAI_NONAME));
}

ps::task<> tries_the_next_one_soon(seams& b) {
  auto server = co_await echo_server(b);
  const full_place silent;
  b.names.addresses = at_ports({silent.port(), server.port()});
  const ps::time_point before = b.loop.now();
  co_await expect_echo(
      co_await pe::open_connection({.host = "two", .port = 1, .happy_eyeballs_delay = 50ms, .names = &b.names}));
  EXPECT_GE(b.loop.now() - before, ps::duration(50ms));
  EXPECT_LT(b.loop.now() - before, ps::duration(900ms));  // TCP itself asks again after 1 s
}

ps::task<> mixes_families(seams& b) {
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
}

ps::task<> tells_all_errors(seams& b) {
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
}

ps::task<> serves_by_name(seams& b) {
  b.names.addresses = {*pe::address::numeric("192.0.2.1", 0), *pe::address::numeric(here, 0)};  // one is not ours
  auto server = co_await pe::start_server(
      handlers::echo_lines, {.host = "a.name", .port = "a-service", .family = AF_INET, .flags = 0, .names = &b.names});
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
}

ps::task<> takes_a_socket_over(seams& b) {
  bound_socket taken;
  const int port = taken.port();
  auto server = co_await pe::start_server(handlers::echo_lines, {.sock = taken.release(), .backlog = 17});
  EXPECT_EQ(b.kernel.backlogs, std::vector<int>{17});
  EXPECT_EQ(server.port(), port);
  co_await expect_echo(co_await pe::open_connection({.host = here, .port = port}));
  auto usual = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0});
  EXPECT_EQ(b.kernel.backlogs.back(), 100);  // R9
}

void tell(ps::task<> (*story)(seams&)) {
  seams watched;
  watched.loop.run_until(story(watched));
}

// R100: a name is the resolver's, with all that it is asked for; a numeric address is nobody's.
TEST(Seams, ANameIsTheResolvers) { tell(&asks_its_resolver); }
// R101: the second address is tried while the first one is silent.
TEST(Seams, TheNextAddressIsTriedSoon) { tell(&tries_the_next_one_soon); }
// R101: interleave: as many of the first family, then one of the other.
TEST(Seams, FamiliesAreMixed) { tell(&mixes_families); }
// R101: what() names one attempt, or all.
TEST(Seams, AllErrorsAreTold) { tell(&tells_all_errors); }
// R104: addresses that are not ours are passed over, unless there is no other.
TEST(Seams, AServerIsAtEachOfItsAddressesThatIsOurs) { tell(&serves_by_name); }
// R102: the backlog is what listen is told.
TEST(Seams, TheBacklogIsWhatListenIsTold) { tell(&takes_a_socket_over); }

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
