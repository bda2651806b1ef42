// SPDX-License-Identifier: BSL-1.0
// The README's echo over TCP, a path and an abstract name.
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>

namespace {

namespace ps = penstock;
using namespace std::literals;

ps::task<> echo(ps::stream_reader in, ps::stream_writer out) {
  while (auto line = co_await in.next_line()) {
    out.write(*line);
    co_await out.drain();
  }
}

ps::task<std::string> talk(ps::epoll::open_streams streams) {
  auto& [in, out] = streams;
  out.write("one\ntwo\n");
  std::string seen = co_await in.readline();
  out.write("three");
  out.write_eof();
  seen += co_await in.read();
  out.close();
  co_await out.wait_closed();
  co_return seen;
}

ps::task<std::string> over_tcp() {
  auto server = co_await ps::epoll::start_server(echo, {.host = "127.0.0.1", .port = 0});
  auto streams = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port()});
  EXPECT_EQ(streams.out.get_extra_info("peername"), "127.0.0.1:" + std::to_string(server.port()));
  std::string seen = co_await talk(std::move(streams));
  server.close();
  co_await server.wait_closed();
  co_return seen;
}

ps::task<std::string> over_unix(std::string path) {
  auto server = co_await ps::epoll::start_unix_server(echo, {.path = path});
  std::string seen = co_await talk(co_await ps::epoll::open_unix_connection({.path = path}));
  server.close();
  co_await server.wait_closed();
  co_return seen;
}

TEST(Echo, OverTcp) { EXPECT_EQ(ps::epoll::run(over_tcp()), "one\ntwo\nthree"); }

TEST(Echo, OverAPath) {
  const std::string path = testing::TempDir() + "penstock-echo-" + std::to_string(getpid());
  EXPECT_EQ(ps::epoll::run(over_unix(path)), "one\ntwo\nthree");
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST(Echo, OverAnAbstractName) {
  EXPECT_EQ(ps::epoll::run(over_unix("\0penstock-echo-"s + std::to_string(getpid()))), "one\ntwo\nthree");
}

ps::task<std::string> by_name() {
  auto server = co_await ps::epoll::start_server(echo, {.host = "localhost", .port = 0, .family = AF_INET});
  auto streams = co_await ps::epoll::open_connection({.host = "localhost", .port = server.port(), .happy_eyeballs_delay = 250ms});
  co_return co_await talk(std::move(streams));
}

TEST(Echo, ByName) { EXPECT_EQ(ps::epoll::run(by_name()), "one\ntwo\nthree"); }

}  // namespace
