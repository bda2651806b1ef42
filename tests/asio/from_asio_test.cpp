// SPDX-License-Identifier: BSL-1.0
// Holds each claim of docs/from-asio.md: what async_read_until does with the bytes behind a delimiter, with its
// place in the buffer, with a cancelled read and with a second buffer, and that the same program on our streams
// does not.
#include <boost/asio.hpp>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

template <class T>
T run(net::io_context& io, net::awaitable<T> work) {
  std::future<T> result = net::co_spawn(io, std::move(work), net::use_future);
  io.restart();
  while (result.wait_for(0s) != std::future_status::ready)
    if (io.run_one_for(5s) == 0) throw std::runtime_error("nothing happens");
  return result.get();
}

struct raw_pair {
  explicit raw_pair(net::io_context& io) : ours(io), peer(io) { net::local::connect_pair(ours, peer); }
  void send(std::string_view bytes) { net::write(peer, net::buffer(bytes)); }
  local_socket ours;
  local_socket peer;
};

// Over-read: a read behind async_read_until does not see what it took beyond the delimiter.
TEST(FromAsio, ReadUntilTakesMoreThanTheLine) {
  net::io_context io;
  raw_pair pair(io);
  pair.send("size 5\nhello");
  const auto theirs = [](raw_pair& p) -> net::awaitable<std::string> {
    std::string buffer;
    const std::size_t n = co_await net::async_read_until(p.ours, net::dynamic_buffer(buffer), '\n', net::use_awaitable);
    EXPECT_EQ(buffer.size(), 12u);  // five bytes of what comes next
    buffer.erase(0, n);
    std::string body(5, '\0');
    net::steady_timer patience(co_await net::this_coro::executor, 20ms);
    patience.async_wait([&](error_code ec) {
      if (!ec) p.ours.cancel();
    });
    const auto [ec, m] =
        co_await net::async_read(p.ours, net::buffer(body), net::as_tuple(net::use_awaitable));  // waits for ever
    EXPECT_EQ(ec, net::error::operation_aborted);
    co_return body.substr(0, m);
  };
  EXPECT_EQ(run(io, theirs(pair)), "");

  half_pair half(io.get_executor());
  half.send("size 5\nhello");
  const auto our = [](ps::open_streams& s) -> net::awaitable<std::string> {
    EXPECT_EQ(co_await pa::async_readline(s.in, net::use_awaitable), "size 5\n");
    co_return co_await pa::async_readexactly(s.in, 5, net::use_awaitable);
  };
  EXPECT_EQ(run(io, our(half.ours)), "hello");
}

// A composed read that is cancelled has taken bytes out of the socket; where they are depends on the buffer.
TEST(FromAsio, ACancelledReadLosesItsBytes) {
  net::io_context io;
  raw_pair pair(io);
  pair.send("half");
  const auto theirs = [](raw_pair& p) -> net::awaitable<std::string> {
    {
      std::string buffer(8, '\0');  // of the function that gave up
      net::steady_timer patience(co_await net::this_coro::executor, 20ms);
      patience.async_wait([&](error_code) { p.ours.cancel(); });
      const auto [ec, n] = co_await net::async_read(p.ours, net::buffer(buffer), net::as_tuple(net::use_awaitable));
      EXPECT_EQ(ec, net::error::operation_aborted);
      EXPECT_EQ(n, 4u);
    }
    p.send(" and half");
    std::string next(8, '\0');
    co_await net::async_read(p.ours, net::buffer(next), net::use_awaitable);
    co_return next;
  };
  EXPECT_EQ(run(io, theirs(pair)), " and hal");

  half_pair half(io.get_executor());
  half.send("half");
  const auto our = [](half_pair& p) -> net::awaitable<std::string> {
    const auto [ec, bytes] = co_await pa::async_readexactly(p.ours.in, 8, 20ms, net::as_tuple(net::use_awaitable));
    EXPECT_EQ(ec, std::errc::timed_out);
    p.send(" and half");
    co_return co_await pa::async_readexactly(p.ours.in, 8, net::use_awaitable);
  };
  EXPECT_EQ(run(io, our(half)), "half and");
}

// R25, R28: as on every face.
TEST(FromAsio, NegativeSizesAreRefusedAtTheCall) {
  net::io_context io;
  half_pair half(io.get_executor());
  const auto negative = static_cast<std::size_t>(-1);
  EXPECT_THROW(pa::async_read(half.ours.in, negative, net::detached), std::invalid_argument);
  EXPECT_THROW(pa::async_readexactly(half.ours.in, negative, 1s, net::detached), std::invalid_argument);
}

// Each call of async_read_until looks at the whole buffer again: what one call has ruled out, the next does not
// know. Ours remembers across waits that were given up.
TEST(FromAsio, RescansAreCounted) {
  net::io_context io;
  half_pair half(io.get_executor(), {.reading = {.limit = 1'000'000}});
  constexpr int pieces = 200;
  const auto our = [](half_pair& p) -> net::awaitable<void> {
    for (int i = 0; i != pieces; ++i) {
      p.send(std::string(1000, 'x'));
      const auto [ec, none] = co_await pa::async_readline(p.ours.in, 1ms, net::as_tuple(net::use_awaitable));
      EXPECT_EQ(ec, std::errc::timed_out);
    }
    p.send("\n");
    EXPECT_EQ((co_await pa::async_readline(p.ours.in, net::use_awaitable)).size(), pieces * 1000u + 1);
    co_return;
  };
  run(io, our(half));
  const auto examined = half.ours.in.underlying().inner().in().work().examined;
  EXPECT_LE(examined, 2u * (pieces * 1000u + 1));  // linear; from the start each time it would be 20,000,000
}

// dynamic_buffer refers to the string: the bytes behind the line are the application's to keep for the next call,
// and a buffer of a loop's body loses them.
TEST(FromAsio, ABufferALineLosesLines) {
  net::io_context io;
  raw_pair pair(io);
  pair.send("one\ntwo\nthree\n");
  pair.peer.close();
  const auto theirs = [](raw_pair& p) -> net::awaitable<int> {
    int lines = 0;
    for (;; ++lines) {
      std::string buffer;
      const auto [ec, n] =
          co_await net::async_read_until(p.ours, net::dynamic_buffer(buffer), '\n', net::as_tuple(net::use_awaitable));
      if (ec) co_return lines;
    }
  };
  EXPECT_EQ(run(io, theirs(pair)), 1);

  half_pair half(io.get_executor());
  half.send("one\ntwo\nthree\n");
  half.peer.close();
  const auto our = [](ps::open_streams& s) -> net::awaitable<int> {
    for (int lines = 0;; ++lines) {
      const auto [ec, line] = co_await pa::async_readline(s.in, net::as_tuple(net::use_awaitable));
      if (ec) co_return lines;
    }
  };
  EXPECT_EQ(run(io, our(half.ours)), 3);
}

// What stands behind the last newline when the connection ends.
TEST(FromAsio, TheLastLineWithoutANewline) {
  net::io_context io;
  half_pair half(io.get_executor());
  half.send("last words");
  half.peer.close();
  const auto our = [](ps::open_streams& s) -> net::awaitable<void> {
    EXPECT_EQ(co_await pa::async_readline(s.in, net::use_awaitable), "last words");
    const auto [ec, nothing] = co_await pa::async_readline(s.in, net::as_tuple(net::use_awaitable));
    EXPECT_EQ(ec, net::error::eof);
  };
  run(io, our(half.ours));
}

// max_size of a dynamic_buffer ends the connection; a limit ends a line.
TEST(FromAsio, AnOverLongLineIsAnError) {
  net::io_context io;
  half_pair half(io.get_executor(), {.reading = {.limit = 16}});
  half.send(std::string(100, 'x') + "\nshort\n");
  const auto our = [](ps::open_streams& s) -> net::awaitable<std::string> {
    const auto [ec, none] = co_await pa::async_readline(s.in, net::as_tuple(net::use_awaitable));
    EXPECT_EQ(ec, make_error_code(ps::errc::limit_overrun));
    co_return co_await pa::async_readline(s.in, net::use_awaitable);
  };
  EXPECT_EQ(run(io, our(half.ours)), "short\n");
}

// An over-long record stays until it is taken; a line does not.
TEST(FromAsio, AnOverLongRecordStays) {
  net::io_context io;
  half_pair half(io.get_executor(), {.reading = {.limit = 16}});
  half.send(std::string(17, 'x') + "\r\n" + "short\r\n");
  const auto our = [](ps::open_streams& s) -> net::awaitable<std::string> {
    for (int again = 0; again != 3; ++again) {
      const auto [ec, none] = co_await pa::async_readuntil(s.in, "\r\n", net::as_tuple(net::use_awaitable));
      EXPECT_EQ(ec, make_error_code(ps::errc::limit_overrun));
    }
    static_cast<void>(co_await pa::async_readexactly(s.in, 19, net::use_awaitable));
    co_return co_await pa::async_readuntil(s.in, "\r\n", net::use_awaitable);
  };
  EXPECT_EQ(run(io, our(half.ours)), "short\r\n");
}

// The end in front of all that was asked for is another error than the end between lines; the bytes come with it.
TEST(FromAsio, AnEndInsideARecordIsNotTheEnd) {
  net::io_context io;
  const auto half_record = [](ps::open_streams& s) -> net::awaitable<std::string> {
    const auto [ec, there] = co_await pa::async_readuntil(s.in, "\n", net::as_tuple(net::use_awaitable));
    EXPECT_EQ(ec, make_error_code(ps::errc::incomplete_read));
    const auto [end, none] = co_await pa::async_readuntil(s.in, "\n", net::as_tuple(net::use_awaitable));
    EXPECT_EQ(end, make_error_code(ps::errc::incomplete_read));
    EXPECT_EQ(none, "");
    co_return there;
  };
  const auto too_few = [](ps::open_streams& s) -> net::awaitable<std::string> {
    const auto [ec, there] = co_await pa::async_readexactly(s.in, 10, net::as_tuple(net::use_awaitable));
    EXPECT_EQ(ec, make_error_code(ps::errc::incomplete_read));
    const auto [end, none] = co_await pa::async_readline(s.in, net::as_tuple(net::use_awaitable));
    EXPECT_EQ(end, net::error::eof);
    co_return there;
  };
  half_pair one(io.get_executor());
  one.send("abc");
  one.peer.close();
  EXPECT_EQ(run(io, half_record(one.ours)), "abc");
  half_pair other(io.get_executor());
  other.send("abc");
  other.peer.close();
  EXPECT_EQ(run(io, too_few(other.ours)), "abc");
}

// write() tells what it refuses; into an empty queue any one write goes.
TEST(FromAsio, AWriteThatIsTooMuchIsRefused) {
  net::io_context io;
  half_pair half(io.get_executor(), {.writing = {.max_pending = 10'000'000}});
  EXPECT_FALSE(half.ours.out.write(std::string(11'000'000, 'x')));
  EXPECT_EQ(half.ours.out.write("one more"), make_error_code(ps::errc::buffer_full));
}

// A session keeps both ends where it kept its socket.
TEST(FromAsio, ASessionKeepsItsStreams) {
  struct session : std::enable_shared_from_this<session> {
    explicit session(local_socket socket) : io_(pa::adopt(std::move(socket))) {}
    void start() {
      pa::async_readline(io_.in, [self = shared_from_this()](error_code ec, std::string line) {
        if (ec) return;
        self->io_.out.write(line);
        pa::async_drain(self->io_.out, [self](error_code failed) {
          if (!failed) self->start();
        });
      });
    }
    ps::open_streams io_;
  };
  net::io_context io;
  raw_pair pair(io);
  pair.send("one\ntwo\nlast");
  pair.peer.shutdown(local_socket::shutdown_send);
  std::make_shared<session>(std::move(pair.ours))->start();
  io.run_for(5s);
  std::string back;
  error_code ec;
  net::read(pair.peer, net::dynamic_buffer(back), ec);
  EXPECT_EQ(back, "one\ntwo\nlast");
  EXPECT_EQ(ec, net::error::eof);
}

// A second read at the same time is undefined there, refused here.
TEST(FromAsio, ASecondReadIsRefused) {
  net::io_context io;
  half_pair half(io.get_executor());
  error_code first;
  error_code second;
  bool told = false;
  pa::async_readline(half.ours.in, [&](error_code ec, const std::string&) { first = ec; });
  pa::async_readline(half.ours.in, [&](error_code ec, const std::string&) { second = ec, told = true; });
  while (!told) io.run_one();
  EXPECT_EQ(second, make_error_code(ps::errc::read_in_progress));
  EXPECT_FALSE(first);
}

}  // namespace
