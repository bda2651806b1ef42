// SPDX-License-Identifier: BSL-1.0
// Proves that what the kernel holds of a connection is neither overlooked nor thrown away: behind urgent data,
// behind a message with descriptors, in front of a reset, and above a close.
#include <penstock/epoll.hpp>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "transports/sockets.hpp"

using namespace std::chrono_literals;

namespace ps = penstock;
namespace pe = penstock::epoll;

namespace {

// Both ends of a connection over loopback: ours, and the peer's, which blocks.
struct tcp_pair {
  tcp_pair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size), 0);
    ours = ::socket(AF_INET, SOCK_STREAM, 0);
    const int room = 2 * 1024 * 1024;
    EXPECT_EQ(::setsockopt(ours, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
    EXPECT_EQ(::connect(ours, reinterpret_cast<sockaddr*>(&name), size), 0);
    peer = ::accept(listener, nullptr, nullptr);
    ::close(listener);
  }
  ~tcp_pair() { hang_up(); }
  // In our kernel's buffer.
  void wait_until_all_has_arrived() const {
    int under_way = 1;
    for (int tries = 0; under_way != 0 && tries != 1000; ++tries) {
      EXPECT_EQ(::ioctl(peer, SIOCOUTQ, &under_way), 0);
      std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(under_way, 0);
  }
  void hang_up() {
    if (peer >= 0) ::close(peer);
    peer = -1;
  }
  int ours = -1;
  int peer = -1;
};

void send_to(int fd, std::string_view bytes, int flags = 0) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), flags | MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// All that comes, and how it ended.
std::string received_by(int fd) {
  std::string all;
  char some[64 * 1024];
  for (;;) {
    const ssize_t n = ::recv(fd, some, sizeof some, 0);
    if (n == 0) return all + " end";
    if (n < 0) return all + " " + std::strerror(errno);
    all.append(some, static_cast<std::size_t>(n));
  }
}

ps::task<std::string> one_line(int fd) {
  auto [in, out] = co_await pe::open_connection({.sock = fd});
  co_return co_await in.readuntil("\n", 2s);
}

ps::task<std::string> one_line_of_unix(int fd) {
  auto [in, out] = co_await pe::open_unix_connection({.sock = fd});
  co_return co_await in.readuntil("\n", 2s);
}

std::string line_of(ps::task<std::string> task) {
  pe::event_loop loop;
  return loop.run_until(std::move(task));
}

}  // namespace

// I-32: a receive stops at the urgent byte, and no event tells of what is behind it.
TEST(EndOfInput, IsNotWhereUrgentDataStands) {
  tcp_pair pair;
  send_to(pair.peer, "abc");
  send_to(pair.peer, "!", MSG_OOB);
  send_to(pair.peer, "def\n");
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(line_of(one_line(pair.ours)), "abcdef\n");
}

// I-32: nor what is behind a message that carries a descriptor.
TEST(EndOfInput, IsNotWhereADescriptorWasPassed) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  penstock_test::send_with_descriptor(ends[1], "abc", ends[1]);
  send_to(ends[1], "def\n");
  EXPECT_EQ(line_of(one_line_of_unix(ends[0])), "abcdef\n");
  ::close(ends[1]);
}

namespace {

// Reads to the end or an error, at its pace.
ps::task<std::size_t> count_bytes(ps::stream_reader& in, ps::duration pause) {
  std::size_t count = 0;
  try {
    for (;;) {
      const std::string some = co_await in.read(16 * 1024);
      if (some.empty()) break;
      count += some.size();
      co_await ps::sleep(pause);
    }
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_reset);
  }
  co_return count;
}

}  // namespace

// I-2, I-23: a reset in the middle of a slow reader's work takes nothing that had arrived before it.
TEST(EndOfInput, ComesBehindWhatArrivedHoweverSlowlyItIsRead) {
  constexpr std::size_t size = 400'000;
  for (const ps::duration pause : {ps::duration(0ms), ps::duration(2ms)}) {
    tcp_pair pair;
    send_to(pair.ours, "never read");
    pe::event_loop loop;
    auto ours = loop.run_until(pe::open_connection(loop, {.sock = pair.ours}));
    const std::jthread peer([&pair] {
      send_to(pair.peer, std::string(size, 'x'));
      pair.wait_until_all_has_arrived();
      pair.hang_up();  // with a reset, for it has not read
    });
    EXPECT_EQ(loop.run_until(count_bytes(ours.in, pause)), size);
  }
}

namespace {

ps::task<> write_much_and_close(ps::stream_writer& out, std::size_t size) {
  out.write(std::string(size, 'x'));
  co_await ps::sleep(20ms);  // what the peer has sent is there, and nobody reads it
  out.close();
  co_await out.wait_closed();
}

}  // namespace

// I-45, R92: what was written and confirmed by wait_closed arrives, though input was left unread.
TEST(EndOfInput, UnreadInputDoesNotTakeWhatWasWrittenBeforeClose) {
  tcp_pair pair;
  std::string seen;
  pe::event_loop loop;
  auto ours = loop.run_until(pe::open_connection(loop, {.sock = pair.ours}));
  send_to(pair.peer, "one more request\n");  // behind the close it would be answered by a reset
  {
    const std::jthread peer([&] {
      std::this_thread::sleep_for(50ms);
      seen = received_by(pair.peer);
    });
    loop.run_until(write_much_and_close(ours.out, 3'000'000));
  }
  EXPECT_EQ(seen.size(), 3'000'000u + 4);
  EXPECT_EQ(seen.substr(seen.size() - 4), " end");
}

// The same where that input came since the last receive, and no event has told of it: a request that is answered in the
// turn in which the next one arrives.
TEST(EndOfInput, InputThatNoEventHasToldOfDoesNotTakeItEither) {
  tcp_pair pair;
  pe::event_loop loop;
  const auto answer_one = [&](ps::open_streams ours) -> ps::task<> {
    EXPECT_EQ(co_await ours.in.readline(), "a request\n");
    send_to(pair.peer, "the next request\n");
    pair.wait_until_all_has_arrived();
    ours.out.write(std::string(100'000, 'x'));
    ours.out.close();
    co_await ours.out.wait_closed();
  };
  auto ours = loop.run_until(pe::open_connection(loop, {.sock = pair.ours}));
  send_to(pair.peer, "a request\n");
  loop.run_until(answer_one(std::move(ours)));
  const std::string seen = received_by(pair.peer);
  EXPECT_EQ(seen.size(), 100'000u + 4);
  EXPECT_EQ(seen.substr(seen.size() - 4), " end");
}
