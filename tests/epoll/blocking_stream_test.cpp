// SPDX-License-Identifier: BSL-1.0
// Reads and writes that block, over a kernel that gives bytes at every split and whose time is virtual, and
// over real sockets against a server in another thread.
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>
#include <penstock/framing.hpp>

#include "support/user_filters.hpp"
#include "transports/sockets.hpp"

namespace {

namespace ps = penstock;
using namespace std::chrono_literals;

// One connection whose peer is a script: each poll lets the next piece arrive, and takes so many bytes.
class scripted_kernel final : public ps::epoll::kernel {
 public:
  std::vector<std::string> pieces;  // that are still to come
  bool ends = false;                // behind them
  std::size_t takes = ~std::size_t{0};
  std::string sent{};
  int closed = 0;
  bool shut = false;
  int polls = 0;

  long recv(int, char* into, std::size_t n) noexcept override {
    if (arrived_.empty()) return shut_by_peer_ ? 0 : -EAGAIN;
    const std::size_t some = arrived_.copy(into, n);
    arrived_.erase(0, some);
    return static_cast<long>(some);
  }
  long send(int, const char* from, std::size_t n) noexcept override {
    const std::size_t some = std::min(n, room_);
    if (some == 0) return -EAGAIN;
    sent.append(from, some);
    room_ -= some;
    return static_cast<long>(some);
  }
  int shutdown_writing(int) noexcept override { return shut = true, 0; }
  int close(int) noexcept override { return ++closed, 0; }
  int set_nonblocking(int) noexcept override { return 0; }
  int getsockopt(int, int, int name, void* value, socklen_t*) noexcept override {
    const int answer = name == SO_TYPE ? SOCK_STREAM : 0;
    std::memcpy(value, &answer, sizeof answer);
    return 0;
  }
  int setsockopt(int, int, int, const void*, socklen_t) noexcept override { return 0; }
  ps::time_point now() noexcept override { return now_; }
  int poll(int, short events, int milliseconds) noexcept override {
    ++polls;
    short ready = 0;
    if ((events & POLLOUT) != 0 && takes != 0) {
      room_ = takes;
      ready |= POLLOUT;
    }
    if ((events & POLLIN) != 0) {
      if (!pieces.empty()) {
        arrived_ += pieces.front();
        pieces.erase(pieces.begin());
        ready |= POLLIN;
      } else if (ends) {
        shut_by_peer_ = true;
        ready |= POLLIN;
      }
    }
    if (ready == 0) {
      EXPECT_GE(milliseconds, 0) << "it would block for ever";
      now_ = now_ + ps::duration::nanoseconds(std::int64_t{milliseconds} * 1'000'000);
    }
    return ready;
  }

 private:
  std::string arrived_;
  std::size_t room_ = 0;
  bool shut_by_peer_ = false;
  ps::time_point now_{ps::duration::nanoseconds(1'000'000'000)};
};

// Every way to cut the bytes in two, and byte by byte.
void at_every_split(std::string_view bytes, const std::function<void(scripted_kernel&)>& check) {
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    SCOPED_TRACE(at);
    scripted_kernel calls;
    calls.pieces = {std::string(bytes.substr(0, at)), std::string(bytes.substr(at))};
    if (at == 0) calls.pieces.erase(calls.pieces.begin());
    if (at == bytes.size()) calls.pieces.pop_back();
    calls.ends = true;
    check(calls);
  }
  scripted_kernel calls;
  for (const char byte : bytes) calls.pieces.emplace_back(1, byte);
  calls.ends = true;
  check(calls);
}

ps::blocking_stream over(scripted_kernel& calls, const ps::stream_options& options = {}) {
  return ps::blocking_stream(3, options, calls);
}

TEST(Blocking, LinesAtEverySplit) {
  at_every_split("one\n\nthree", [](scripted_kernel& calls) {
    ps::blocking_stream in = over(calls);
    EXPECT_EQ(in.readline(), "one\n");
    EXPECT_EQ(in.next_line(), "\n");
    EXPECT_EQ(in.next_line(), "three");
    EXPECT_EQ(in.next_line(), std::nullopt);
    EXPECT_TRUE(in.at_eof());
  });
}

TEST(Blocking, EveryReadAtEverySplit) {
  at_every_split("abcd\r\n3:xyz,tail", [](scripted_kernel& calls) {
    ps::blocking_stream in = over(calls);
    EXPECT_EQ(in.readexactly(2), "ab");
    EXPECT_EQ(in.readuntil("\r\n"), "cd\r\n");
    EXPECT_EQ(in.view(ps::netstring(100)).text(), "xyz");
    std::string some = in.read(2);
    while (some.size() < 2) some += in.read(2 - some.size());
    EXPECT_EQ(some, "ta");
    EXPECT_EQ(in.read(), "il");
    EXPECT_EQ(in.read(10), "");
    EXPECT_THROW(in.readexactly(1), ps::incomplete_read_error);
  });
}

// R33, R39: the errors are those of the other faces.
TEST(Blocking, LimitsAtEverySplit) {
  at_every_split("too long a line\nok\n", [](scripted_kernel& calls) {
    ps::blocking_stream in = over(calls, {.reading = {.limit = 5}});
    EXPECT_THROW(in.readline(), ps::limit_overrun_error);
    EXPECT_EQ(in.readline(), "ok\n");
  });
}

// R23: a read whose time is up has consumed nothing, and came neither early nor late.
TEST(Blocking, ATimeThatIsUpCostsNoByte) {
  scripted_kernel calls;
  calls.pieces = {"par"};
  ps::blocking_stream in = over(calls);
  const ps::time_point start = calls.now();
  try {
    static_cast<void>(in.readline(20ms));
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), ps::errc::timed_out);
  }
  EXPECT_EQ((calls.now() - start).count(), 20'000'000);
  EXPECT_THROW(in.readline(start), std::system_error);  // an instant in the past still looks once
  calls.pieces = {"tial\n"};
  EXPECT_EQ(in.readline(1s), "partial\n");
}

TEST(Blocking, WritesBlockAboveTheHighMarkAndLeaveInOrder) {
  for (const std::size_t takes : {1u, 7u, 1000u}) {
    scripted_kernel calls;
    calls.takes = takes;
    ps::blocking_stream out = over(calls, {.writing = {.high = 10, .low = 4}});
    std::string all;
    for (int i = 0; i != 30; ++i) {
      const std::string part = std::to_string(i * 12345) + ";";
      out.write(part);
      all += part;
      EXPECT_LE(out.inner().out().pending(), 10u + part.size());
    }
    out.flush();
    EXPECT_EQ(calls.sent, all);
    out.write_eof();
    EXPECT_TRUE(calls.shut);
    out.close();
    EXPECT_EQ(calls.closed, 1);
    EXPECT_EQ(out.fd(), -1);
  }
}

// R78, I-18
TEST(Blocking, AFlushHasALimitAndTheStreamsOwnDeadline) {
  scripted_kernel calls;
  calls.takes = 0;
  ps::blocking_stream out = over(calls, {.policy = {.close_flush = 50ms}});
  out.write("never taken");
  EXPECT_THROW(out.flush(20ms), std::system_error);
  EXPECT_EQ(out.inner().out().pending(), 11u);
  const ps::time_point start = calls.now();
  EXPECT_THROW(out.close(), std::system_error);
  EXPECT_EQ((calls.now() - start).count(), 50'000'000);
  EXPECT_EQ(out.close_reason(), ps::errc::timed_out);
}

TEST(Blocking, BothWaysGoOnWhileOneBlocks) {
  scripted_kernel calls;
  calls.takes = 3;
  calls.pieces = {"answer ", "that comes ", "meanwhile\n"};
  ps::blocking_stream both = over(calls);
  both.write("question");
  both.flush();
  EXPECT_EQ(calls.sent, "question");
  EXPECT_EQ(both.readline(), "answer that comes meanwhile\n");
}

ps::task<> echo(ps::stream_reader in, ps::stream_writer out) {
  while (auto line = co_await in.next_line()) {
    out.write(*line);
    co_await out.drain();
  }
}

// A server in a thread of its own.
class Served : public testing::Test {
 protected:
  explicit Served(const ps::filter* layer = nullptr)
      : server_(loop_.run_until(ps::epoll::start_server(loop_, echo, {.host = "127.0.0.1", .port = 0, .ssl = layer}))),
        thread_([this] { loop_.run(); }) {}
  ~Served() override {
    loop_.stop();
    thread_.join();
  }
  ps::epoll::event_loop loop_;
  ps::epoll::server server_;
  std::thread thread_;
};

TEST_F(Served, AnswersABlockingClient) {
  auto client = ps::blocking_stream::connect({.host = "127.0.0.1", .port = server_.port()});
  std::string sent;
  std::string seen;
  for (int i = 0; i != 1000; ++i) {
    sent += std::to_string(i) + "\n";
    client.write(std::to_string(i) + "\n");
    if (i % 10 == 0) seen += client.readline(5s);
  }
  client.write_eof();
  seen += client.read(5s);
  EXPECT_EQ(seen, sent);
  client.close();
}

// A filter whose end is the end of both ways.
class whole_end_filter final : public ps::filter {
 public:
  ps::wire_handle wrap(ps::connection& inner, const ps::filter_options&, std::error_code& ec) const noexcept override {
    ec = {};
    return ps::wire_handle(new (std::nothrow) whole_end(inner, record_));
  }

 private:
  class whole_end final : public penstock_test::tap_wire {
   public:
    using penstock_test::tap_wire::tap_wire;
    bool can_write_eof() const noexcept override { return false; }
  };
  mutable penstock_test::tap_record record_;
};

// R88: the end would take the answer with it.
TEST_F(Served, ABlockingClientDoesNotEndBothWaysUnasked) {
  const whole_end_filter layer;
  auto client =
      ps::blocking_stream::connect({.host = "127.0.0.1", .port = server_.port(), .ssl = &layer, .server_hostname = ""});
  EXPECT_FALSE(client.can_write_eof());
  client.write("question\n");
  try {
    client.write_eof();
    ADD_FAILURE();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::operation_not_supported);
  }
  EXPECT_EQ(client.readline(5s), "question\n");
  client.close();
}

// R25, R28: as on every face.
TEST(Blocking, RefusesANegativeSize) {
  penstock_test::descriptors both = penstock_test::unix_pair();
  ps::blocking_stream in(both[0].release());
  const int negative = -1;
  EXPECT_THROW(in.read(static_cast<std::size_t>(negative), 1s), std::invalid_argument);
  EXPECT_THROW(in.readexactly(static_cast<std::size_t>(negative), 1s), std::invalid_argument);
}

TEST(Blocking, TakesAConnectedStreamSocketOver) {
  penstock_test::descriptors both = penstock_test::unix_pair();
  ps::blocking_stream adopted(both[0].release());
  both[1] = penstock_test::descriptor();
  EXPECT_EQ(adopted.readline(1s), "");
  EXPECT_THROW(ps::blocking_stream(0x7fffffff), std::system_error);
  EXPECT_THROW(ps::blocking_stream(penstock_test::unix_pair()[0].release(), {.reading = {.limit = 0}}),
               std::invalid_argument);
  EXPECT_THROW(ps::blocking_stream::connect(ps::epoll::connection_options{}), std::invalid_argument);
  EXPECT_THROW(ps::blocking_stream::connect(ps::epoll::unix_connection_options{.path = "/no/such/socket"}),
               ps::connect_error);
}

TEST(Blocking, ClosesWhatItWasWhenItIsAssigned) {
  penstock_test::descriptors old = penstock_test::unix_pair();
  penstock_test::descriptors both = penstock_test::unix_pair();
  ps::blocking_stream stream(old[0].release());
  ps::blocking_stream other(both[0].release());
  stream = std::move(other);
  char byte = 0;
  EXPECT_EQ(::recv(old[1].get(), &byte, 1, 0), 0);
  ASSERT_EQ(::send(both[1].get(), "hello\n", 6, 0), 6);
  EXPECT_EQ(stream.readline(1s), "hello\n");
}

TEST(Blocking, HearsOfAReset) {
  penstock_test::descriptors both = penstock_test::tcp_pair();
  ps::blocking_stream near(both[0].release());
  penstock_test::socket_peer peer(std::move(both[1]));
  peer.send("bye\nre");
  EXPECT_EQ(near.readline(5s), "bye\n");
  peer.reset();
  EXPECT_THROW(near.readline(5s), std::system_error);
  EXPECT_EQ(near.inner().in().buffered(), "re");
  EXPECT_EQ(near.close_reason(), std::errc::connection_reset);
  EXPECT_THROW(near.write("x"), std::system_error);
}

const penstock_test::flip_filter flip;

class ServedBehindAFilter : public Served {
 protected:
  ServedBehindAFilter() : Served(&flip) {}
};

TEST_F(ServedBehindAFilter, AnswersABlockingClient) {
  auto client = ps::blocking_stream::connect({.host = "127.0.0.1", .port = server_.port(), .ssl = &flip});
  client.write("through both\n");
  EXPECT_EQ(client.readline(5s), "through both\n");
}

}  // namespace
