// SPDX-License-Identifier: BSL-1.0
// The loop as others see it: from other threads, as one descriptor, at its end.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>
#include <penstock/epoll/socket_transport.hpp>

namespace {

namespace ps = penstock;
using namespace std::chrono_literals;

bool readable(int fd, int milliseconds = 0) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, milliseconds) == 1;
}

ps::task<> wait_for(ps::duration d, int& done) {
  co_await ps::sleep(d);
  ++done;
}

// I-29: post and stop, from any thread, in order a thread.
TEST(EventLoop, RunsWhatOtherThreadsPost) {
  ps::epoll::event_loop loop;
  constexpr int each = 1000;
  std::vector<int> seen[4];
  std::atomic<int> left = 4;
  std::vector<std::thread> threads;
  for (auto& of_one : seen)
    threads.emplace_back([&] {
      for (int i = 0; i != each; ++i) loop.post([&of_one, i] { of_one.push_back(i); });
      loop.post([&] {
        if (--left == 0) loop.stop();
      });
    });
  loop.run();
  for (std::thread& t : threads) t.join();
  for (const auto& of_one : seen) {
    ASSERT_EQ(of_one.size(), static_cast<std::size_t>(each));
    for (int i = 0; i != each; ++i) ASSERT_EQ(of_one[static_cast<std::size_t>(i)], i);
  }
}

// A round's time is old for whoever has computed: a limit counts from when its wait begins.
TEST(EventLoop, LimitsCountFromWhenTheWaitBegins) {
  ps::epoll::event_loop loop;
  const auto story = []() -> ps::task<> {
    const auto compute = [] {
      for (const auto until = std::chrono::steady_clock::now() + 60ms; std::chrono::steady_clock::now() < until;) {
      }
    };
    compute();
    const auto before = std::chrono::steady_clock::now();
    co_await ps::sleep(30ms);
    EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms);
    ps::scheduler& own = ps::scheduler::running<ps::epoll::event_loop>();
    std::jthread other;
    const auto told = [&]() -> ps::task<> {
      ps::notification event(own);
      other = std::jthread([&] {
        std::this_thread::sleep_for(20ms);
        own.post([&] { event.notify_all(); });
      });
      co_await event.wait();
    };
    compute();
    co_await ps::with_timeout(told(), 50ms);  // which the computation would have used up
  };
  loop.run_until(story());
}

TEST(EventLoop, StopsFromAnotherThreadWhileItSleeps) {
  ps::epoll::event_loop loop;
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    loop.stop();
  });
  loop.run();
  other.join();
}

TEST(EventLoop, AStoppedLoopDoesNotRunATaskOn) {
  ps::epoll::event_loop loop;
  int done = 0;
  loop.stop();
  EXPECT_THROW(loop.run_until(wait_for(1ms, done)), std::logic_error);
  EXPECT_EQ(done, 0);
  loop.run_until(wait_for(1ms, done));
  EXPECT_EQ(done, 1);
}

// As in asyncio a stop ends the run that it comes in, and no other one.
TEST(EventLoop, AStopInTheLastRoundIsOfThatRun) {
  ps::epoll::event_loop loop;
  int done = 0;
  const auto stopping = [&]() -> ps::task<> {
    co_await ps::sleep(1ms);
    loop.stop();
  };
  loop.run_until(stopping());
  loop.run_until(wait_for(1ms, done));
  EXPECT_EQ(done, 1);
}

// What a run leaves is told by the descriptor: who waits for that does not sleep over a timer, a write, or a task.
TEST(EventLoop, IsReadableForWhatARunLeft) {
  ps::epoll::event_loop loop;
  int done = 0;
  const auto spawning = [&]() -> ps::task<> {
    ps::spawn(wait_for(5ms, done));
    co_return;
  };
  loop.run_until(spawning());
  EXPECT_TRUE(readable(loop.fd(), 10'000));
  loop.poll();
  EXPECT_EQ(done, 1);

  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  ps::open_streams both = loop.run_until(ps::epoll::open_unix_connection(loop, {.sock = ends[0]}));
  while (readable(loop.fd())) loop.poll();
  const auto writing = [&]() -> ps::task<> {
    both.out.write("x");
    co_return;
  };
  loop.run_until(writing());
  EXPECT_TRUE(readable(loop.fd()));
  loop.poll();
  EXPECT_TRUE(readable(ends[1]));
  ::close(ends[1]);

  loop.post([&] {
    loop.spawn(wait_for(5ms, done));
    loop.stop();
  });
  loop.run();
  while (done != 2 && readable(loop.fd(), 10'000)) loop.poll();
  EXPECT_EQ(done, 2);
}

// The milliseconds of poll(2): rounded up, bounded, and none at all for a time that never comes.
TEST(EventLoop, TimesOfPoll) {
  const ps::time_point now(ps::duration(5s));
  const auto in = [&](ps::duration d) { return ps::epoll::poll_timeout(now + d, now); };
  EXPECT_EQ(in(0s), 0);
  EXPECT_EQ(in(-1s), 0);
  EXPECT_EQ(in(ps::duration::nanoseconds(1)), 1);
  EXPECT_EQ(in(1ms), 1);
  EXPECT_EQ(in(1ms + ps::duration::nanoseconds(1)), 2);
  EXPECT_EQ(in(1h), 60'000);
  EXPECT_EQ(ps::epoll::poll_timeout(ps::time_point::never(), now), -1);
  const ps::time_point nearly(ps::duration::nanoseconds(std::numeric_limits<std::int64_t>::max() - 1));
  EXPECT_EQ(ps::epoll::poll_timeout(nearly, ps::time_point()), 60'000);
}

TEST(EventLoop, TimersComeInOrderAndNotEarly) {
  ps::epoll::event_loop loop;
  std::string order;
  const auto one = [](ps::duration d, char name, std::string& into) -> ps::task<> {
    co_await ps::sleep(d);
    into += name;
  };
  const auto start = std::chrono::steady_clock::now();
  loop.spawn(one(30ms, 'c', order));
  loop.spawn(one(10ms, 'a', order));
  loop.spawn(one(20ms, 'b', order));
  int done = 0;
  loop.run_until(wait_for(40ms, done));
  EXPECT_EQ(order, "abc");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 40ms);
}

// The third rung: the descriptor is readable when poll() has something to do, and only then.
TEST(EventLoop, IsOneDescriptor) {
  ps::epoll::event_loop loop;
  EXPECT_FALSE(readable(loop.fd()));
  int done = 0;
  loop.spawn(wait_for(20ms, done));
  while (loop.poll()) {
  }
  EXPECT_FALSE(readable(loop.fd()));
  EXPECT_TRUE(readable(loop.fd(), 2000));
  while (loop.poll()) {
  }
  EXPECT_EQ(done, 1);
  EXPECT_FALSE(readable(loop.fd()));
  loop.post([&] { ++done; });
  EXPECT_TRUE(readable(loop.fd()));
  while (loop.poll()) {
  }
  EXPECT_EQ(done, 2);
  EXPECT_FALSE(readable(loop.fd()));
}

// What is spawned while another loop runs waits from then on, not from our last round on.
TEST(EventLoop, ASpawnFromOutsideCountsFromThen) {
  ps::epoll::event_loop loop;
  std::this_thread::sleep_for(20ms);
  const auto start = std::chrono::steady_clock::now();
  int done = 0;
  loop.spawn(wait_for(15ms, done));
  while (done == 0) loop.poll();
  EXPECT_GE(std::chrono::steady_clock::now() - start, 15ms);
}

// I-17: a poll that stops on its budget leaves the descriptor readable.
TEST(EventLoop, ABudgetLeavesTheRest) {
  ps::epoll::event_loop loop;
  int done = 0;
  for (int i = 0; i != 10; ++i) loop.spawn(wait_for(0ms, done));
  std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(readable(loop.fd()));
  ps::notification many(loop);
  const auto count = [](ps::notification& n, int& into) -> ps::task<> {
    co_await n.wait();
    ++into;
  };
  int woken = 0;
  for (int i = 0; i != 10; ++i) loop.spawn(count(many, woken));
  many.notify_all();
  EXPECT_TRUE(readable(loop.fd()));
  EXPECT_TRUE(loop.poll(3));
  EXPECT_EQ(woken, 3);
  EXPECT_TRUE(readable(loop.fd()));
  while (loop.poll(3)) {
  }
  EXPECT_EQ(woken, 10);
  EXPECT_EQ(done, 10);
  EXPECT_FALSE(readable(loop.fd()));
}

// What a write from outside the loop schedules makes it readable, too.
TEST(EventLoop, IsReadableForAWriteFromOutside) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  ps::epoll::event_loop loop;
  auto streams = loop.run_until(ps::epoll::open_unix_connection(loop, {.sock = ends[0]}));
  while (loop.poll()) {
  }
  EXPECT_FALSE(readable(loop.fd()));
  streams.out.write("hello");
  EXPECT_TRUE(readable(loop.fd()));
  while (loop.poll()) {
  }
  EXPECT_TRUE(readable(ends[1]));
  ::close(ends[1]);
}

// The loop's end resets connections, destroys tasks, resumes nothing; handles may outlive it.
TEST(EventLoop, ItsEndIsFinal) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  std::optional<ps::stream_reader> kept;
  {
    ps::epoll::event_loop loop;
    auto streams = loop.run_until(ps::epoll::open_unix_connection(loop, {.sock = ends[0]}));
    int done = 0;
    loop.spawn(wait_for(1h, done));
    kept.emplace(streams.out.underlying());
    loop.post([] { FAIL() << "nothing runs any more"; });
  }
  char c = 0;
  EXPECT_LE(::recv(ends[1], &c, 1, 0), 0);
  EXPECT_EQ(kept->underlying().inner().in().error(), ps::errc::canceled);
  EXPECT_FALSE(kept->at_eof());  // it was cut off (R50)
  ::close(ends[1]);
}

// I-35: all descriptors are given back, and all are close-on-exec.
TEST(EventLoop, LeavesNoDescriptor) {
  const int before = ::dup(0);
  ::close(before);
  {
    ps::epoll::event_loop loop;
    auto server = loop.run_until(ps::epoll::start_server(
        loop, [](ps::stream_reader in, ps::stream_writer) -> ps::task<> { std::string all = co_await in.read(); },
        {.host = "127.0.0.1", .port = 0}));
    for (int i = 0; i != 20; ++i) {
      auto streams = loop.run_until(ps::epoll::open_connection(loop, {.host = "127.0.0.1", .port = server.port()}));
      streams.out.write("x");
    }
    while (loop.poll()) {
    }
  }
  const int after = ::dup(0);
  EXPECT_EQ(after, before);
  ::close(after);
}

// A connection whose peer has sent this and ended.
ps::task<ps::open_streams> with_input(ps::epoll::event_loop& loop, std::string_view input) {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  EXPECT_EQ(::send(ends[1], input.data(), input.size(), 0), static_cast<ssize_t>(input.size()));
  ::close(ends[1]);
  co_return co_await ps::epoll::open_unix_connection(loop, {.sock = ends[0]});
}
ps::task<std::string> all_of(ps::epoll::event_loop& loop, std::string_view input) {
  auto [in, out] = co_await with_input(loop, input);
  co_return co_await in.read();
}

// I-1, I-27: what blocks in the middle of a task, as a helper does that runs a loop, costs the task no byte.
TEST(EventLoop, RunsInsideATask) {
  const std::string lines = "one\ntwo\nthree\n";
  const std::string answer(2000, 'z');
  ps::epoll::event_loop loop;
  ps::epoll::event_loop other;
  for (ps::epoll::event_loop* const inner : {&loop, &other}) {
    const auto story = [&]() -> ps::task<std::string> {
      auto [in, out] = co_await with_input(loop, lines);
      std::string heard = co_await in.readline();
      EXPECT_EQ(inner->run_until(all_of(*inner, answer)), answer);
      while (auto line = co_await in.next_line()) heard += *line;
      co_return heard;
    };
    EXPECT_EQ(loop.run_until(story()), lines);
  }
}

}  // namespace
