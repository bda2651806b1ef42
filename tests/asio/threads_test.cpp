// SPDX-License-Identifier: BSL-1.0
// Proves, under ThreadSanitizer, that a context that several threads run carries streams whose executors are
// strands: connections, a server, stops from other threads, and what a context's only thread may do without.
#include <boost/asio.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

ps::task<int> ask(ps::stream_reader in, ps::stream_writer out, int times) {
  int right = 0;
  for (int i = 0; i != times; ++i) {
    const std::string line = "question " + std::to_string(i) + "\n";
    out.write(line);
    right += co_await in.readline() == line ? 1 : 0;
  }
  out.close();
  co_await out.wait_closed();
  co_return right;
}

// Runs the context on several threads until nothing is left.
void run_on_threads(net::io_context& io) {
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) threads.emplace_back([&] { io.run_for(60s); });
  for (std::thread& one : threads) one.join();
}

TEST(Threads, AStrandAConnection) {
  net::io_context io;
  constexpr int connections = 16;
  std::atomic<int> right = 0;
  for (int i = 0; i != connections; ++i) {
    local_socket a(net::make_strand(io));
    local_socket b(net::make_strand(io));
    net::local::connect_pair(a, b);
    const auto server = a.get_executor();
    const auto client = b.get_executor();
    net::post(server, [s = std::move(a), server]() mutable {
      ps::open_streams made = pa::adopt(std::move(s));
      pa::co_spawn(server, handlers::echo_lines(std::move(made.in), std::move(made.out)), net::detached);
    });
    net::post(client, [s = std::move(b), client, &right]() mutable {
      ps::open_streams made = pa::adopt(std::move(s));
      pa::co_spawn(client, ask(std::move(made.in), std::move(made.out), 100),
                   [&right](std::exception_ptr, int n) { right += n; });
    });
  }
  run_on_threads(io);
  EXPECT_EQ(right, connections * 100);
}

TEST(Threads, AServerOnAStrand) {
  net::io_context io;
  const auto strand = net::make_strand(io);
  std::atomic<int> right = 0;
  auto serve = [&](net::any_io_executor executor) -> ps::task<> {
    pa::server server = co_await pa::start_server(executor, handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
    const int port = server.port();
    int left = 8;
    ps::notification changed(*ps::scheduler::current());
    for (int i = 0; i != 8; ++i) {
      const auto own = net::make_strand(io);
      auto client = [](net::any_io_executor on, int to) -> ps::task<int> {
        ps::open_streams s = co_await pa::open_connection(on, {.host = "127.0.0.1", .port = to});
        co_return co_await ask(std::move(s.in), std::move(s.out), 50);
      };
      net::post(own, [&, own, task = client(own, port)]() mutable {
        pa::co_spawn(own, std::move(task), net::bind_executor(executor, [&](std::exception_ptr, int n) {
                       right += n, --left;
                       changed.notify_all();
                     }));
      });
    }
    while (left != 0) co_await changed.wait();
    co_await server.shutdown(5s);
  };
  std::exception_ptr error;
  net::post(strand, [&] { pa::co_spawn(strand, serve(strand), [&](std::exception_ptr e) { error = e; }); });
  run_on_threads(io);
  EXPECT_FALSE(error);
  EXPECT_EQ(right, 8 * 50);
}

ps::task<> short_session(std::atomic<int>& ended) {
  for (int i = 0; i != 5; ++i) co_await ps::sleep(0ms);
  ++ended;
}

// Their frames are made in the first one's loop, and end in others, on other threads.
TEST(Threads, ATaskStartsOthersOnStrandsOfTheirOwn) {
  net::io_context io;
  std::atomic<int> ended = 0;
  auto start_them = [&]() -> ps::task<> {
    for (int i = 0; i != 200; ++i) {
      co_await ps::sleep(0ms);
      const net::any_io_executor one(net::make_strand(io));
      net::dispatch(one, [one, &ended] { pa::co_spawn(one, short_session(ended), net::detached); });
      const net::any_io_executor other(net::make_strand(io));
      net::post(other, [other, made_here = short_session(ended)]() mutable {
        pa::co_spawn(other, std::move(made_here), net::detached);
      });
    }
  };
  const auto strand = net::make_strand(io);
  net::post(strand, [&] { pa::co_spawn(strand, start_them(), net::detached); });
  run_on_threads(io);
  EXPECT_EQ(ended, 400);
}

TEST(Threads, AStopComesFromAnyThread) {
  net::io_context io;
  for (int i = 0; i != 50; ++i) {
    std::stop_source stop;
    half_pair pair(io.get_executor());
    auto wait = [](ps::stream_reader in, std::stop_token token) -> ps::task<std::error_code> {
      try {
        co_await in.readline(token);
      } catch (const std::system_error& e) {
        co_return e.code();
      }
      co_return std::error_code();
    };
    auto ended = pa::co_spawn(io, wait(std::move(pair.ours.in), stop.get_token()), net::use_future);
    std::thread other([&] { stop.request_stop(); });
    io.restart();
    while (ended.wait_for(0s) != std::future_status::ready) io.run_one_for(10ms);
    other.join();
    EXPECT_EQ(ended.get(), ps::errc::canceled);
  }
}

}  // namespace
