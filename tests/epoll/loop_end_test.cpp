// SPDX-License-Identifier: BSL-1.0
// Tasks that the loop does not own, and that wait while it ends: nothing of it is touched afterwards.
#include <netdb.h>
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

#include "serving/places.hpp"
#include "signal_mask.hpp"

namespace {

using namespace penstock_test;
namespace ps = penstock;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

// Starts it inside the loop and runs what it can do at once; the task stays the caller's.
template <class T>
void start_in(pe::event_loop& loop, ps::task<T>& work) {
  loop.post([&work] { static_cast<void>(work.start()); });
  bool more = true;
  while (more) more = loop.poll();
}

ps::task<pe::resolve_answer> look_up() {
  pe::resolve_query query{"127.0.0.1", "1", AF_UNSPEC, 0, AI_NUMERICHOST};
  co_return co_await pe::system_resolver().resolve(std::move(query));
}

// What a frame starts in its end is ended with the loop, too: nobody waits for a signal, an attempt or a post for ever.
TEST(LoopEnd, EndsWhatAFramesEndStarts) {
  bound_socket place;
  checked(::listen(place.get(), 5));
  int ended = 0;
  const auto counted = [](int& n, int kind, int port) -> ps::task<> {
    struct telling {
      int& to;
      ~telling() { ++to; }
    };
    const telling at_the_end{n};
    if (kind == 0) co_await ps::sleep(1h);
    if (kind == 1) static_cast<void>(co_await pe::open_connection({.host = here, .port = port}));
    if (kind == 2) co_await pe::next_signal(SIGUSR1);
  };
  struct farewell {
    const decltype(counted)& task;
    int& ended;
    int port;
    ~farewell() {
      for (const int kind : {0, 1, 2}) ps::spawn(task(ended, kind, port));
      ps::scheduler::current()->post([last = std::make_shared<farewell_post>(ended)] {});
    }
    struct farewell_post {
      explicit farewell_post(int& n) : to(n) {}
      ~farewell_post() { ++to; }
      int& to;
    };
  };
  const auto handler = [&](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    const farewell at_the_end{counted, ended, place.port()};
    static_cast<void>(co_await in.readline());
  };
  std::optional<ps::server> server;
  std::optional<ps::open_streams> client;
  {
    pe::event_loop loop;
    const auto setup = [&]() -> ps::task<> {
      server = co_await pe::start_server(handler, {.host = here, .port = 0});
      client = co_await pe::open_connection({.host = here, .port = server->port()});
      while (server->connections() == 0) co_await ps::sleep(1ms);
    };
    loop.run_until(setup());
    loop.post([last = std::shared_ptr<farewell>(new farewell{counted, ended, place.port()})] {});
  }
  EXPECT_EQ(ended, 8);
}

// I-26: the answer comes to a thread of the resolver, before or behind the loop's end.
TEST(LoopEnd, LeavesALookUp) {
  for (int i = 0; i != 50; ++i) {
    auto loop = std::make_unique<pe::event_loop>();
    ps::task<pe::resolve_answer> waiting = look_up();
    start_in(*loop, waiting);
    if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(i * 4));
    loop.reset();
    if (i % 3 == 0) std::this_thread::sleep_for(1ms);
    waiting = {};
  }
}

// I-26, I-35: what is on its way to an address is closed by the loop's end, not by its frame's.
TEST(LoopEnd, ClosesAnAttempt) {
  const full_place silent;
  const std::size_t before = open_descriptors();
  auto loop = std::make_unique<pe::event_loop>();
  ps::task<pe::open_streams> connecting = pe::open_connection(*loop, {.host = "127.0.0.1", .port = silent.port()});
  start_in(*loop, connecting);
  ASSERT_FALSE(connecting.done());
  loop.reset();
  EXPECT_EQ(open_descriptors(), before);
  connecting = {};
  EXPECT_EQ(open_descriptors(), before);
}

// I-26, I-35: so is what waits for a signal, which has its usual effect from then on.
TEST(LoopEnd, EndsAWaitForASignal) {
  const std::size_t before = open_descriptors();
  auto loop = std::make_unique<pe::event_loop>();
  ps::task<int> waiting = pe::next_signal(*loop, {SIGUSR1});
  start_in(*loop, waiting);
  ASSERT_FALSE(waiting.done());
  EXPECT_TRUE(is_blocked(SIGUSR1));
  loop.reset();
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_EQ(open_descriptors(), before);
  waiting = {};
  EXPECT_FALSE(is_blocked(SIGUSR1));
}

// A server that is not there yet: its name is being looked up.
class silent_resolver final : public pe::resolver {
 public:
  ps::task<pe::resolve_answer> resolve(pe::resolve_query) override {
    co_await ps::sleep(1h);
    co_return pe::resolve_answer{};
  }
};

TEST(LoopEnd, LeavesAServerThatIsBeingMade) {
  silent_resolver names;
  auto loop = std::make_unique<pe::event_loop>();
  ps::task<pe::server> making =
      pe::start_server(*loop, handlers::echo_lines, {.host = "a name", .port = 0, .names = &names});
  start_in(*loop, making);
  ASSERT_FALSE(making.done());
  loop.reset();
  making = {};
}

}  // namespace
