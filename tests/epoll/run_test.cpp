// SPDX-License-Identifier: BSL-1.0
// Proves what becomes of written bytes where a program's loop ends: run() finishes them, a loop that is destroyed
// resets where it has some.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>

#include "serving/places.hpp"

namespace {

using namespace penstock_test;
namespace ps = penstock;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

// What a peer saw that reads to the end, whatever the end is.
struct heard {
  std::string bytes;
  bool reset = false;
};

// Reads in a thread of its own, slowly: what it gets late must not be what it does not get.
class slow_peer {
 public:
  slow_peer() { checked(::listen(socket_.get(), 5)); }
  ~slow_peer() {
    if (reading_.joinable()) reading_.join();
  }
  int port() const noexcept { return socket_.port(); }
  void begin(std::string_view greeting = {}) {
    reading_ = std::thread([this, greeting] { read_all(greeting); });
  }
  heard end() {
    reading_.join();
    return std::move(seen_);
  }

 private:
  void read_all(std::string_view greeting) {
    const descriptor one(checked(::accept(socket_.get(), nullptr, nullptr)));
    if (!greeting.empty()) {
      EXPECT_GT(::send(one.get(), greeting.data(), greeting.size(), 0), 0);
    }
    std::this_thread::sleep_for(20ms);
    std::string some(64 * 1024, '\0');
    for (ssize_t n = 0; (n = ::recv(one.get(), some.data(), some.size(), 0)) != 0;) {
      if (n < 0) {
        seen_.reset = true;
        return;
      }
      seen_.bytes.append(some, 0, static_cast<std::size_t>(n));
    }
  }

  bound_socket socket_;
  std::thread reading_;
  heard seen_;
};

const std::string much(2'000'000, 'x');

enum class last_act { write, drain, close, drain_and_close, spawn, fail };

ps::task<> keep(ps::open_streams streams) {
  streams.out.write(much);
  co_await ps::sleep(1h);
}

ps::task<> client(int port, last_act how) {
  ps::open_streams both = co_await pe::open_connection({.host = here, .port = port});
  if (how == last_act::spawn) {
    pe::event_loop& loop = ps::scheduler::running<pe::event_loop>();
    loop.spawn(keep(std::move(both)));
    co_return;
  }
  both.out.write(how == last_act::drain || how == last_act::drain_and_close ? "hello\n" : much);
  if (how == last_act::drain || how == last_act::drain_and_close) co_await both.out.drain();
  if (how == last_act::close || how == last_act::drain_and_close) both.out.close();
  if (how == last_act::fail) throw std::runtime_error("the task failed");
}

}  // namespace

// R60 as mended: whatever a program does last, what it has written arrives, and then the end.
TEST(Run, FinishesWhatWasWritten) {
  for (const last_act how : {last_act::write, last_act::drain, last_act::close, last_act::drain_and_close,
                             last_act::spawn, last_act::fail}) {
    SCOPED_TRACE(static_cast<int>(how));
    slow_peer peer;
    peer.begin();
    if (how == last_act::fail)
      EXPECT_THROW(pe::run(client(peer.port(), how)), std::runtime_error);
    else
      pe::run(client(peer.port(), how));
    const heard seen = peer.end();
    EXPECT_FALSE(seen.reset);
    EXPECT_EQ(seen.bytes.size(), how == last_act::drain || how == last_act::drain_and_close ? 6 : much.size());
  }
}

// Who does not read holds it for no longer than the close's own deadline (R78).
TEST(Run, WaitsForNobodyLongerThanACloseDoes) {
  bound_socket deaf;
  checked(::listen(deaf.get(), 5));
  const auto story = [](int port) -> ps::task<> {
    ps::open_streams both =
        co_await pe::open_connection({.host = here, .port = port, .policy = {.close_flush = 100ms}});
    both.out.write(std::string(20'000'000, 'x'));
  };
  const auto begun = std::chrono::steady_clock::now();
  pe::run(story(deaf.port()));
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 10s) << "and not the 30 s of those who set nothing";
}

// R47: handlers are tasks, too: what they wrote leaves, and no others begin, however many clients come.
TEST(Run, EndsServersAndTheirHandlers) {
  const std::string more(20'000'000, 'x');  // than the way holds
  int begun = 0;
  int ended = 0;
  int late = 0;
  std::optional<ps::server> server;
  std::optional<descriptor> client;
  std::string heard;
  std::jthread peer;
  const auto handler = [&](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    struct telling {
      int& to;
      ~telling() { ++to; }
    };
    const telling at_the_end{ended};
    ++begun;
    out.write(more);
    static_cast<void>(co_await in.read());
  };
  const auto story = [&]() -> ps::task<> {
    server = co_await pe::start_server(handler, {.host = here, .port = 0});
    client.emplace(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    const pe::address at = *pe::address::numeric(here, server->port());
    checked(::connect(client->get(), at.get(), at.size));
    while (begun == 0) co_await ps::sleep(1ms);
    peer = std::jthread([&heard, &late, fd = client->get(), at] {
      std::this_thread::sleep_for(50ms);
      const descriptor other(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      late = ::connect(other.get(), at.get(), at.size) == 0 ? 0 : errno;
      std::string some(64 * 1024, '\0');
      for (ssize_t n = 0; (n = ::recv(fd, some.data(), some.size(), 0)) > 0;)
        heard.append(some, 0, static_cast<std::size_t>(n));
    });
  };
  pe::run(story());
  peer.join();
  EXPECT_EQ(heard.size(), more.size());
  EXPECT_EQ(late, ECONNREFUSED) << "while the first one is waited for";
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(ended, 1);
}

// I-24: an operation of the application's that throws while the loop finishes is told, and ends nothing.
TEST(Run, FinishesAlthoughAnOperationThrows) {
  struct failing {
    bool ready(const ps::read_half& in) const {
      if (!in.buffered().empty()) throw std::runtime_error("the operation failed");
      return false;
    }
    static ps::read_outcome take(ps::read_half&) { return ps::read_outcome::eof(); }
  };
  slow_peer peer;
  peer.begin();
  const auto [ours, theirs] = unix_pair();
  int told = 0;
  {
    std::optional<ps::open_streams> both;
    ps::task<> foreign;
    pe::event_loop loop;
    loop.on_unhandled([&](std::exception_ptr) { ++told; });
    both = loop.run_until(pe::open_unix_connection(loop, {.sock = ::dup(ours.get())}));
    const auto reading = [&]() -> ps::task<> { static_cast<void>(co_await both->in.view(failing())); };
    foreign = reading();
    loop.post([&] { static_cast<void>(foreign.start()); });
    loop.run_until(client(peer.port(), last_act::close));
    EXPECT_EQ(::send(theirs.get(), "x", 1, 0), 1);
    loop.finish();
  }
  EXPECT_GT(told, 0);
  EXPECT_EQ(peer.end().bytes.size(), much.size());
}

// One turn of each connection is one of each, and not of those that one call of the kernel tells of.
TEST(Run, FinishesEachOfManyConnections) {
  constexpr std::size_t many = 150;
  constexpr std::size_t size = 300'000;
  std::vector<ps::open_streams> kept;
  std::vector<descriptor> peers;
  pe::event_loop loop;
  for (std::size_t i = 0; i != many; ++i) {
    int ends[2];
    checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
    peers.emplace_back(ends[1]);
    kept.push_back(loop.run_until(pe::open_unix_connection(loop, {.sock = ends[0]})));
  }
  for (ps::open_streams& each : kept) each.out.write(std::string(size, 'x'));
  while (loop.poll()) {
  }
  std::string some(64 * 1024, '\0');
  const auto received = [&](const descriptor& from) {
    std::size_t all = 0;
    for (ssize_t n = 0; (n = ::recv(from.get(), some.data(), some.size(), 0)) > 0;) all += static_cast<std::size_t>(n);
    return all;
  };
  std::vector<std::size_t> got;
  for (const descriptor& each : peers) got.push_back(received(each));
  ASSERT_LT(got.front(), size);
  loop.finish();
  for (std::size_t i = 0; i != many; ++i) EXPECT_EQ(got[i] + received(peers[i]), size) << i;
}

// The flush has its time from the call, whatever was computed before it in the same turn (R78).
TEST(Run, ACloseHasItsTimeFromTheCall) {
  const std::string more(20'000'000, 'x');
  slow_peer peer;
  const auto story = [&](int port) -> ps::task<> {
    ps::open_streams both =
        co_await pe::open_connection({.host = here, .port = port, .policy = {.close_flush = 400ms}});
    EXPECT_EQ(co_await both.in.readline(), "go\n");
    std::this_thread::sleep_for(500ms);
    both.out.write(more);
    both.out.close();
    co_await both.out.wait_closed();
  };
  peer.begin("go\n");
  EXPECT_NO_THROW(pe::run(story(peer.port())));
  EXPECT_EQ(peer.end().bytes.size(), more.size());
}

// Bytes that a flush handed to the system arrive, and behind them comes the end; what is unsent is told by a reset.
TEST(Run, ALoopThatIsDestroyedResetsWhereBytesAreLost) {
  const auto flushes = [](int port, std::optional<ps::open_streams>& kept) -> ps::task<> {
    kept = co_await pe::open_connection({.host = here, .port = port});
    kept->out.write(std::string(100'000, 'x'));
    co_await kept->out.flush();
  };
  for (const bool all : {true, false}) {
    SCOPED_TRACE(all);
    slow_peer peer;
    std::optional<ps::open_streams> kept;
    {
      pe::event_loop loop;
      loop.run_until(flushes(peer.port(), kept));
      if (!all) kept->out.write("more");
    }
    peer.begin();
    const heard seen = peer.end();
    EXPECT_EQ(seen.reset, !all);
    if (all) {
      EXPECT_EQ(seen.bytes.size(), 100'000U);
    }
    EXPECT_EQ(kept->in.underlying().has_loop(), false);
  }
}
