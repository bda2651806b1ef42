// SPDX-License-Identifier: BSL-1.0
// Several waits for signals: each signal is blocked as long as anybody waits for it, and no longer.
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>

#include "signal_mask.hpp"

namespace {

using penstock_test::is_blocked;

namespace ps = penstock;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

void block(int how, int signal) {
  sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signal);
  ::pthread_sigmask(how, &one, nullptr);
}

ps::task<> note(ps::task<int> wait, int& which) { which = co_await std::move(wait); }

ps::task<> overlapping(pe::event_loop& loop) {
  int first = 0;
  int second = 0;
  loop.spawn(note(pe::next_signal(loop, {SIGUSR1}), first));
  loop.spawn(note(pe::next_signal(loop, {SIGUSR2, SIGTERM}), second));
  ::raise(SIGUSR1);
  while (first == 0) co_await ps::sleep(1ms);
  EXPECT_EQ(first, SIGUSR1);
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_TRUE(is_blocked(SIGUSR2));
  EXPECT_TRUE(is_blocked(SIGTERM));
  if (!is_blocked(SIGTERM)) co_return;  // it would end this process
  ::raise(SIGTERM);
  while (second == 0) co_await ps::sleep(1ms);
  EXPECT_EQ(second, SIGTERM);
  EXPECT_FALSE(is_blocked(SIGUSR2));
  EXPECT_FALSE(is_blocked(SIGTERM));
}

// One that ends first takes nothing from one that still waits.
TEST(Signals, StayBlockedForWhoeverStillWaits) {
  pe::event_loop loop;
  loop.run_until(overlapping(loop));
}

ps::task<> the_same_twice(pe::event_loop& loop) {
  int first = 0;
  std::optional<ps::task<int>> second = pe::next_signal(loop, {SIGUSR1});
  EXPECT_FALSE(second->start());
  loop.spawn(note(pe::next_signal(loop, {SIGUSR1, SIGUSR2}), first));
  second.reset();
  EXPECT_TRUE(is_blocked(SIGUSR1));
  ::raise(SIGUSR1);
  while (first == 0) co_await ps::sleep(1ms);
  EXPECT_EQ(first, SIGUSR1);
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_FALSE(is_blocked(SIGUSR2));
}

TEST(Signals, AreCountedOneByOne) {
  pe::event_loop loop;
  loop.run_until(the_same_twice(loop));
}

// What the application blocked itself it finds blocked.
TEST(Signals, StayBlockedWhereTheyWere) {
  block(SIG_BLOCK, SIGUSR1);
  pe::event_loop loop;
  loop.post([] { ::raise(SIGUSR1); });
  EXPECT_EQ(pe::run_until_signal(loop, {SIGUSR1, SIGUSR2}), SIGUSR1);
  EXPECT_TRUE(is_blocked(SIGUSR1));
  EXPECT_FALSE(is_blocked(SIGUSR2));
  block(SIG_UNBLOCK, SIGUSR1);
}

ps::task<> one_by_one(int& seen) {
  pe::signal_watch watch({SIGUSR1, SIGUSR2});
  for (const int expected : {SIGUSR1, SIGUSR2, SIGUSR1}) {
    ::raise(expected);  // nobody waits: it would end the process
    co_await ps::sleep(1ms);
    EXPECT_EQ(co_await watch.next(), expected);
    ++seen;
  }
  ::raise(SIGUSR2);
  ::raise(SIGUSR1);
  const int first = co_await watch.next();
  const int second = co_await watch.next();
  EXPECT_EQ(first + second, SIGUSR1 + SIGUSR2);
  try {
    static_cast<void>(co_await ps::with_timeout(watch.next(), 5ms));
    ADD_FAILURE() << "a signal that nobody sent";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), ps::errc::timed_out);
  }
}

// What comes between two waits is kept, and kills nobody.
TEST(Signals, AreKeptBetweenTheWaitsOfAWatch) {
  int seen = 0;
  pe::event_loop loop;
  loop.run_until(one_by_one(seen));
  EXPECT_EQ(seen, 3);
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_FALSE(is_blocked(SIGUSR2));
}

TEST(Signals, OfAWatchEndWithItsLoop) {
  std::optional<pe::event_loop> loop(std::in_place);
  pe::signal_watch watch(*loop, {SIGUSR1});
  EXPECT_TRUE(is_blocked(SIGUSR1));
  loop.reset();
  EXPECT_FALSE(is_blocked(SIGUSR1));
  EXPECT_FALSE(watch.next().start());
}

}  // namespace
