// SPDX-License-Identifier: BSL-1.0
// The virtual loop takes what an epoll loop takes from its owner: tasks, functions, a stop.
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

namespace {

namespace ps = penstock;
using namespace std::chrono_literals;

ps::task<> note_after(ps::duration time, std::string what, std::string* to) {
  co_await ps::sleep(time);
  *to += what;
}

TEST(MemoryLoop, RunsWhatIsSpawnedOnItAndPosted) {
  ps::memory::event_loop loop;
  std::string seen;
  loop.spawn(note_after(1s, "c", &seen));
  loop.post([&] { seen += "a"; });
  loop.post([&] {
    seen += "b";
    loop.post([&] { loop.spawn(note_after(2s, "d", &seen)); });
  });
  EXPECT_EQ(loop.run(), "");
  EXPECT_EQ(seen, "abcd");
}

// I-29: in order a thread.
TEST(MemoryLoop, RunsWhatOtherThreadsPost) {
  ps::memory::event_loop loop;
  constexpr int each = 1000;
  std::vector<int> seen[2];
  std::vector<std::thread> threads;
  for (auto& of_one : seen)
    threads.emplace_back([&] {
      for (int i = 0; i != each; ++i) loop.post([&of_one, i] { of_one.push_back(i); });
    });
  while (seen[0].size() + seen[1].size() != 2 * each) loop.run();
  for (std::thread& t : threads) t.join();
  for (const auto& of_one : seen)
    for (int i = 0; i != each; ++i) ASSERT_EQ(of_one.at(static_cast<std::size_t>(i)), i);
}

TEST(MemoryLoop, TellsWhatAPostedFunctionThrows) {
  ps::memory::event_loop loop;
  std::string told;
  loop.on_unhandled([&](std::exception_ptr error) {
    try {
      std::rethrow_exception(std::move(error));
    } catch (const std::exception& e) {
      told = e.what();
    }
  });
  loop.post([] { throw std::runtime_error("posted and failed"); });
  loop.run();
  EXPECT_EQ(told, "posted and failed");
}

TEST(MemoryLoop, StopsBehindTheRoundInWhichItIsAsked) {
  ps::memory::event_loop loop;
  std::string seen;
  loop.spawn(note_after(1s, "a", &seen));
  loop.spawn(note_after(3s, "b", &seen));
  loop.spawn([](ps::memory::event_loop& of) -> ps::task<> {
    co_await ps::sleep(2s);
    of.stop();
  }(loop));
  loop.run();
  EXPECT_EQ(seen, "a");
  loop.run();
  EXPECT_EQ(seen, "ab");
}

TEST(MemoryLoop, AStoppedOneDoesNotRunATaskOn) {
  ps::memory::event_loop loop;
  std::string seen;
  loop.stop();
  EXPECT_THROW(loop.run_until(note_after(1s, "a", &seen)), std::logic_error);
  EXPECT_EQ(seen, "");
  loop.run_until(note_after(1s, "b", &seen));
  EXPECT_EQ(seen, "b");
}

}  // namespace
