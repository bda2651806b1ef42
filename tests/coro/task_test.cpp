// SPDX-License-Identifier: BSL-1.0
// Proves where tasks run, end and fail: in place, in the loop, in groups and under a limit.
#include <penstock/coro/task.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

ps::task<int> late(int value, ps::wait_limit limit) {
  co_await ps::sleep(std::move(limit));
  co_return value;
}
ps::task<> fail_late(const char* why, ps::wait_limit limit) {
  co_await ps::sleep(std::move(limit));
  throw std::runtime_error(why);
}
ps::task<> note(std::vector<std::string>* to, std::string what) {
  to->push_back(std::move(what));
  co_return;
}

// Tells when its frame ends.
class ending {
 public:
  explicit ending(int* ended) noexcept : ended_(ended) {}
  ending(ending&& other) noexcept : ended_(std::exchange(other.ended_, nullptr)) {}
  ending& operator=(ending&&) = delete;
  ~ending() {
    if (ended_ != nullptr) ++*ended_;
  }

 private:
  int* ended_;
};
ps::task<> wait_a_little() { co_await ps::sleep(1ms); }
ps::task<> wait_for_ever(ending) { co_await ps::sleep(ps::time_point::never()); }
ps::task<int> hold(ending, int value) {
  co_await ps::sleep(1h);
  co_return value;
}

template <class T>
ps::task<std::string> caught(ps::task<T> work) {
  std::string what = "nothing";
  try {
    static_cast<void>(co_await std::move(work));
  } catch (const std::exception& e) {
    what = e.what();
  }
  co_return what;
}

}  // namespace

TEST(Task, IsLazyAndEndsWhereItIsAwaited) {
  std::vector<std::string> notes;
  ps::memory::event_loop loop;
  loop.run_until([](std::vector<std::string>* to) -> ps::task<> {
    ps::task<> child = note(to, "child");
    to->push_back("before");
    co_await std::move(child);
    to->push_back("after");
  }(&notes));
  EXPECT_EQ(notes, (std::vector<std::string>{"before", "child", "after"}));
}

TEST(Task, AnExceptionEndsInTheAwaitingOne) {
  ps::memory::event_loop loop;
  EXPECT_EQ(loop.run_until([]() -> ps::task<std::string> {
    std::string what;
    try {
      co_await fail_late("late", 1s);
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    co_return what;
  }()),
            "late");
  EXPECT_THROW(loop.run_until(fail_late("out", 1s)), std::runtime_error);
}

TEST(Task, NotAwaitedEndsWithItsObject) {
  int ended = 0;
  {
    const ps::task<> never_started = wait_for_ever(ending(&ended));
  }
  EXPECT_EQ(ended, 1);
}

TEST(Task, MovesAndAssigns) {
  int ended = 0;
  ps::task<> a = wait_for_ever(ending(&ended));
  ps::task<> b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_TRUE(b);
  b = wait_for_ever(ending(&ended));
  EXPECT_EQ(ended, 1);
  b = ps::task<>();
  EXPECT_EQ(ended, 2);
}

TEST(Task, ResultsMayBeMoveOnly) {
  ps::memory::event_loop loop;
  const std::unique_ptr<int> seven = loop.run_until([]() -> ps::task<std::unique_ptr<int>> {
    co_await ps::sleep(1ms);
    co_return std::make_unique<int>(7);
  }());
  EXPECT_EQ(*seven, 7);
}

TEST(Spawn, StartsAtOnceAlsoFromOutsideTheLoop) {
  ps::memory::event_loop loop;
  std::vector<std::string> notes;
  ps::spawn(loop, note(&notes, "at once"));
  EXPECT_EQ(notes.size(), 1U);
  // its first wait finds the loop that it was given to
  std::optional<int> answer;
  ps::spawn(loop, [](std::optional<int>* to) -> ps::task<> { *to = co_await late(3, 1s); }(&answer));
  EXPECT_EQ(ps::scheduler::current(), nullptr);
  loop.run();
  EXPECT_EQ(answer, 3);
}

// R12
TEST(Spawn, InsideATaskTheLoopIsTheOneThatRunsIt) {
  std::vector<std::string> notes;
  ps::memory::event_loop loop;
  loop.run_until([](std::vector<std::string>* to) -> ps::task<> {
    ps::spawn(note(to, "spawned"));
    ps::spawn([](std::vector<std::string>* into) -> ps::task<> {
      co_await ps::sleep(1s);
      into->push_back("late");
    }(to));
    to->push_back("spawning");
    co_await ps::sleep(2s);
  }(&notes));
  EXPECT_EQ(notes, (std::vector<std::string>{"spawned", "spawning", "late"}));
  EXPECT_THROW(ps::spawn(note(&notes, "outside")), std::logic_error);
}

TEST(Spawn, TheLoopDestroysWhatHasNotEnded) {
  int ended = 0;
  {
    ps::memory::event_loop loop;
    ps::spawn(loop, wait_for_ever(ending(&ended)));
    loop.run();
    EXPECT_EQ(ended, 0);
  }
  EXPECT_EQ(ended, 1);
}

TEST(Spawn, AnExceptionGoesToTheLoop) {
  ps::memory::event_loop loop;
  ::testing::internal::CaptureStderr();
  ps::spawn(loop, fail_late("spawned and failed", 1s));
  loop.run();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "penstock: a task failed: spawned and failed\n");
}

TEST(Sleep, LastsAsLongAsAsked) {
  ps::memory::event_loop loop;
  const ps::time_point start = loop.now();
  EXPECT_EQ(loop.run_until(late(1, 1500ms)), 1);
  EXPECT_EQ(loop.now(), start + ps::duration(1500ms));
}

// One that sleeps for no time again and again lets all others go on.
TEST(Sleep, OfNoTimeLetsOthersGoOn) {
  ps::memory::event_loop loop;
  bool done = false;
  ps::spawn(loop, [](bool* seen) -> ps::task<> {
    for (int i = 0; i != 3; ++i) co_await ps::sleep(0s);
    *seen = true;
  }(&done));
  const int rounds = loop.run_until([](const bool* seen) -> ps::task<int> {
    int n = 0;
    for (; !*seen && n != 100; ++n) co_await ps::sleep(0s);
    co_return n;
  }(&done));
  EXPECT_LE(rounds, 5);
}

TEST(Sleep, AStopEndsIt) {
  ps::memory::event_loop loop;
  std::stop_source source;
  ps::spawn(loop, [](std::stop_source stop) -> ps::task<> {
    co_await ps::sleep(1s);
    stop.request_stop();
  }(source));
  EXPECT_EQ(loop.run_until(caught(late(1, {1h, source.get_token()}))), std::system_error(ps::errc::canceled).what());
  EXPECT_LT(loop.now(), ps::time_point(ps::duration(1min)));
}

TEST(WhenAll, AnswersAllResultsInTheOrderOfTheArguments) {
  ps::memory::event_loop loop;
  EXPECT_EQ(loop.run_until([]() -> ps::task<int> {
    auto [a, b, nothing] = co_await ps::when_all(late(3, 3s), late(2, 2s), wait_a_little());
    static_cast<void>(nothing);
    co_return a * 10 + b;
  }()),
            32);
}

TEST(WhenAll, WaitsForAllAndThrowsTheFirstFailureInTheOrderOfTheArguments) {
  ps::memory::event_loop loop;
  const ps::time_point start = loop.now();
  EXPECT_EQ(loop.run_until(caught([]() -> ps::task<> {
    co_await ps::when_all(late(1, 3s), fail_late("second", 2s), fail_late("third", 1s));
  }())),
            "second");
  EXPECT_EQ(loop.now(), start + ps::duration(3s));
}

TEST(WhenAll, OfNothingIsThereAtOnce) {
  ps::memory::event_loop loop;
  EXPECT_EQ(loop.run_until([]() -> ps::task<int> {
    const std::tuple<> none = co_await ps::when_all<>();
    static_cast<void>(none);
    co_return 1;
  }()),
            1);
}

TEST(WithTimeout, AnswersInTimeOrDestroysTheTask) {
  ps::memory::event_loop loop;
  int ended = 0;
  EXPECT_EQ(loop.run_until([](int* e) -> ps::task<int> {
    const int a = co_await ps::with_timeout(late(1, 1s), 2s);
    const int b = co_await ps::with_timeout(hold(ending(e), 2), 2h);
    co_return a * 10 + b;
  }(&ended)),
            12);
  EXPECT_EQ(ended, 1);
  const ps::time_point start = loop.now();
  EXPECT_EQ(loop.run_until(caught(
                [](int* e) -> ps::task<int> { co_return co_await ps::with_timeout(hold(ending(e), 2), 2s); }(&ended))),
            std::system_error(ps::errc::timed_out).what());
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(loop.now(), start + ps::duration(2s));
}

TEST(RunUntil, WhatCanNeverEndSaysWhoWaits) {
  ps::memory::event_loop loop;
  auto [mine, other] = ps::memory::duplex(loop);
  try {
    loop.run_until([](ps::stream_reader& in) -> ps::task<> { co_await in.readline(); }(mine.in));
    FAIL();
  } catch (const std::logic_error& e) {
    EXPECT_NE(std::string(e.what()).find("readline"), std::string::npos) << e.what();
  }
}
