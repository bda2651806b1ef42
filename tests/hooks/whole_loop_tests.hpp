// SPDX-License-Identifier: BSL-1.0
// Our whole loop as one descriptor in somebody else's: timers, posts, sockets and budgets. An Outer has
// watch(fd, readable), which calls back each time the descriptor is readable, and run_once().
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>

#include "transports/sockets.hpp"

namespace penstock_test {

inline penstock::task<> echo_all_lines(penstock::stream_reader in, penstock::stream_writer out) {
  while (auto line = co_await in.next_line()) {
    out.write(*line);
    co_await out.drain();
  }
}

template <class Outer>
class WholeLoop : public testing::Test {
 protected:
  // What a user writes: two lines.
  void attach(unsigned budget = 64) {
    outer_.watch(loop_.fd(), [this, budget] {
      ++polls_;
      loop_.poll(budget);
    });
  }
  template <class Until>
  void run(Until until) {
    const auto start = std::chrono::steady_clock::now();
    while (!until()) {
      outer_.run_once();
      ASSERT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    }
  }

  static penstock::task<> sleep_then_count(penstock::duration d, int& done) {
    co_await penstock::sleep(d);
    ++done;
  }
  static penstock::task<> ask(std::uint16_t port, std::string question, int& answered) {
    auto streams = co_await penstock::epoll::open_connection({.host = "127.0.0.1", .port = port});
    for (int i = 0; i != 3; ++i) {
      streams.out.write(question);
      const std::string answer = co_await streams.in.readline();
      EXPECT_EQ(answer, question);
    }
    ++answered;
  }

  penstock::epoll::event_loop loop_;
  Outer outer_;  // ends first: it has our descriptor
  int polls_ = 0;
};
TYPED_TEST_SUITE_P(WholeLoop);

TYPED_TEST_P(WholeLoop, TimersComeWhileTheOuterLoopSleeps) {
  this->attach();
  int done = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 1; i != 6; ++i)
    this->loop_.spawn(this->sleep_then_count(penstock::duration::nanoseconds(i * 10'000'000), done));
  this->run([&] { return done == 5; });
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
  EXPECT_LT(this->polls_, 30);  // it slept in between
}

// I-29
TYPED_TEST_P(WholeLoop, PostsOfOtherThreadsComeWhileTheOuterLoopSleeps) {
  this->attach();
  int seen = 0;
  std::thread other([&] {
    for (int i = 0; i != 50; ++i) {
      this->loop_.post([&] { ++seen; });
      if (i % 5 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  this->run([&] { return seen == 50; });
  other.join();
}

TYPED_TEST_P(WholeLoop, ServesAndConnects) {
  this->attach();
  auto server = this->loop_.run_until(
      penstock::epoll::start_server(this->loop_, echo_all_lines, {.host = "127.0.0.1", .port = 0}));
  int answered = 0;
  for (int i = 0; i != 20; ++i) this->loop_.spawn(this->ask(server.port(), std::to_string(i) + "\n", answered));
  this->run([&] { return answered == 20; });
}

// I-17: with a budget of one turn a call, and more descriptors ready at once than one call fetches, the
// descriptor stays readable until all is done; whoever is told of edges has one for each rest.
TYPED_TEST_P(WholeLoop, ABudgetOfOneLeavesItReadable) {
  constexpr int connections = 150;
  std::vector<descriptor> peers;
  std::vector<penstock::epoll::open_streams> streams;
  for (int i = 0; i != connections; ++i) {
    descriptors both = unix_pair();
    streams.push_back(
        this->loop_.run_until(penstock::epoll::open_unix_connection(this->loop_, {.sock = both[0].release()})));
    peers.push_back(std::move(both[1]));
  }
  for (auto& one : streams) this->loop_.spawn(echo_all_lines(std::move(one.in), std::move(one.out)));
  this->attach(1);
  for (int round = 0; round != 3; ++round) {
    for (const descriptor& peer : peers) ASSERT_EQ(::send(peer.get(), "line\n", 5, 0), 5);
    int answered = 0;
    std::vector<std::size_t> sizes(peers.size());
    this->run([&] {
      for (std::size_t i = 0; i != peers.size(); ++i) {
        char text[10];
        const ssize_t n = ::recv(peers[i].get(), text, sizeof text, 0);
        if (n > 0 && (sizes[i] += static_cast<std::size_t>(n)) == 5) ++answered;
      }
      return answered == connections;
    });
  }
}

// The same with a budget that is never used up: what one call does not fetch comes by the next.
TYPED_TEST_P(WholeLoop, MoreDescriptorsThanOneCallFetches) {
  constexpr int connections = 200;
  std::vector<descriptor> peers;
  std::vector<penstock::epoll::open_streams> streams;
  for (int i = 0; i != connections; ++i) {
    descriptors both = unix_pair();
    streams.push_back(
        this->loop_.run_until(penstock::epoll::open_unix_connection(this->loop_, {.sock = both[0].release()})));
    peers.push_back(std::move(both[1]));
  }
  while (this->loop_.poll()) {
  }
  this->attach(1'000'000);
  for (const descriptor& peer : peers) ASSERT_EQ(::send(peer.get(), "hello", 5, 0), 5);
  this->run([&] {
    int seen = 0;
    for (const auto& one : streams) seen += one.in.peek() == "hello" ? 1 : 0;
    return seen == connections;
  });
}

// A write outside of our loop, in the outer one's own time, leaves by the loop's next poll.
TYPED_TEST_P(WholeLoop, WritesOfTheOuterLoopLeave) {
  descriptors both = unix_pair();
  auto streams = this->loop_.run_until(penstock::epoll::open_unix_connection(this->loop_, {.sock = both[0].release()}));
  while (this->loop_.poll()) {
  }
  this->attach();
  descriptors signal = unix_pair();
  this->outer_.watch(signal[0].get(), [&] {
    char c = 0;
    if (::recv(signal[0].get(), &c, 1, 0) == 1) streams.out.write("from outside");
  });
  ASSERT_EQ(::send(signal[1].get(), "!", 1, 0), 1);
  std::string seen;
  this->run([&] {
    char text[20];
    const ssize_t n = ::recv(both[1].get(), text, sizeof text, 0);
    if (n > 0) seen.append(text, static_cast<std::size_t>(n));
    return seen == "from outside";
  });
}

REGISTER_TYPED_TEST_SUITE_P(WholeLoop, TimersComeWhileTheOuterLoopSleeps,
                            PostsOfOtherThreadsComeWhileTheOuterLoopSleeps, ServesAndConnects,
                            ABudgetOfOneLeavesItReadable, MoreDescriptorsThanOneCallFetches, WritesOfTheOuterLoopLeave);

}  // namespace penstock_test
