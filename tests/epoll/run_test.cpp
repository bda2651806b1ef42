// SPDX-License-Identifier: BSL-1.0
// Proves what becomes of written bytes where a program's loop ends: run() finishes them, a loop that is destroyed loses
// only what the system has not taken.
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

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
  void begin() {
    reading_ = std::thread([this] { read_all(); });
  }
  heard end() {
    reading_.join();
    return std::move(seen_);
  }

 private:
  void read_all() {
    const descriptor one(checked(::accept(socket_.get(), nullptr, nullptr)));
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
    ps::open_streams both = co_await pe::open_connection({.host = here, .port = port, .policy = {.close_flush = 50ms}});
    both.out.write(std::string(20'000'000, 'x'));
  };
  pe::run(story(deaf.port()));
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
