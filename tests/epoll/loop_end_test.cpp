// SPDX-License-Identifier: BSL-1.0
// Tasks that the loop does not own, and that wait while it ends: nothing of it is touched afterwards.
#include <netdb.h>
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <memory>
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
