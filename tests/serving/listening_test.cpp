// SPDX-License-Identifier: BSL-1.0
// start_server on each loop: a row for each parameter, which shows what it does. What only sockets have is shown on
// real ones.
#include <netdb.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "serving/parameters.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

template <class Server>
std::vector<std::string> names_of(const Server& server) {
  std::vector<std::string> names;
  for (const int fd : server.sockets()) {
    ps::epoll::address own;
    own.size = sizeof own.storage;
    checked(::getsockname(fd, own.get(), &own.size));
    names.push_back(own.text());
  }
  return names;
}

// The kernel tells it of a TCP socket that listens, in a field that has another meaning elsewhere.
unsigned backlog_of(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  checked(::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
  return info.tcpi_sacked;
}

// What a connection of the server was made with.
struct observed {
  stream_facts stream;
  socket_facts socket;
};
template <class Net>
ps::connection_handler observing(observed& into) {
  const auto handler = [&into](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    into.stream = stream_facts::of(in, out);
    if constexpr (Net::has_sockets) into.socket = socket_facts::of(out);
    co_await handlers::echo_lines(std::move(in), std::move(out));
  };
  return handler;
}

template <class Net>
struct stories {
  using bench = socket_bench<Net>;
  using row = parameter_row_on<bench>;

  static constexpr const char* here = Net::host;
  static ps::task<> expect_echo_at(std::string_view host, int port) {
    co_await expect_echo(co_await Net::connect({.host = host, .port = port}));
  }

  static ps::task<> listens(bench&) {
    auto one = co_await Net::serve(handlers::echo_lines, {.host = here, .port = 0});
    EXPECT_EQ(names_of(one), std::vector<std::string>{std::string(here) + ':' + std::to_string(one.port())});
    const std::string_view hosts[] = {here, "127.0.0.2", "::1", here};
    auto several = co_await Net::serve(handlers::echo_lines, {.host = hosts, .port = 0});
    const std::string port = std::to_string(several.port());
    EXPECT_EQ(names_of(several), (std::vector<std::string>{"127.0.0.1:" + port, "127.0.0.2:" + port, "[::1]:" + port}));
    for (const std::string_view host : hosts) co_await expect_echo_at(host, several.port());
    auto everywhere = co_await Net::serve(handlers::echo_lines, {.port = 0});
    co_await expect_echo_at("127.0.0.3", everywhere.port());
    co_await expect_echo_at("::1", everywhere.port());
    for (const int fd : everywhere.sockets())
      EXPECT_TRUE(option_of(fd, SOL_SOCKET, SO_DOMAIN) != AF_INET6 || option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
  }
  static ps::task<> resolves_as_told(bench&) {
    auto old = co_await Net::serve(handlers::echo_lines, {.port = 0, .family = AF_INET});
    EXPECT_EQ(names_of(old), std::vector<std::string>{"0.0.0.0:" + std::to_string(old.port())});
    auto at_home = co_await Net::serve(handlers::echo_lines, {.port = 0, .family = AF_INET, .flags = 0});
    EXPECT_EQ(names_of(at_home), std::vector<std::string>{"127.0.0.1:" + std::to_string(at_home.port())});
    auto not_ours = Net::serve(handlers::echo_lines, {.host = "192.0.2.1", .port = 1});
    const std::string text = co_await text_of_failure(std::move(not_ours));
    EXPECT_EQ(text.find("could not bind on any address out of 192.0.2.1:1"), 0u) << text;
  }
  static ps::task<> bounds_and_marks(bench&) {
    observed made;
    auto server = co_await Net::serve(observing<Net>(made), {.host = here,
                                                             .port = 0,
                                                             .limit = 7,
                                                             .max_buffered = 200'000,
                                                             .writing = {.high = 10, .low = 5},
                                                             .policy = {.idle = 30ms}});
    ps::open_streams streams = co_await Net::connect({.host = here, .port = server.port()});
    streams.out.write("a\n");
    const std::string line = co_await streams.in.readline();
    EXPECT_EQ(line, "a\n");
    EXPECT_EQ(made.stream, (stream_facts{7, 200'000, 10}));
    const std::error_code why = co_await error_of_next_read(streams.in);
    EXPECT_EQ(why, std::errc::connection_reset);  // idle for too long
  }
  static ps::task<> behind_a_filter(bench& b) {
    b.layer = std::make_unique<flip_filter>();
    auto server = co_await Net::serve(
        handlers::echo_lines,
        {.host = here, .port = 0, .ssl = b.layer.get(), .ssl_handshake_timeout = 1s, .ssl_shutdown_timeout = 0s});
    co_await expect_echo(co_await Net::connect({.host = here, .port = server.port(), .ssl = b.layer.get()}));
  }
  static ps::task<> takes_a_socket_over(bench&) {
    bound_socket taken;
    const int port = taken.port();
    auto server = co_await Net::serve(handlers::echo_lines, {.sock = taken.release(), .backlog = 17});
    EXPECT_EQ(backlog_of(server.sockets().at(0)), 17u);
    EXPECT_EQ(server.port(), port);
    co_await expect_echo_at(here, port);
    auto usual = co_await Net::serve(handlers::echo_lines, {.host = here, .port = 0});
    EXPECT_EQ(backlog_of(usual.sockets().at(0)), 100u);  // R9
  }
  static ps::task<> shares_an_address(bench&) {
    auto first = co_await Net::serve(handlers::echo_lines, {.host = here, .port = 0, .reuse_port = true});
    EXPECT_EQ(option_of(first.sockets().at(0), SOL_SOCKET, SO_REUSEADDR), 1);
    auto second = co_await Net::serve(handlers::echo_lines, {.host = here, .port = first.port(), .reuse_port = true});
    EXPECT_EQ(first.port(), second.port());
    for (const bool reuse : {true, false}) {
      auto third = Net::serve(handlers::echo_lines, {.host = here, .port = first.port(), .reuse_address = reuse});
      const std::string text = co_await text_of_failure(std::move(third));
      EXPECT_EQ(text.find("error while attempting to bind on address 127.0.0.1:"), 0u) << text;
    }
    auto new_only = co_await Net::serve(handlers::echo_lines, {.host = here, .port = 0, .reuse_address = false});
    EXPECT_EQ(option_of(new_only.sockets().at(0), SOL_SOCKET, SO_REUSEADDR), 0);
  }
  static ps::task<> sets_its_connections(bench&) {
    observed made;
    auto server = co_await Net::serve(observing<Net>(made),
                                      {.host = here, .port = 0, .keep_alive = true, .user_timeout = 1500ms});
    co_await expect_echo_at(here, server.port());
    EXPECT_EQ(made.socket, (socket_facts{1, 1, 1500}));
    auto slow = co_await Net::serve(observing<Net>(made), {.host = here, .port = 0, .no_delay = false});
    co_await expect_echo_at(here, slow.port());
    EXPECT_EQ(made.socket, (socket_facts{0, 0, 0}));
  }
  static ps::task<> serves_when_told(bench&) {
    auto server = co_await Net::serve(handlers::echo_lines, {.host = here, .port = 0, .start_serving = false});
    EXPECT_FALSE(server.is_serving());
    EXPECT_EQ(option_of(server.sockets().at(0), SOL_SOCKET, SO_ACCEPTCONN), 0);
    EXPECT_NE(server.port(), 0);
    server.start_serving();
    co_await expect_echo_at(here, server.port());
  }
  static ps::task<> counts_its_connections(bench& b) {
    auto own = std::make_unique<record>();
    const record& seen = *own;
    b.observer = std::move(own);
    auto server = co_await Net::serve(
        handlers::echo_lines,
        {.host = here, .port = 0, .max_connections = 1, .max_handshakes = 1, .observer = b.observer.get()});
    for (int i = 0; i != 3; ++i) co_await expect_echo_at(here, server.port());
    EXPECT_EQ(seen.accepted_ones, 3);
    EXPECT_GE(seen.closed_ones.size(), 2u);
  }

  static std::vector<row> everywhere() {
    return {
        {"R102", {"limit", "max_buffered", "writing", "policy"}, &stories::bounds_and_marks},
        {"R102", {"ssl", "ssl_handshake_timeout", "ssl_shutdown_timeout"}, &stories::behind_a_filter},
        {"R109", {"max_connections", "max_handshakes", "observer"}, &stories::counts_its_connections},
    };
  }
  static std::vector<row> on_sockets() {
    return {
        {"R104", {"host", "port"}, &stories::listens},
        {"R104", {"family", "flags"}, &stories::resolves_as_told},
        {"R102", {"sock", "backlog"}, &stories::takes_a_socket_over},
        {"R104", {"reuse_address", "reuse_port"}, &stories::shares_an_address},
        {"R104", {"keep_alive", "no_delay", "user_timeout"}, &stories::sets_its_connections},
        {"R111", {"start_serving"}, &stories::serves_when_told},
    };
  }
};

template <class Net>
struct Listening : testing::Test {};
TYPED_TEST_SUITE(Listening, nets, net_names);

// R102, R104, R9, R69, R103, R109, R111
TYPED_TEST(Listening, HasARowForEachParameter) {
  auto rows = stories<TypeParam>::everywhere();
  run_rows(rows);
  if constexpr (TypeParam::has_sockets) {
    const auto others = stories<TypeParam>::on_sockets();
    run_rows(others);
    rows.insert(rows.end(), others.begin(), others.end());
    std::set<std::string> members = members_of("coro", "socket_options.hpp", "tcp_server_options");
    members.erase("names");  // epoll's, in seams_test.cpp
    expect_complete(rows, members);
  }
}

}  // namespace
