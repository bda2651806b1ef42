// SPDX-License-Identifier: BSL-1.0
// Proves that streams, tasks, servers, loops, contexts and executors are destroyed in any order with operations
// pending: each handler is called at most once, exactly once where the context runs on (I-26), and nothing is
// touched afterwards, which AddressSanitizer sees.
#include <boost/asio.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

// Counts calls, which may come from another thread; its destruction is seen too.
struct call_counter {
  std::shared_ptr<int> alive = std::make_shared<int>(0);
  std::atomic<int> calls = 0;
  error_code last;  // written before the call counts
  auto handler() {
    return [this, share = alive](error_code ec, auto&&...) { last = ec, ++calls; };
  }
  bool handler_gone() const { return alive.use_count() == 1; }
};

// Everything that a program has, each of which may be the next one to go.
struct world {
  std::optional<net::io_context> io{std::in_place};
  std::optional<net::any_io_executor> executor;
  std::optional<pa::event_loop> loop;
  std::optional<stream_pair> pair;
  call_counter reading;
  call_counter closing;
  bool task_destroyed = false;

  static ps::task<> wait_for_ever(ps::open_streams& s, bool& destroyed) {
    struct telling {
      bool& to;
      ~telling() { to = true; }
    };
    const telling at_the_end{destroyed};
    try {
      co_await s.in.readexactly(10'000'000);
    } catch (const std::system_error&) {  // the other end went first
    }
  }

  explicit world(bool strand) {
    executor = strand ? net::any_io_executor(net::make_strand(*io)) : net::any_io_executor(io->get_executor());
    loop.emplace(*executor);
    pair.emplace(*executor);
    pa::async_readline(pair->first.in, reading.handler());
    pa::async_wait_closed(pair->first.out, closing.handler());
    loop->spawn(wait_for_ever(pair->second, task_destroyed));
    pair->first.out.write(std::string(5'000'000, 'x'));  // more than the way takes
    io->poll();
  }
};

TEST(Life, AnyOrderOfDestruction) {
  for (const bool strand : {false, true}) {
    std::array<int, 4> order{0, 1, 2, 3};
    do {
      // Asio's rule, not ours: a strand itself must not outlive its context. Our copies of it do not.
      const auto at = [&](int which) { return std::find(order.begin(), order.end(), which); };
      if (strand && at(0) < at(1)) continue;
      SCOPED_TRACE(::testing::PrintToString(order) + (strand ? ", a strand" : ""));
      world w(strand);
      for (const int which : order) {
        switch (which) {
          case 0: w.io.reset(); break;
          case 1: w.executor.reset(); break;
          case 2: w.loop.reset(); break;
          case 3: w.pair.reset(); break;
        }
        if (w.io) w.io->poll();
        EXPECT_LE(w.reading.calls, 1);
      }
      EXPECT_TRUE(w.reading.handler_gone());
      EXPECT_TRUE(w.closing.handler_gone());
      EXPECT_TRUE(w.task_destroyed);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Life, EndingALoopCompletesEachOperationOnce) {
  for (const bool strand : {false, true}) {
    world w(strand);
    w.loop->end();
    EXPECT_TRUE(w.task_destroyed);
    EXPECT_EQ(w.reading.calls, 0);  // by a post
    w.io->poll();
    EXPECT_EQ(w.reading.calls, 1);
    EXPECT_EQ(w.reading.last, net::error::operation_aborted);
    EXPECT_EQ(w.closing.calls, 1);
    // What comes later is answered, too, and from the buffer where there is something.
    call_counter later;
    pa::async_readline(w.pair->first.in, later.handler());
    while (later.calls == 0) std::this_thread::yield();  // the loop has no executor any more: the system's
    EXPECT_EQ(later.calls, 1);
    // The executor gets a new loop.
    half_pair fresh(*w.executor);
    fresh.send("new\n");
    call_counter line;
    pa::async_readline(fresh.ours.in, line.handler());
    w.io->restart();
    while (line.calls == 0) w.io->run_one();
    EXPECT_FALSE(line.last);
  }
}

TEST(Life, LettingGoOfAStreamEndsWhatWaitsOnIt) {
  net::io_context io;
  call_counter reading;
  {
    half_pair pair(io.get_executor());
    pa::async_readline(pair.ours.in, reading.handler());
    io.poll();
  }
  io.restart();
  io.run();
  EXPECT_EQ(reading.calls, 1);
  EXPECT_TRUE(reading.last);
}

TEST(Life, WhatWasWrittenLeavesThoughNobodyHoldsTheStream) {
  net::io_context io;
  local_socket peer(io);
  {
    local_socket own(io);
    net::local::connect_pair(own, peer);
    ps::open_streams s = pa::adopt(std::move(own));
    s.out.write(std::string(3'000'000, 'y'));
  }
  std::string all;
  std::string error;
  net::async_read(peer, net::dynamic_buffer(all), [&](error_code ec, std::size_t) { error = ec.message(); });
  io.run();
  EXPECT_EQ(all.size(), 3'000'000u);
  EXPECT_EQ(error, "End of file");
}

// The loop of a strand goes with the last stream; that of the context's own executor stays.
TEST(Life, AStrandsLoopEndsWithItsLastUse) {
  net::io_context io;
  const auto strand = net::make_strand(io);
  std::weak_ptr<int> told;
  {
    half_pair pair(strand);
    auto mark = std::make_shared<int>(1);
    told = mark;
    pa::event_loop(net::any_io_executor(strand)).on_unhandled([mark = std::move(mark)](std::exception_ptr) {});
    io.poll();
    EXPECT_FALSE(told.expired());
  }
  io.restart();
  io.run();
  EXPECT_TRUE(told.expired());
}

TEST(Life, AServerAndItsConnectionsOutliveTheirContext) {
  std::optional<net::io_context> io(std::in_place);
  std::optional<pa::server> server;
  std::optional<ps::open_streams> client;
  bool handled = false;
  bool ended = false;
  struct telling {
    bool& to;
    ~telling() { to = true; }
  };
  auto handler = [&](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    const telling at_the_end{ended};
    handled = true;
    co_await in.read();
  };
  const ps::connection_handler named = [&](ps::stream_reader in, ps::stream_writer out) {
    return handler(std::move(in), std::move(out));
  };
  auto start = [&](net::io_context& context) -> ps::task<> {
    server.emplace(co_await pa::start_server(context, named, {.host = "127.0.0.1", .port = 0}));
    client.emplace(co_await pa::open_connection(context, {.host = "127.0.0.1", .port = server->port()}));
  };
  pa::co_spawn(*io, start(*io), net::detached);
  while (!handled || !client) io->run_one();
  io.reset();
  EXPECT_TRUE(ended);
  EXPECT_EQ(server->phase(), ps::server_phase::closed);
  EXPECT_EQ(client->out.get_extra_info("peername").substr(0, 10), "127.0.0.1:");
  EXPECT_TRUE(client->out.write("nobody"));
  server.reset();
  client.reset();
}

// I-21: inside its own handler everything may go: its streams, its loop's last handle.
TEST(Life, StreamsAreDestroyedInTheirOwnHandlers) {
  net::io_context io;
  auto pair = std::make_unique<half_pair>(net::make_strand(io));
  int calls = 0;
  pair->send("one\ntwo\n");
  pa::async_readline(pair->ours.in, [&](error_code, const std::string& line) {
    ++calls;
    EXPECT_EQ(line, "one\n");
    pair.reset();
  });
  io.run();
  EXPECT_EQ(calls, 1);
}

// I-1, I-27: a context that is run inside a handler of another one, in the same thread, costs the other no byte.
TEST(Life, AContextRunsInsideAnothersTask) {
  const std::string lines = "one\ntwo\nthree\n";
  const std::string answer(2000, 'z');
  const auto all_lines = [](ps::stream_reader& in, std::function<void()> between) -> ps::task<std::string> {
    std::string heard = co_await in.readline();
    between();
    while (auto line = co_await in.next_line()) heard += *line;
    co_return heard;
  };
  const auto run_one = [&](std::string_view input, std::function<void()> between) {
    net::io_context io;
    half_pair pair(io.get_executor());
    pair.send(input);
    pair.peer.close();
    std::string heard;
    const auto keep = [&](std::function<void()> f) -> ps::task<> {
      heard = co_await all_lines(pair.ours.in, std::move(f));
      pair.ours.out.close();
    };
    pa::event_loop(io.get_executor()).spawn(keep(std::move(between)));
    io.run();
    return heard;
  };
  EXPECT_EQ(run_one(lines, [&] { EXPECT_EQ(run_one(answer, [] {}), answer); }), lines);
}

}  // namespace
