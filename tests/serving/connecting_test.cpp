// SPDX-License-Identifier: BSL-1.0
// open_connection on each loop: a row for each parameter, which shows what it does. What only sockets have is shown on
// real ones.
#include <netdb.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "serving/parameters.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

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

ps::task<ps::connect_error> failure_of(ps::task<ps::open_streams> call) {
  try {
    auto none = co_await std::move(call);
  } catch (const ps::connect_error& e) {
    co_return e;
  }
  throw std::logic_error("there is a connection");
}

template <class Net>
struct stories {
  using bench = socket_bench<Net>;
  using row = parameter_row_on<bench>;

  static constexpr const char* here = Net::host;
  static auto echo_server() { return Net::serve(handlers::echo_lines, {.host = here, .port = 0}); }

  static ps::task<> connects(bench&) {
    auto server = co_await echo_server();
    co_await expect_echo(co_await Net::connect({.host = here, .port = server.port()}));
    const std::string text = std::to_string(server.port());
    co_await expect_echo(co_await Net::connect({.host = here, .port = text}));
  }
  static ps::task<> resolves_as_told(bench&) {
    auto server = co_await echo_server();
    co_await expect_echo(co_await Net::connect({.host = here, .port = server.port(), .family = AF_INET}));
    auto other_family = Net::connect({.host = here, .port = server.port(), .family = AF_INET6});
    const std::string wrong = co_await text_of_failure(std::move(other_family));
    EXPECT_EQ(wrong.find("resolving 127.0.0.1:"), 0u) << wrong;
    auto no_number = Net::connect({.host = "no.number", .port = 1, .flags = AI_NUMERICHOST});
    const std::string unknown = co_await text_of_failure(std::move(no_number));
    EXPECT_EQ(unknown.find("resolving no.number:1: "), 0u) << unknown;
  }
  static ps::task<> asks_for_a_protocol(bench&) {
    auto server = co_await echo_server();
    co_await expect_echo(co_await Net::connect({.host = here, .port = server.port(), .proto = IPPROTO_TCP}));
    auto no_stream = Net::connect({.host = here, .port = server.port(), .proto = IPPROTO_UDP});
    const ps::connect_error why = co_await failure_of(std::move(no_stream));
    EXPECT_EQ(why.code(), std::errc::protocol_not_supported);
  }
  static ps::task<> bounds_and_marks(bench&) {
    auto server = co_await echo_server();
    ps::open_streams streams = co_await Net::connect({.host = here,
                                                      .port = server.port(),
                                                      .limit = 7,
                                                      .max_buffered = 200'000,
                                                      .writing = {.high = 10, .low = 5},
                                                      .policy = {.idle = 20ms}});
    EXPECT_EQ(stream_facts::of(streams.in, streams.out), (stream_facts{7, 200'000, 10}));
    const std::error_code why = co_await error_of_next_read(streams.in);
    EXPECT_EQ(why, ps::errc::timed_out);
  }
  static ps::task<> behind_a_filter(bench& b) {
    b.layer = std::make_unique<flip_filter>();
    auto server = co_await Net::serve(handlers::echo_lines, {.host = here, .port = 0, .ssl = b.layer.get()});
    co_await expect_echo(co_await Net::connect({.host = here,
                                                .port = server.port(),
                                                .ssl = b.layer.get(),
                                                .server_hostname = "example.org",
                                                .ssl_handshake_timeout = 1s,
                                                .ssl_shutdown_timeout = 0s}));
  }
  static ps::task<> adopts(bench&) {
    descriptors both = unix_pair();
    ps::open_streams near = co_await Net::connect({.sock = both[0].release()});
    ps::open_streams far = co_await Net::connect({.sock = both[1].release()});
    near.out.write("adopted\n");
    const std::string line = co_await far.in.readline();
    EXPECT_EQ(line, "adopted\n");
    // Both sides have finished: it has no peer any more, but what came is there.
    auto over = tcp_pair();
    checked(static_cast<int>(::send(over[1].get(), "late\n", 5, MSG_NOSIGNAL)));
    for (const int i : {0, 1}) checked(::shutdown(over[static_cast<std::size_t>(i)].get(), SHUT_WR));
    const ps::open_streams finished = co_await Net::connect({.sock = over[0].release()});
    EXPECT_EQ(co_await finished.in.read(), "late\n");
    EXPECT_EQ(finished.out.get_extra_info("peername"), "");
    auto datagrams = Net::connect({.sock = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))});
    const std::string text = co_await text_of_failure(std::move(datagrams));
    EXPECT_EQ(text, "A Stream Socket was expected: sock has another type");
  }
  static ps::task<> from_where(bench&) {
    auto server = co_await echo_server();
    const int port = free_port();
    ps::open_streams streams =
        co_await Net::connect({.host = here, .port = server.port(), .local_addr = {"127.0.0.2", port}});
    EXPECT_EQ(streams.out.get_extra_info("sockname"), "127.0.0.2:" + std::to_string(port));
  }
  static ps::task<> from_nowhere(bench&) {
    auto server = co_await echo_server();
    auto no_such = Net::connect({.host = here, .port = server.port(), .local_addr = {.host = "::1"}});
    const ps::connect_error why = co_await failure_of(std::move(no_such));
    EXPECT_EQ(why.code(), std::errc::address_family_not_supported);
  }
  static ps::task<> tries_the_next_one_soon(bench& b) {
    auto server = co_await echo_server();
    const silent_place silent(server.port());
    const ps::time_point before = b.loop.now();
    co_await expect_echo(co_await Net::connect({.port = server.port(), .happy_eyeballs_delay = 50ms}));
    EXPECT_GE(b.loop.now() - before, ps::duration(50ms));
    EXPECT_LT(b.loop.now() - before, ps::duration(900ms));  // TCP itself asks again after 1 s
  }
  static ps::task<> tells_of_attempts(bench&) {
    const int port = free_port();
    const std::string number = std::to_string(port);
    const std::string v4 = "127.0.0.1:" + number + ": Connection refused";
    const std::string v6 = "[::1]:" + number + ": Connection refused";
    auto first_only = Net::connect({.port = port});
    const ps::connect_error one = co_await failure_of(std::move(first_only));
    EXPECT_EQ(one.code(), std::errc::connection_refused);
    EXPECT_EQ(one.attempts().size(), 2u);
    const std::string first = one.what();
    EXPECT_TRUE(first == "connecting to " + v4 || first == "connecting to " + v6) << first;
    auto both = Net::connect({.port = port, .interleave = 1, .all_errors = true});
    const ps::connect_error all_of_them = co_await failure_of(std::move(both));
    const std::string all = all_of_them.what();
    EXPECT_TRUE(all == "Multiple exceptions: " + v4 + ", " + v6 || all == "Multiple exceptions: " + v6 + ", " + v4)
        << all;
  }
  static ps::task<> gives_up_in_time(bench& b) {
    const full_place silent;
    const ps::time_point before = b.loop.now();
    auto late = Net::connect({.host = here, .port = silent.port(), .connect_timeout = 50ms});
    const ps::connect_error why = co_await failure_of(std::move(late));
    EXPECT_EQ(why.code(), ps::errc::timed_out);
    EXPECT_GE(b.loop.now() - before, ps::duration(50ms));
  }
  static ps::task<> sets_its_socket(bench&) {
    auto server = co_await echo_server();
    ps::open_streams usual = co_await Net::connect({.host = here, .port = server.port()});
    EXPECT_EQ(socket_facts::of(usual.out), (socket_facts{1, 0, 0}));
    ps::open_streams other = co_await Net::connect(
        {.host = here, .port = server.port(), .no_delay = false, .keep_alive = true, .user_timeout = 1500ms});
    EXPECT_EQ(socket_facts::of(other.out), (socket_facts{0, 1, 1500}));
  }

  static std::vector<row> everywhere() {
    return {
        {"R98", {"host", "port"}, &stories::connects},
        {"R98", {"limit", "max_buffered", "writing", "policy"}, &stories::bounds_and_marks},
        {"R98", {"ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"}, &stories::behind_a_filter},
        {"R100", {"local_addr"}, &stories::from_where},
    };
  }
  static std::vector<row> on_sockets() {
    return {
        {"R100", {"family", "flags"}, &stories::resolves_as_told},
        {"R98", {"proto"}, &stories::asks_for_a_protocol},
        {"R99", {"sock"}, &stories::adopts},
        {"R100", {"local_addr"}, &stories::from_nowhere},
        {"R101", {"happy_eyeballs_delay"}, &stories::tries_the_next_one_soon},
        {"R101", {"all_errors", "interleave"}, &stories::tells_of_attempts},
        {"R101", {"connect_timeout"}, &stories::gives_up_in_time},
        {"R69", {"no_delay", "keep_alive", "user_timeout"}, &stories::sets_its_socket},
    };
  }
};

template <class Net>
struct Connecting : testing::Test {};
TYPED_TEST_SUITE(Connecting, nets, net_names);

// R98, R99, R100, R101, R69
// R70: who is connected talks at once, and who is not taken yet is not connected (gives_up_in_time).
TYPED_TEST(Connecting, HasARowForEachParameter) {
  auto rows = stories<TypeParam>::everywhere();
  run_rows(rows);
  if constexpr (TypeParam::has_sockets) {
    const auto others = stories<TypeParam>::on_sockets();
    run_rows(others);
    rows.insert(rows.end(), others.begin(), others.end());
    std::set<std::string> members = members_of("coro", "socket_options.hpp", "tcp_connection_options");
    members.erase("names");  // epoll's, in seams_test.cpp
    expect_complete(rows, members);
  }
}

}  // namespace
