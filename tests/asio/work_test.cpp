// SPDX-License-Identifier: BSL-1.0
// Proves what run() waits for: not for a time that nobody waits for any more, nor for handles.
#include <boost/asio.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

// run() returns when nothing is left, although a limit that was not reached was far away.
TEST(Work, IsNoLimitThatWasNotReached) {
  net::io_context io;
  auto quick = [](net::io_context& context) -> ps::task<> {
    half_pair pair(context.get_executor());
    pair.send("x\n");
    co_await pair.ours.in.readline(1h);
  };
  bool done = false;
  pa::co_spawn(io, quick(io), [&](std::exception_ptr) { done = true; });
  const auto before = std::chrono::steady_clock::now();
  io.run_for(10s);
  EXPECT_TRUE(done);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

// Nor where what the limit was for has closed, whatever handles are kept.
TEST(Work, IsNoHandleThatIsKept) {
  net::io_context io;
  const pa::event_loop loop(io);
  half_pair pair(io.get_executor(), {.policy = {.idle = 1h}});
  net::steady_timer soon(io, 5ms);  // by then the loop has set its own
  soon.async_wait([&](error_code) { pair.send("x\n"); });
  pa::async_readline(pair.ours.in, 1h, [&](error_code, const std::string&) { pair.ours.out.close(); });
  const auto before = std::chrono::steady_clock::now();
  io.run_for(10s);
  EXPECT_TRUE(pair.ours.out.is_closing());
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

ps::task<> serve_one(net::io_context& io, std::optional<pa::server>& server) {
  const ps::connection_handler handler = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    co_await in.readline(1h);
  };
  server.emplace(co_await pa::start_server(io, handler, {.host = "127.0.0.1", .port = 0}));
  ps::open_streams client = co_await pa::open_connection({.host = "127.0.0.1", .port = server->port()});
  co_await ps::sleep(5ms);
  client.out.write("hello\n");
  co_await client.in.read();
  server->close();
}

TEST(Work, IsNoServerThatHasClosed) {
  net::io_context io;
  std::optional<pa::server> server;
  pa::co_spawn(io, serve_one(io, server), net::detached);
  const auto before = std::chrono::steady_clock::now();
  io.run_for(10s);
  ASSERT_TRUE(server);
  EXPECT_EQ(server->phase(), ps::server_phase::closed);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

// Its hang-up has been told, and there is nothing left to wait for.
TEST(Work, IsNoUnixStreamWhosePeerHasClosed) {
  net::io_context io;
  half_pair pair(io.get_executor());
  seen reading;
  pa::async_readline(pair.ours.in, reading.handler());
  pair.peer.close();
  const auto before = std::chrono::steady_clock::now();
  io.run_for(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  EXPECT_EQ(reading.error, net::error::eof);
  EXPECT_FALSE(pair.ours.out.is_closing());
}

}  // namespace
