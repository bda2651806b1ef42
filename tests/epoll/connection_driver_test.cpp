// SPDX-License-Identifier: BSL-1.0
// A server of one connection on poll(2), through the driver alone.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/read_operations.hpp>

namespace {

namespace ps = penstock;

class Driver : public testing::Test {
 protected:
  Driver() : memory_(64 * 1024) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_), 0);
  }
  ~Driver() override { ::close(ends_[1]); }

  void poll_until_quiet(ps::epoll::connection_driver& driver) {
    for (;;) {
      if (driver.fd() < 0) return;
      const bool due = driver.deadline() <= now();
      pollfd one{driver.fd(), driver.wants(), 0};
      if (::poll(&one, 1, 0) <= 0 && !due) return;
      driver.on_ready(static_cast<std::uint32_t>(one.revents), now(), [this](ps::connection& c) { return answer(c); });
    }
  }
  bool answer(ps::connection& c) {
    bool any = false;
    for (;;) {
      if (c.out().full()) return any;
      ps::readline line;
      const ps::read_outcome out = c.in().poll(line);
      if (out.status() == ps::read_status::need_more) {
        c.in().await_input(line);
        return any;
      }
      any = true;
      if (out.status() != ps::read_status::data) {
        any = !c.is_closing();
        c.close();
        return any;
      }
      EXPECT_FALSE(c.write(out.text()));
    }
  }
  static ps::time_point now() { return ps::epoll::system_kernel().now(); }

  std::vector<char> memory_;
  int ends_[2];
};

TEST_F(Driver, EchoesLinesAndEndsWithItsPeer) {
  ps::epoll::connection_driver driver(ends_[0], {memory_, 4096}, now());
  EXPECT_EQ(driver.wants(), POLLIN);
  ASSERT_EQ(::send(ends_[1], "one\ntwo\nthr", 11, 0), 11);
  poll_until_quiet(driver);
  ASSERT_EQ(::send(ends_[1], "ee\n", 3, 0), 3);
  poll_until_quiet(driver);
  char text[64];
  ASSERT_EQ(::recv(ends_[1], text, sizeof text, 0), 14);
  EXPECT_EQ(std::string(text, 14), "one\ntwo\nthree\n");
  ASSERT_EQ(::shutdown(ends_[1], SHUT_WR), 0);
  poll_until_quiet(driver);
  EXPECT_EQ(driver.fd(), -1);
  EXPECT_FALSE(driver.inner().close_reason());
  EXPECT_EQ(::recv(ends_[1], text, sizeof text, 0), 0);
}

// I-10, I-12: a peer that does not read is not read from.
TEST_F(Driver, PausesForAPeerThatDoesNotRead) {
  ps::epoll::connection_driver driver(ends_[0], {memory_, 4096}, now());
  const std::string line = std::string(999, 'x') + '\n';
  std::size_t sent = 0;
  for (int quiet = 0; quiet != 3;) {
    const ssize_t n = ::send(ends_[1], line.data(), line.size(), 0);
    if (n > 0) sent += static_cast<std::size_t>(n);
    quiet = n > 0 ? 0 : quiet + 1;
    poll_until_quiet(driver);
    ASSERT_LT(sent, 64u * 1024 * 1024);
  }
  EXPECT_TRUE(driver.inner().out().full());
  EXPECT_LE(driver.inner().out().pending(), 64u * 1024 + line.size());
  EXPECT_LE(driver.inner().in().buffered().size(), 128u * 1024 + 1);
  std::size_t heard = 0;
  char text[64 * 1024];
  for (int quiet = 0; quiet != 3;) {
    const ssize_t n = ::recv(ends_[1], text, sizeof text, 0);
    if (n > 0) heard += static_cast<std::size_t>(n);
    quiet = n > 0 ? 0 : quiet + 1;
    poll_until_quiet(driver);
  }
  EXPECT_EQ(heard, sent / line.size() * line.size());
}

TEST_F(Driver, AbortsByItsDeadlineWhereAFlushNeverEnds) {
  ps::deadlines policy;
  policy.close_flush = ps::duration::nanoseconds(1'000'000);
  ps::epoll::connection_driver driver(ends_[0], {memory_, 4096}, now(), {}, {}, policy);
  ASSERT_FALSE(driver.inner().write(std::string(8 * 1024 * 1024, 'x')));
  driver.inner().close();
  const auto nothing = [](ps::connection&) { return false; };
  driver.on_time(now(), nothing);
  EXPECT_GE(driver.fd(), 0);
  while (driver.fd() >= 0) driver.on_time(now(), nothing);
  EXPECT_EQ(driver.inner().close_reason(), ps::errc::timed_out);
  EXPECT_TRUE(driver.inner().out().bytes_lost());
}

}  // namespace
