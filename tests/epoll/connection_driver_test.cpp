// SPDX-License-Identifier: BSL-1.0
// A server of one connection on poll(2), through the driver alone.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/read_operations.hpp>

#include "epoll/driver_fixture.hpp"
#include "support/user_filters.hpp"
#include "transports/sockets.hpp"

namespace {

namespace ps = penstock;
class Driver : public penstock_test::driver_fixture {};

// A filter that can send nothing before more has come: in a handshake, or in the middle of one of its messages.
class waiting_wire final : public penstock_test::tap_wire {
 public:
  waiting_wire(ps::connection& inner, penstock_test::tap_record& record, bool agreed)
      : tap_wire(inner, record), agreed_(agreed) {}
  bool handshake_done() const noexcept override { return agreed_; }
  ps::wire_step next_output(std::span<std::string_view>, std::size_t& count) noexcept override {
    count = 0;
    return ps::wire_step::idle;
  }

 private:
  bool agreed_;
};

TEST_F(Driver, EchoesLinesAndEndsWithItsPeer) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
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

// I-28
TEST_F(Driver, ClosesItsDescriptorWhereItIsAssignedTo) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
  int others[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, others), 0);
  ps::epoll::connection_driver other(others[0], arena(), now());
  driver = std::move(other);
  char text[64];
  EXPECT_EQ(::recv(ends_[1], text, sizeof text, 0), 0);
  ASSERT_EQ(::send(others[1], "one\n", 4, 0), 4);
  poll_until_quiet(driver);
  EXPECT_EQ(::recv(others[1], text, sizeof text, 0), 4);
  ::close(others[1]);
}

// I-10, I-12: a peer that does not read is not read from.
TEST_F(Driver, PausesForAPeerThatDoesNotRead) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
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
  ps::epoll::connection_driver driver(ends_[0], arena(), now(), {.policy = policy});
  ASSERT_FALSE(driver.inner().write(std::string(8 * 1024 * 1024, 'x')));
  driver.inner().close();
  const auto nothing = [](ps::connection&) { return false; };
  driver.on_time(now(), nothing);
  EXPECT_GE(driver.fd(), 0);
  while (driver.fd() >= 0) driver.on_time(now(), nothing);
  EXPECT_EQ(driver.inner().close_reason(), ps::errc::timed_out);
  EXPECT_TRUE(driver.inner().out().bytes_lost());
}

// I-21, I-35: destroyed inside its own application, on every way in and at every call of it, a driver ends its
// turn without touching what went with it.
// I-21: an application may throw.
TEST_F(Driver, EndsItsTurnWhereTheApplicationThrows) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
  EXPECT_THROW(driver.on_time(now(), [](ps::connection&) -> bool { throw std::runtime_error("no"); }),
               std::runtime_error);
  ASSERT_EQ(::send(ends_[1], "one\n", 4, 0), 4);
  poll_until_quiet(driver);
  char text[64];
  EXPECT_EQ(::recv(ends_[1], text, sizeof text, 0), 4);
}

// What it was not handed yet is there in the next call, though another connection's bytes came to the arena; and
// there is one though nothing more arrives.
TEST_F(Driver, KeepsWhatCameWhereTheApplicationThrows) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
  ASSERT_EQ(::send(ends_[1], "one\ntwo\n", 8, 0), 8);
  EXPECT_THROW(driver.on_ready(POLLIN, now(),
                               [](ps::connection& c) -> bool {
                                 ps::readline line;
                                 EXPECT_EQ(c.in().poll(line).text(), "one\n");
                                 throw std::runtime_error("no");
                               }),
               std::runtime_error);
  ps::unpoison(memory_.data(), memory_.size());
  std::fill(memory_.begin(), memory_.end(), 'X');
  EXPECT_LE(driver.deadline(), now());
  poll_until_quiet(driver);
  char text[64];
  ASSERT_EQ(::recv(ends_[1], text, sizeof text, 0), 4);
  EXPECT_EQ(std::string_view(text, 4), "two\n");
}

// Bytes that come with a descriptor are received one message at a time.
TEST_F(Driver, TakesAllThatAnEdgeToldOfThoughDescriptorsComeAlong) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
  for (const char* const line : {"one\n", "two\n", "three\n"}) penstock_test::send_with_descriptor(ends_[1], line, 0);
  std::string seen;
  const auto application = [&seen](ps::connection& c) {
    const std::size_t n = c.in().buffered().size();
    seen += c.in().consume(n);
    return n != 0;
  };
  driver.on_ready(POLLIN, now(), application);  // one edge, and no other
  for (int turns = 0; turns != 10 && driver.deadline() <= now(); ++turns) driver.on_time(now(), application);
  EXPECT_EQ(seen, "one\ntwo\nthree\n");
}

// What waits for the filter is no reason to ask for POLLOUT, which would be there at once, and again.
TEST_F(Driver, WaitsForItsFilter) {
  for (const bool agreed : {false, true}) {
    SCOPED_TRACE(agreed);
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    ps::connection inner;
    penstock_test::tap_record record;
    waiting_wire outer(inner, record, agreed);
    ps::epoll::connection_driver driver(ends[0], arena(), inner, outer);
    EXPECT_FALSE(inner.write("hello\n"));
    driver.on_time(now(), [](ps::connection&) { return false; });
    EXPECT_EQ(driver.wants(), POLLIN);
    EXPECT_FALSE(inner.write("hello again\n"));
    EXPECT_EQ(driver.wants(), POLLIN | POLLOUT) << "no turn has seen it";
    driver.on_ready(POLLOUT, now(), [](ps::connection&) { return false; });
    EXPECT_EQ(driver.wants(), POLLIN);
    ::close(ends[1]);
  }
}

// R118, I-20: a call inside the application only takes note.
TEST_F(Driver, IsNotReEntered) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
  int depth = 0;
  int deepest = 0;
  int calls = 0;
  const auto application = [&](ps::connection&) {
    deepest = std::max(deepest, ++depth);
    EXPECT_EQ(driver.on_time(now(), [&](ps::connection&) { return ++calls, false; }), ps::epoll::driver_state::open);
    EXPECT_EQ(driver.on_ready(POLLIN, now(), [&](ps::connection&) { return ++calls, false; }),
              ps::epoll::driver_state::open);
    --depth;
    return false;
  };
  driver.on_time(now(), application);
  EXPECT_EQ(deepest, 1);
  EXPECT_EQ(calls, 0);
}

// The end is told to the application whatever brought it, with the reason, and before the descriptor is
// closed to whoever has to forget it.
TEST_F(Driver, TellsTheEnd) {
  for (int way = 0; way != 4; ++way) {
    SCOPED_TRACE(way);
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    ps::epoll::connection_driver driver(ends[0], arena(), now());
    std::string told;
    struct before {
      std::string* told;
      ps::epoll::connection_driver* driver;
    } context{&told, &driver};
    driver.before_close(
        [](void* of) {
          EXPECT_GE(static_cast<before*>(of)->driver->fd(), 0);
          *static_cast<before*>(of)->told += "forget ";
        },
        &context);
    const auto application = [&](ps::connection& c) {
      if (c.state() == ps::connection_state::closed) told += "closed ";
      if (way == 0 && c.in().at_eof()) c.close();
      return false;
    };
    if (way == 1) driver.inner().close();
    if (way == 2) driver.inner().abort();
    if (way == 3) {
      ASSERT_FALSE(driver.inner().write("x"));
      ::close(std::exchange(ends[1], -1));
    }
    if (way == 0) ::shutdown(ends[1], SHUT_WR);
    EXPECT_EQ(driver.on_ready(POLLIN | POLLOUT, now(), application), ps::epoll::driver_state::closed);
    EXPECT_EQ(told.substr(0, 14), "forget closed ");
    EXPECT_EQ(driver.fd(), -1);
    EXPECT_EQ(driver.wants(), 0);
    EXPECT_EQ(driver.deadline(), ps::time_point::never());
    EXPECT_EQ(static_cast<bool>(driver.inner().close_reason()), way == 3);
    EXPECT_EQ(driver.on_time(now(), application), ps::epoll::driver_state::closed);
    if (ends[1] >= 0) ::close(ends[1]);
  }
}

// R81
TEST_F(Driver, ReceivesNothingWhileItMayNot) {
  ps::epoll::connection_driver driver(ends_[0], arena(), now());
  driver.set_reading(false);
  EXPECT_EQ(driver.wants(), 0);
  ASSERT_EQ(::send(ends_[1], "one\n", 4, 0), 4);
  driver.on_ready(POLLIN, now(), [](ps::connection&) { return false; });
  EXPECT_EQ(driver.inner().in().buffered(), "");
  driver.set_reading(true);
  EXPECT_EQ(driver.wants(), POLLIN);
  driver.on_time(now(), [](ps::connection&) { return false; });
  EXPECT_EQ(driver.inner().in().buffered(), "one\n");
}

TEST_F(Driver, MovesAndDrivesAConnectionOfSomebodyElse) {
  ps::connection mine;
  ps::epoll::connection_driver first(ends_[0], arena(), mine, mine);
  ps::epoll::connection_driver driver(std::move(first));
  ASSERT_FALSE(mine.write("hello"));
  driver.on_time(now(), [](ps::connection&) { return false; });
  char text[64];
  EXPECT_EQ(::recv(ends_[1], text, sizeof text, 0), 5);
  EXPECT_EQ(&driver.inner(), &mine);
}

// A layer, as TLS is one, around the driver's own connection.
TEST_F(Driver, WorksThroughAFilter) {
  const penstock_test::flip_filter layer;
  ps::epoll::connection_driver driver(ends_[0], arena(), now(), {.layer = &layer});
  std::string line = "abc\n";
  for (char& byte : line) byte = static_cast<char>(~byte);
  ASSERT_EQ(::send(ends_[1], line.data(), line.size(), 0), 4);
  poll_until_quiet(driver);
  char text[64];
  ASSERT_EQ(::recv(ends_[1], text, sizeof text, 0), 4);
  EXPECT_EQ(std::string(text, 4), line);
}

// R11: options out of their range are an error, and the descriptor is closed.
TEST_F(Driver, RefusesOptionsOutOfTheirRange) {
  EXPECT_THROW(ps::epoll::connection_driver(ends_[0], arena(), now(), {.reading = {.limit = 0}}),
               std::invalid_argument);
  char text[1];
  EXPECT_EQ(::recv(ends_[1], text, 1, 0), 0);
}

}  // namespace
