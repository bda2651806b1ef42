// SPDX-License-Identifier: BSL-1.0
// open_unix_connection and start_unix_server, on each loop: a row for each parameter, which shows what it does. What
// only sockets and files have is shown on real ones.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "serving/parameters.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

bool exists(const std::string& path) {
  struct stat there{};
  return ::stat(path.c_str(), &there) == 0;
}
mode_t mode_of(const std::string& path) {
  struct stat there{};
  checked(::stat(path.c_str(), &there));
  return there.st_mode & 07777;
}

template <class Net>
struct path_stories {
  using bench = socket_bench<Net>;
  using row = parameter_row_on<bench>;

  static ps::task<> expect_echo_at(const std::string& path) {
    co_await expect_echo(co_await Net::connect_at({.path = path}));
  }

  // --- connecting ----------------------------------------------------------------------------

  static ps::task<> connects(bench&) {
    const socket_path path;
    for (const std::string& place : {path.text, std::string(1, '\0') + path.text}) {
      auto server = co_await Net::serve_at(handlers::echo_lines, {.path = place});
      ps::open_streams streams = co_await Net::connect_at({.path = place,
                                                           .limit = 7,
                                                           .max_buffered = 200'000,
                                                           .writing = {.high = 10, .low = 5},
                                                           .policy = {.idle = 1h}});
      EXPECT_EQ(stream_facts::of(streams.in, streams.out), (stream_facts{7, 200'000, 10}));
      co_await expect_echo(std::move(streams));
    }
  }
  static ps::task<> connects_behind_a_filter(bench& b) {
    const socket_path path;
    b.layer = std::make_unique<flip_filter>();
    auto server = co_await Net::serve_at(handlers::echo_lines, {.path = path.text, .ssl = b.layer.get()});
    co_await expect_echo(co_await Net::connect_at({.path = path.text,
                                                   .ssl = b.layer.get(),
                                                   .server_hostname = "",
                                                   .ssl_handshake_timeout = 1s,
                                                   .ssl_shutdown_timeout = 1s}));
  }
  static ps::task<> adopts(bench&) {
    descriptors both = unix_pair();
    auto near = co_await Net::connect_at({.sock = both[0].release()});
    checked(static_cast<int>(::send(both[1].get(), "a\n", 2, 0)));
    EXPECT_EQ(co_await near.in.readline(), "a\n");
    descriptors tcp = tcp_pair();
    auto other = Net::connect_at({.sock = tcp[0].release()});
    const std::string text = co_await text_of_failure(std::move(other));
    EXPECT_EQ(text, "A UNIX Domain Stream Socket was expected: sock is of another family");
  }
  static std::vector<row> connecting() {
    std::vector<row> rows = {{"R101a", {"path", "limit", "max_buffered", "writing", "policy"}, &path_stories::connects},
                             {"R101a",
                              {"ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"},
                              &path_stories::connects_behind_a_filter}};
    if constexpr (Net::has_sockets) rows.push_back({"R101a", {"sock"}, &path_stories::adopts});
    return rows;
  }

  // --- listening -----------------------------------------------------------------------------

  static ps::task<> keeps_its_file(bench&) {
    const socket_path path;
    {
      auto server = co_await Net::serve_at(handlers::echo_lines, {.path = path.text});
      co_await expect_echo_at(path.text);
      auto second = Net::serve_at(handlers::echo_lines, {.path = path.text});
      const std::string text = co_await text_of_failure(std::move(second));
      EXPECT_EQ(text.find("Address '" + path.text + "' is already in use"), 0u) << text;
    }
    EXPECT_FALSE(exists(path.text));
    {
      auto left = co_await Net::serve_at(handlers::echo_lines, {.path = path.text, .cleanup_socket = false});
    }
    EXPECT_TRUE(exists(path.text));
    auto again = co_await Net::serve_at(handlers::echo_lines, {.path = path.text, .start_serving = false});
    EXPECT_FALSE(again.is_serving());
    ::unlink(path.text.c_str());  // R106: a file of the same name that is not ours stays
    auto other = co_await Net::serve_at(handlers::echo_lines, {.path = path.text});
    again.close();
    EXPECT_TRUE(exists(path.text));
    const std::string abstract = std::string(1, '\0') + path.text;
    auto without_file = co_await Net::serve_at(handlers::echo_lines, {.path = abstract});
    co_await expect_echo_at(abstract);
  }
  static ps::task<> sets_the_mode(bench&) {
    for (const std::uint32_t mode : {0600u, 0666u, 0777u}) {
      const socket_path path;
      auto server = co_await Net::serve_at(handlers::echo_lines, {.path = path.text, .mode = mode});
      EXPECT_EQ(mode_of(path.text), mode);
      co_await expect_echo_at(path.text);
    }
  }
  static ps::task<> takes_a_socket_over(bench&) {
    const socket_path path;
    descriptor taken(checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    const ps::epoll::address at = *ps::epoll::address::unix_path(path.text);
    checked(::bind(taken.get(), at.get(), at.size));
    {
      auto server = co_await Net::serve_at(handlers::echo_lines, {.sock = taken.release(), .backlog = 3});
      co_await expect_echo_at(path.text);
      EXPECT_EQ(fill_backlog(path.text).size(), 4u);
    }
    EXPECT_TRUE(exists(path.text));  // R106: the file is not ours
  }
  static ps::task<> serves_behind_a_filter(bench& b) {
    const socket_path path;
    b.layer = std::make_unique<flip_filter>();
    auto own = std::make_unique<record>();
    const record& seen = *own;
    b.observer = std::move(own);
    stream_facts made;
    const auto handler = [&made](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
      made = stream_facts::of(in, out);
      co_await handlers::echo_lines(std::move(in), std::move(out));
    };
    auto server = co_await Net::serve_at(handler, {.path = path.text,
                                                   .limit = 7,
                                                   .ssl = b.layer.get(),
                                                   .ssl_handshake_timeout = 1s,
                                                   .ssl_shutdown_timeout = 1s,
                                                   .max_connections = 1,
                                                   .max_handshakes = 1,
                                                   .max_buffered = 200'000,
                                                   .writing = {.high = 10, .low = 5},
                                                   .policy = {.idle = 1h},
                                                   .observer = b.observer.get()});
    for (int i = 0; i != 2; ++i)
      co_await expect_echo(co_await Net::connect_at({.path = path.text, .ssl = b.layer.get(), .server_hostname = ""}));
    EXPECT_EQ(made, (stream_facts{7, 200'000, 10}));
    EXPECT_EQ(seen.accepted_ones, 2);
  }
  static std::vector<row> listening() {
    std::vector<row> rows = {{"R102",
                              {"limit", "max_buffered", "writing", "policy", "ssl", "ssl_handshake_timeout",
                               "ssl_shutdown_timeout", "max_connections", "max_handshakes", "observer"},
                              &path_stories::serves_behind_a_filter}};
    if constexpr (Net::has_sockets) {
      rows.push_back({"R105", {"path", "cleanup_socket", "start_serving"}, &path_stories::keeps_its_file});
      rows.push_back({"R105", {"mode"}, &path_stories::sets_the_mode});
      rows.push_back({"R105", {"sock", "backlog"}, &path_stories::takes_a_socket_over});
    }
    return rows;
  }

  // --- further -------------------------------------------------------------------------------

  static ps::task<> full_backlog(bench&) {
    const socket_path path;
    auto server = co_await Net::serve_at(handlers::echo_lines, {.path = path.text, .backlog = 0});
    const auto waiting = fill_backlog(path.text);
    std::error_code why;
    try {
      auto none = co_await Net::connect_at({.path = path.text});
    } catch (const ps::connect_error& e) {
      why = e.code();
    }
    EXPECT_EQ(why, std::errc::resource_unavailable_try_again);
  }
  static ps::task<> credentials(bench&) {
    const socket_path path;
    std::string at_the_server;
    const auto handler = [&](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
      static_cast<void>(co_await in.read());
      out.close();
      co_await out.wait_closed();
      at_the_server = out.get_extra_info("peercred");
    };
    auto server = co_await Net::serve_at(handler, {.path = path.text});
    const std::string own = "pid=" + std::to_string(::getpid()) + " uid=" + std::to_string(::getuid()) +
                            " gid=" + std::to_string(::getgid());
    auto [in, out] = co_await Net::connect_at({.path = path.text});
    EXPECT_EQ(out.get_extra_info("peercred"), own);
    out.write_eof();
    EXPECT_EQ(co_await in.read(), "");
    co_await ps::sleep(5ms);
    EXPECT_EQ(at_the_server, own);
  }
};

template <class Net>
struct Paths : testing::Test {
  static void tell(ps::task<> (*story)(socket_bench<Net>&)) {
    socket_bench<Net> here;
    here.loop.run_until(story(here));
  }
};
TYPED_TEST_SUITE(Paths, nets, net_names);

// R101a
TYPED_TEST(Paths, HaveARowForEachParameterOfConnecting) {
  const auto rows = path_stories<TypeParam>::connecting();
  run_rows(rows);
  if constexpr (TypeParam::has_sockets)
    expect_complete(rows, members_of("coro", "socket_options.hpp", "unix_connection_options"));
}

// R102, R105, R106, R109
TYPED_TEST(Paths, HaveARowForEachParameterOfListening) {
  const auto rows = path_stories<TypeParam>::listening();
  run_rows(rows);
  if constexpr (TypeParam::has_sockets)
    expect_complete(rows, members_of("coro", "socket_options.hpp", "unix_server_options"));
}

template <class Net>
struct PathsOfSockets : Paths<Net> {};
TYPED_TEST_SUITE(PathsOfSockets, socket_nets, net_names);

// R101: who does not fit into a backlog is told so, and by Asio alone would not be.
TYPED_TEST(PathsOfSockets, TellOfAFullBacklog) { this->tell(&path_stories<TypeParam>::full_backlog); }

// R68: who connected, also when the connection is gone.
TYPED_TEST(PathsOfSockets, TellThePeersCredentials) { this->tell(&path_stories<TypeParam>::credentials); }

}  // namespace
