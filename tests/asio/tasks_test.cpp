// SPDX-License-Identifier: BSL-1.0
// Proves that our tasks run on Asio's executors with any token for their end, that Asio's operations are awaited
// inside them, and that giving either up ends the other.
#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

ps::task<int> seven() { co_return 7; }
ps::task<int> thrower() {
  throw std::runtime_error("on purpose");
  co_return 0;
}
ps::task<std::unique_ptr<int>> movable() { co_return std::make_unique<int>(3); }
struct no_default {
  explicit no_default(int its_value) : value(its_value) {}
  int value;
};
ps::task<no_default> stiff() { co_return no_default(5); }

net::awaitable<int> from_awaitable() {
  net::io_context& io =
      static_cast<net::io_context&>(net::query(co_await net::this_coro::executor, net::execution::context));
  int sum = co_await pa::co_spawn(io, seven(), net::use_awaitable);
  sum += *co_await pa::co_spawn(io, movable(), net::use_awaitable);
  const std::optional<no_default> made = co_await pa::co_spawn(io, stiff(), net::use_awaitable);
  sum += made->value;
  try {
    co_await pa::co_spawn(io, thrower(), net::use_awaitable);
  } catch (const std::runtime_error&) {
    sum += 100;
  }
  co_return sum;
}

TEST(Tasks, AreAwaitedByAsiosCoroutines) {
  net::io_context io;
  std::future<int> sum = net::co_spawn(io, from_awaitable(), net::use_future);
  io.run();
  EXPECT_EQ(sum.get(), 115);
}

ps::task<std::string> asios_operations(net::io_context& io, local_socket& a, local_socket& b) {
  net::steady_timer timer(io, 1ms);
  co_await timer.async_wait(pa::use_task);
  timer.expires_after(1ms);
  co_await pa::await(timer.async_wait(net::deferred));
  const std::string sent = "hello";
  const std::size_t n = co_await net::async_write(a, net::buffer(sent), pa::use_task);
  std::array<char, 16> into{};
  const std::size_t m = co_await b.async_read_some(net::buffer(into), pa::use_task);
  EXPECT_EQ(n, m);
  a.close();
  const auto [ec, none] = co_await b.async_read_some(net::buffer(into), net::as_tuple(pa::use_task));
  EXPECT_EQ(ec, net::error::eof);
  EXPECT_EQ(none, 0u);
  bool thrown = false;
  try {
    co_await b.async_read_some(net::buffer(into), pa::use_task);
  } catch (const boost::system::system_error& e) {
    thrown = e.code() == net::error::eof;
  }
  EXPECT_TRUE(thrown);
  auto awaitable = []() -> net::awaitable<int> { co_return 11; };
  EXPECT_EQ(co_await pa::await(net::co_spawn(io, awaitable(), net::deferred)), 11);
  co_await ps::sleep(1ms);
  co_return std::string(into.data(), m);
}

TEST(Tasks, AwaitAsiosOperations) {
  net::io_context io;
  local_socket a(io);
  local_socket b(io);
  net::local::connect_pair(a, b);
  std::future<std::string> got = pa::co_spawn(io, asios_operations(io, a, b), net::use_future);
  io.run();
  EXPECT_EQ(got.get(), "hello");
}

ps::task<> wait_long(net::io_context& io, bool& ended) {
  struct telling {
    bool& to;
    ~telling() { to = true; }
  };
  const telling at_the_end{ended};
  net::steady_timer timer(io, 1h);
  co_await timer.async_wait(pa::use_task);
}

TEST(Tasks, CancellingOneDestroysItAndWhatItWaitsFor) {
  net::io_context io;
  net::cancellation_signal signal;
  bool ended = false;
  std::exception_ptr told;
  pa::co_spawn(io, wait_long(io, ended),
               net::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { told = std::move(e); }));
  io.run_for(2ms);
  EXPECT_FALSE(ended);
  signal.emit(net::cancellation_type::terminal);
  io.restart();
  io.run();  // the timer is gone: it returns
  EXPECT_TRUE(ended);
  ASSERT_TRUE(told);
  EXPECT_THROW(std::rethrow_exception(told), std::system_error);
}

ps::task<std::string> with_limit(ps::stream_reader in) {
  try {
    co_return co_await ps::with_timeout(
        [](ps::stream_reader& from) -> ps::task<std::string> { co_return co_await from.readline(); }(in), 5ms);
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), ps::errc::timed_out);
  }
  co_return std::string(in.peek());
}

TEST(Tasks, TheLoopsOwnTimersRun) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("half");
  std::future<std::string> got = pa::co_spawn(io, with_limit(std::move(pair.ours.in)), net::use_future);
  while (got.wait_for(0s) != std::future_status::ready) io.run_one();
  EXPECT_EQ(got.get(), "half");
}

net::awaitable<std::string> a_client(net::io_context& io) {
  std::optional<pa::server> server = co_await pa::co_spawn(
      io, pa::start_server(io, handlers::echo_lines, {.host = "127.0.0.1", .port = 0}), net::use_awaitable);
  std::optional<ps::open_streams> streams = co_await pa::co_spawn(
      io, pa::open_connection(io, {.host = "127.0.0.1", .port = server->port()}), net::use_awaitable);
  streams->out.write("hello\n");
  std::string line = co_await pa::async_readline(streams->in, net::use_awaitable);
  streams->out.close();
  co_await pa::async_wait_closed(streams->out, net::use_awaitable);
  co_return line;
}

TEST(Tasks, ConnectingAndServingFromAsiosCoroutines) {
  net::io_context io;
  std::future<std::string> line = net::co_spawn(io, a_client(io), net::use_future);
  io.run();
  EXPECT_EQ(line.get(), "hello\n");
}

// Errors of taking a socket over are the standard library's, as those of connecting.
TEST(Tasks, ASocketThatAsioHasIsNotTakenOver) {
  net::io_context io;
  local_socket own(io);
  local_socket peer(io);
  net::local::connect_pair(own, peer);
  std::error_code refused;
  pa::co_spawn(io, pa::open_unix_connection(io, {.sock = own.native_handle()}),
               [&](const std::exception_ptr& e, const std::optional<ps::open_streams>&) {
                 try {
                   std::rethrow_exception(e);
                 } catch (const std::system_error& error) {
                   refused = error.code();
                 }
               });
  io.run();
  EXPECT_EQ(refused, std::errc::file_exists);
  own.release();  // the descriptor is closed
}

}  // namespace
