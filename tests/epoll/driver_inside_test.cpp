// SPDX-License-Identifier: BSL-1.0
// What an application may do inside its driver's turn: destroy it, or make another one work.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/read_operations.hpp>

#include "epoll/driver_fixture.hpp"
#include "support/user_filters.hpp"

namespace {

namespace ps = penstock;
class DriverInside : public penstock_test::driver_fixture {};

TEST_F(DriverInside, MayBeDestroyedInsideItsApplication) {
  for (int at = 1; at != 4; ++at) {
    for (const bool closing : {false, true}) {
      SCOPED_TRACE(at);
      int ends[2];
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
      auto driver = std::make_unique<ps::epoll::connection_driver>(ends[0], arena(), now());
      int calls = 0;
      const auto application = [&](ps::connection& c) {
        if (!c.is_closing()) {
          EXPECT_FALSE(c.write("answer"));
        }
        if (closing) c.close();
        if (++calls < at) return true;
        const std::string_view view = c.in().buffered();
        driver.reset();
        EXPECT_EQ(view, "question");  // lives until the application returns
        return true;
      };
      ASSERT_EQ(::send(ends[1], "question", 8, 0), 8);
      EXPECT_EQ(driver->on_ready(POLLIN, now(), application), ps::epoll::driver_state::destroyed);
      EXPECT_EQ(calls, at);
      char text[64];
      while (::recv(ends[1], text, sizeof text, 0) > 0) {
      }
      EXPECT_EQ(::recv(ends[1], text, sizeof text, 0), 0) << "the descriptor is closed";
      ::close(ends[1]);
    }
  }
}

// I-1, I-27: one connection's application makes another one of the same arena work, as a proxy does: neither sees the
// other's bytes.
TEST_F(DriverInside, WorksInsideAnotherOnesTurn) {
  int others[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, others), 0);
  ps::epoll::connection_driver from(ends_[0], arena(), now());
  ps::epoll::connection_driver to(others[0], arena(), now());
  std::string sent;
  for (int i = 0; i != 100; ++i) sent += "line " + std::to_string(i) + '\n';
  const std::string answers(20'000, 'z');
  ASSERT_EQ(::send(ends_[1], sent.data(), sent.size(), 0), static_cast<ssize_t>(sent.size()));
  ASSERT_EQ(::send(others[1], answers.data(), answers.size(), 0), static_cast<ssize_t>(answers.size()));
  std::string heard;
  std::string came_back;
  const auto take_answers = [&](ps::connection& c) {
    came_back += c.in().consume(c.in().buffered().size());
    return false;
  };
  const auto forward = [&](ps::connection& c) {
    bool any = false;
    for (ps::readline line;; any = true) {
      const ps::read_outcome out = c.in().poll(line);
      if (out.status() != ps::read_status::data) return any;
      const std::string kept(out.text());
      to.inner().write(kept);
      to.on_ready(POLLIN, now(), take_answers);
      EXPECT_EQ(out.text(), kept) << "a view lives until the application returns";
      heard += out.text();
    }
  };
  from.on_ready(POLLIN, now(), forward);
  EXPECT_EQ(heard, sent);
  EXPECT_EQ(came_back, answers);
  std::string forwarded(sent.size(), '\0');
  EXPECT_EQ(::recv(others[1], forwarded.data(), forwarded.size(), 0), static_cast<ssize_t>(sent.size()));
  EXPECT_EQ(forwarded, sent);
  ::close(others[1]);
}

// As a filter does that has something to deliver in the end.
class late_wire final : public penstock_test::tap_wire {
 public:
  late_wire(ps::connection& inner, penstock_test::tap_record& record) : tap_wire(inner, record), its_(inner) {}
  void lost(std::error_code ec) noexcept override {
    if (!its_.is_closing()) its_.in().feed(std::string(100'000, 'z'));
    tap_wire::lost(ec);
  }

 private:
  ps::connection& its_;
};

TEST_F(DriverInside, LeavesAViewWhereItsApplicationDestroysIt) {
  ps::connection mine;
  penstock_test::tap_record record;
  late_wire around(mine, record);
  auto driver = std::make_unique<ps::epoll::connection_driver>(ends_[0], arena(), mine, around);
  ASSERT_EQ(::send(ends_[1], "one\ntwo\n", 8, 0), 8);
  driver->on_ready(POLLIN, now(), [](ps::connection&) { return false; });  // they rest in a block from here on
  driver->on_time(now(), [&](ps::connection& c) {
    if (!driver) return false;
    const ps::read_outcome out = c.in().poll(*std::make_unique<ps::readline>());
    driver.reset();
    EXPECT_EQ(out.text(), "one\n");
    return false;
  });
}

}  // namespace
