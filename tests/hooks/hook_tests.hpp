// SPDX-License-Identifier: BSL-1.0
// What each hook must do, for whatever loop: the kit's checks over TCP and Unix sockets, deadlines, an
// application that destroys its hook inside its own call, calls from outside, descriptors that come again.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/read_operations.hpp>

#include "hooked_ground.hpp"
#if __has_include(<penstock/tls.hpp>)
#include "transports/tls_ground.hpp"
#endif

namespace penstock_test {

// Answers lines, closes at the end, and destroys itself when the connection is closed: what a user writes.
template <class Outer>
class echo_client {
 public:
  struct application {
    echo_client* of;
    bool operator()(penstock::connection& c) const { return of->turn(c); }
  };

  echo_client(Outer& outer, int fd, penstock::receive_arena arena, const penstock::stream_options& options, int& alive,
              std::string& reason)
      : alive_(++alive), reason_(reason), hook_(outer.native(), fd, arena, application{this}, options) {}
  ~echo_client() { --alive_; }
  auto& hook() noexcept { return hook_; }

 private:
  bool turn(penstock::connection& c) {
    if (c.state() == penstock::connection_state::closed) {
      reason_ = c.close_reason().message();
      delete this;
      return false;
    }
    bool any = false;
    while (!c.is_closing()) {
      const penstock::read_outcome out = c.in().poll(line_);
      if (out.status() == penstock::read_status::need_more) {
        c.in().await_input(line_);
        break;
      }
      any = true;
      if (out.status() == penstock::read_status::data)
        EXPECT_FALSE(c.write(out.text()));
      else
        c.close();
    }
    return any;
  }

  int& alive_;
  std::string& reason_;
  penstock::readline line_;
  typename Outer::template hook<penstock::epoll::driven_connection<application>> hook_;
};

template <class Outer>
class Hook : public testing::Test {
 protected:
  Hook() : memory_(64 * 1024) {}
  // The client destroys itself; who is asked for the peer's end gets that.
  echo_client<Outer>* client(descriptor& peer, const penstock::stream_options& options = {}) {
    descriptors both = unix_pair();
    peer = std::move(both[1]);
    return new echo_client<Outer>(outer_, both[0].release(), {memory_, 4096}, options, alive_, reason_);
  }
  std::string answer_to(const descriptor& peer, std::string_view bytes) {
    if (!bytes.empty()) checked(static_cast<int>(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)));
    std::string all;
    while (all.size() < bytes.size()) {
      outer_.run_once();
      char some[1000];
      const ssize_t n = ::recv(peer.get(), some, sizeof some, 0);
      if (n == 0) break;
      if (n > 0) all.append(some, static_cast<std::size_t>(n));
    }
    return all;
  }
  static penstock::time_point now() { return penstock::epoll::system_kernel().now(); }

  std::vector<char> memory_;
  int alive_ = 0;
  std::string reason_;
  Outer outer_;
};
TYPED_TEST_SUITE_P(Hook);

// I-36
TYPED_TEST_P(Hook, PassesTheKitOverTcp) {
  const auto report = penstock::testing::check_transport(
      [] { return std::make_unique<hooked_ground<TypeParam>>(&tcp_pair, penstock::testing::abilities{}); });
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_EQ(report.count(penstock::testing::verdict::impossible), 0u);
}

TYPED_TEST_P(Hook, PassesTheKitOverUnixSockets) {
  const auto report = penstock::testing::check_transport([] {
    return std::make_unique<hooked_ground<TypeParam>>(&unix_pair,
                                                      penstock::testing::abilities{.reset = false, .half_close = true});
  });
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_GE(report.count(penstock::testing::verdict::holds), 80u);
}

// A filter changes nothing that an application can see: R86.
TYPED_TEST_P(Hook, PassesTheKitUnderTls) {
#if __has_include(<penstock/tls.hpp>)
  for (const penstock::testing::check& one : penstock::testing::transport_checks()) {
    if (one.name == "AnIdleStreamEnds") continue;  // its time begins with the connection, before the handshake
    const auto result = penstock::testing::check_transport(
        [] {
          return std::make_unique<tls_ground>(
              std::make_unique<hooked_ground<TypeParam>>(&tcp_pair, penstock::testing::abilities{}),
              tls_begins::with_the_connection);
        },
        one);
    EXPECT_TRUE(result.outcome == penstock::testing::verdict::holds) << result.text();
  }
#else
  GTEST_SKIP() << "no TLS: apt-get install libssl-dev";
#endif
}

// I-35: the application destroys its hook inside its own call.
TYPED_TEST_P(Hook, EchoesAndEndsWithItsPeer) {
  descriptor peer;
  this->client(peer);
  EXPECT_EQ(this->answer_to(peer, "one\ntwo\n"), "one\ntwo\n");
  EXPECT_EQ(this->answer_to(peer, "three\n"), "three\n");
  EXPECT_EQ(this->alive_, 1);
  checked(::shutdown(peer.get(), SHUT_WR));
  while (this->alive_ != 0) this->outer_.run_once();
  char c = 0;
  EXPECT_EQ(::recv(peer.get(), &c, 1, 0), 0);
}

TYPED_TEST_P(Hook, ADescriptorComesAgainAtOnce) {
  for (int i = 0; i != 20; ++i) {
    descriptor peer;
    auto* const first = this->client(peer);
    const int number = first->hook().driver().fd();
    peer = descriptor();
    while (this->alive_ != 0) this->outer_.run_once();
    descriptor again;
    auto* const second = this->client(again);
    EXPECT_EQ(second->hook().driver().fd(), number);
    EXPECT_EQ(this->answer_to(again, "still here\n"), "still here\n");
    delete second;
    EXPECT_EQ(this->alive_, 0);
  }
}

// I-18: the loop sleeps, and the deadline comes all the same, and not early.
TYPED_TEST_P(Hook, KeepsDeadlinesWhileTheLoopSleeps) {
  descriptor peer;
  const penstock::time_point start = this->now();
  const auto allowed = penstock::duration::nanoseconds(30'000'000);
  this->client(peer, {.policy = {.idle = allowed}});
  while (this->alive_ != 0) this->outer_.run_once();
  EXPECT_GE((this->now() - start).count(), allowed.count());
  EXPECT_LT((this->now() - start).count(), 5'000'000'000);
  EXPECT_EQ(this->reason_, make_error_code(penstock::errc::timed_out).message());
}

TYPED_TEST_P(Hook, TakesNoteOfAWriteAndAnEndFromOutside) {
  descriptor peer;
  auto* const client = this->client(peer);
  penstock::connection& c = client->hook().driver().inner();
  ASSERT_FALSE(c.write("by the way"));
  client->hook().update();
  char text[20];
  EXPECT_EQ(::recv(peer.get(), text, sizeof text, 0), 10);
  c.abort();
  client->hook().update();
  EXPECT_EQ(this->alive_, 0);
}

// I-10, I-12: a peer that does not take its answers is not read from, and the loop sleeps meanwhile.
TYPED_TEST_P(Hook, SendsOnWhenThereIsRoomAgain) {
  descriptor peer;
  auto* const client = this->client(peer);
  penstock::connection& c = client->hook().driver().inner();
  std::string sent;
  for (int i = 0; i != 3000; ++i) sent += std::string(999, static_cast<char>('a' + i % 26)) + '\n';
  ASSERT_FALSE(c.write(sent));
  client->hook().update();
  EXPECT_NE(c.out().pending(), 0u);
  std::string seen;
  while (seen.size() < sent.size()) {
    std::vector<char> some(100'000);
    const ssize_t n = ::recv(peer.get(), some.data(), some.size(), 0);
    if (n > 0) seen.append(some.data(), static_cast<std::size_t>(n));
    if (c.out().pending() != 0) this->outer_.run_once();
  }
  EXPECT_TRUE(seen == sent);
  delete client;
}

// A peer that has gone while nothing is wanted of the descriptor does not keep the loop awake.
TYPED_TEST_P(Hook, SleepsWhileNothingIsWanted) {
  descriptors both = unix_pair();
  int turns = 0;
  const auto application = [&turns](penstock::connection&) { return ++turns, false; };
  using hook = typename TypeParam::template hook<penstock::epoll::driven_connection<decltype(application)>>;
  hook attached(this->outer_.native(), both[0].release(), penstock::receive_arena{this->memory_, 4096}, application,
                penstock::stream_options{.reading = {.limit = 100},
                                         .policy = {.idle = penstock::duration::nanoseconds(100'000'000)}});
  const std::string many(5000, 'x');
  checked(static_cast<int>(::send(both[1].get(), many.data(), many.size(), 0)));
  both[1] = descriptor();
  while (attached.driver().fd() >= 0) this->outer_.run_once();
  EXPECT_LT(turns, 30);  // it was read, was full, and was idle for too long
  EXPECT_EQ(attached.driver().inner().close_reason(), penstock::errc::timed_out);
}

REGISTER_TYPED_TEST_SUITE_P(Hook, PassesTheKitOverTcp, PassesTheKitOverUnixSockets, PassesTheKitUnderTls,
                            EchoesAndEndsWithItsPeer, ADescriptorComesAgainAtOnce, KeepsDeadlinesWhileTheLoopSleeps,
                            TakesNoteOfAWriteAndAnEndFromOutside, SendsOnWhenThereIsRoomAgain,
                            SleepsWhileNothingIsWanted);

}  // namespace penstock_test
