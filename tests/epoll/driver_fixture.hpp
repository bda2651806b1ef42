// SPDX-License-Identifier: BSL-1.0
// One end of a Unix pair for a driver, the other one for its peer, and a server of lines.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/read_operations.hpp>

namespace penstock_test {

class driver_fixture : public testing::Test {
 protected:
  driver_fixture() : memory_(64 * 1024) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_), 0);
  }
  ~driver_fixture() override { ::close(ends_[1]); }

  void poll_until_quiet(penstock::epoll::connection_driver& driver) {
    for (;;) {
      if (driver.fd() < 0) return;
      const bool due = driver.deadline() <= now();
      pollfd one{driver.fd(), driver.wants(), 0};
      if (::poll(&one, 1, 0) <= 0 && !due) return;
      driver.on_ready(static_cast<std::uint32_t>(one.revents), now(),
                      [this](penstock::connection& c) { return answer(c); });
    }
  }
  bool answer(penstock::connection& c) {
    bool any = false;
    for (;;) {
      if (c.out().full()) return any;
      penstock::readline line;
      const penstock::read_outcome out = c.in().poll(line);
      if (out.status() == penstock::read_status::need_more) {
        c.in().await_input(line);
        return any;
      }
      any = true;
      if (out.status() != penstock::read_status::data) {
        any = !c.is_closing();
        c.close();
        return any;
      }
      EXPECT_FALSE(c.write(out.text()));
    }
  }
  penstock::receive_arena arena() { return {memory_, 4096}; }
  static penstock::time_point now() { return penstock::epoll::system_kernel().now(); }

  std::vector<char> memory_;
  int ends_[2];
};

}  // namespace penstock_test
