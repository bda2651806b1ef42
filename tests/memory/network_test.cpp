// SPDX-License-Identifier: BSL-1.0
// Connecting and serving over the virtual network take what sockets take, so that code is portable: services, several
// hosts, paths, a local address; what only sockets have changes nothing. Rows that all loops share: tests/serving.
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/memory.hpp>

namespace {

namespace ps = penstock;
namespace pm = penstock::memory;
using namespace std::chrono_literals;

ps::task<> expect_echo(ps::open_streams streams) {
  streams.out.write("echo\n");
  EXPECT_EQ(co_await streams.in.readline(), "echo\n");
}

template <class Call>
ps::task<std::string> text_of_failure(Call call) {
  try {
    auto none = co_await std::move(call);
  } catch (const std::exception& e) {
    co_return std::string(e.what());
  }
  co_return std::string("it did not fail");
}

void tell(ps::task<> (*story)(pm::event_loop&)) {
  pm::event_loop loop;
  loop.run_until(story(loop));
}

// R100: the network is the table of services.
TEST(Network, KnowsTheServicesThatWereSet) {
  tell([](pm::event_loop& loop) -> ps::task<> {
    loop.net().set_service("echo", 7);
    auto server = co_await pm::start_server(handlers::echo_lines, {.host = "here", .port = "echo"});
    EXPECT_EQ(server.port(), 7);
    co_await expect_echo(co_await pm::open_connection({.host = "here", .port = "echo"}));
    co_await expect_echo(co_await pm::open_connection({.host = "here", .port = 7}));
    auto unknown = pm::open_connection({.host = "here", .port = "smtp"});
    const std::string text = co_await text_of_failure(std::move(unknown));
    EXPECT_EQ(text.find("resolving here:smtp gave nothing"), 0u) << text;
    loop.net().set_hosts("nowhere", {});
    auto no_host = pm::open_connection({.host = "nowhere", .port = 7});
    const std::string no_text = co_await text_of_failure(std::move(no_host));
    EXPECT_EQ(no_text.find("resolving nowhere:7 gave nothing"), 0u) << no_text;
  });
}

// R104 as mended: each host once, one port for all of them.
TEST(Network, ServesSeveralHosts) {
  tell([](pm::event_loop& loop) -> ps::task<> {
    loop.net().set_hosts("twins", {"b", "c"});
    const std::string_view hosts[] = {"a", "twins", "a"};
    auto server = co_await pm::start_server(handlers::echo_lines, {.host = hosts, .port = 0});
    EXPECT_EQ(server.sockets().size(), 3u);
    EXPECT_NE(server.port(), 0);
    for (const char* const host : {"a", "b", "c"})
      co_await expect_echo(co_await pm::open_connection({.host = host, .port = server.port()}));
    auto elsewhere = pm::open_connection({.host = "d", .port = server.port()});
    const std::string text = co_await text_of_failure(std::move(elsewhere));
    EXPECT_EQ(text.find("connecting to d:" + std::to_string(server.port())), 0u) << text;
    auto taken = pm::start_server(handlers::echo_lines, {.host = "b", .port = server.port()});
    const std::string in_use = co_await text_of_failure(std::move(taken));
    EXPECT_EQ(in_use.find("Address 'b:" + std::to_string(server.port()) + "' is already in use"), 0u) << in_use;
    server.close();
    EXPECT_TRUE(server.sockets().empty());
  });
}

// R101a, R105: a path is a name, and no port.
TEST(Network, HasPaths) {
  tell([](pm::event_loop& loop) -> ps::task<> {
    const std::string path = "/run/echo";
    std::string peer;
    const auto handler = [&](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
      peer = out.get_extra_info("sockname");
      co_await handlers::echo_lines(std::move(in), std::move(out));
    };
    auto server = co_await pm::start_unix_server(handler, {.path = path, .mode = 0600});
    EXPECT_EQ(server.sockets().size(), 1u);
    EXPECT_EQ(server.port(), 0);
    ps::open_streams streams = co_await pm::open_unix_connection({.path = path});
    EXPECT_EQ(streams.out.get_extra_info("peername"), path);
    co_await expect_echo(std::move(streams));
    EXPECT_EQ(peer, path);
    auto second = pm::start_unix_server(handlers::echo_lines, {.path = path});
    const std::string in_use = co_await text_of_failure(std::move(second));
    EXPECT_EQ(in_use.find("Address '/run/echo' is already in use"), 0u) << in_use;
    auto as_host = pm::open_connection({.host = path, .port = 0});
    EXPECT_NE(co_await text_of_failure(std::move(as_host)), "it did not fail");
    server.close();
    auto nobody = pm::open_unix_connection({.path = path});
    const std::string text = co_await text_of_failure(std::move(nobody));
    EXPECT_EQ(text.find("connecting to /run/echo: "), 0u) << text;
    loop.net().set_way(path, {.connect_delay = 5s});
    auto again = co_await pm::start_unix_server(handlers::echo_lines, {.path = path});
    const ps::time_point before = loop.now();
    co_await expect_echo(co_await pm::open_unix_connection({.path = path}));
    EXPECT_EQ(loop.now() - before, ps::duration(5s));
  });
}

// What only sockets have is taken and changes nothing.
TEST(Network, TakesTheOptionsOfSockets) {
  tell([](pm::event_loop&) -> ps::task<> {
    auto server = co_await pm::start_server(handlers::echo_lines, {.host = "here",
                                                                   .port = 80,
                                                                   .family = 2,
                                                                   .flags = 0,
                                                                   .reuse_address = false,
                                                                   .reuse_port = true,
                                                                   .keep_alive = true,
                                                                   .no_delay = false,
                                                                   .user_timeout = 1s});
    co_await expect_echo(co_await pm::open_connection({.host = "here",
                                                       .port = 80,
                                                       .family = 2,
                                                       .proto = 6,
                                                       .flags = 1,
                                                       .interleave = 1,
                                                       .no_delay = false,
                                                       .keep_alive = true,
                                                       .user_timeout = 1s}));
    auto at_path = co_await pm::start_unix_server(handlers::echo_lines, {.path = "p", .cleanup_socket = false});
    co_await expect_echo(co_await pm::open_unix_connection({.path = "p"}));
  });
}

// All hosts are also each one: a port is somebody's once.
TEST(Network, HasAPortOnce) {
  tell([](pm::event_loop&) -> ps::task<> {
    auto all = co_await pm::start_server(handlers::echo_lines, {.port = 80});
    auto second = pm::start_server(handlers::echo_lines, {.host = "here", .port = 80});
    EXPECT_NE((co_await text_of_failure(std::move(second))).find("in use"), std::string::npos);
    auto one = co_await pm::start_server(handlers::echo_lines, {.host = "here", .port = 81});
    auto other = co_await pm::start_server(handlers::echo_lines, {.host = "there", .port = 81});
    auto third = pm::start_server(handlers::echo_lines, {.port = 81});
    EXPECT_NE((co_await text_of_failure(std::move(third))).find("in use"), std::string::npos);
  });
}

}  // namespace
