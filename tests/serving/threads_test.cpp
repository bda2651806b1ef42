// SPDX-License-Identifier: BSL-1.0
// Several loops, a thread each, on one port: all of them serve, sums agree, and they end together.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

#include "serving/places.hpp"

namespace {

using penstock_test::here;

namespace ps = penstock;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

ps::task<> talk(int port, unsigned times) {
  for (unsigned i = 0; i != times; ++i) {
    auto [in, out] = co_await pe::open_connection({.host = here, .port = port});
    out.write("hello\n");
    EXPECT_EQ(co_await in.readline(), "hello\n");
    out.close();
    co_await out.wait_closed();
  }
}

TEST(Threads, ServeOnOnePortAndSumTheirCounters) {
  constexpr unsigned times = 100;
  pe::server_threads servers(handlers::echo_lines, {.host = here, .port = 0}, 3);
  EXPECT_EQ(servers.threads(), 3u);
  pe::event_loop loop;
  loop.run_until(talk(servers.port(), times));
  EXPECT_EQ(servers.counters().accepted, times);
  servers.shutdown(1s);
  const ps::counters all = servers.counters();
  EXPECT_EQ(all.accepted, times);
  EXPECT_EQ(all.open, 0u);
  EXPECT_EQ(all.received, 6 * times);
  EXPECT_EQ(all.sent, 6 * times);
  servers.shutdown(1s);
}

TEST(Threads, EndWithTheirOwner) {
  pe::event_loop loop;
  std::optional<pe::server_threads> servers(std::in_place, handlers::echo_lines,
                                            pe::server_options{.host = here, .port = 0}, 2u);
  auto streams = loop.run_until(pe::open_connection(loop, {.host = here, .port = servers->port()}));
  servers.reset();
  std::error_code why;
  const auto read = [&]() -> ps::task<> {
    try {
      static_cast<void>(co_await streams.in.read());
    } catch (const std::system_error& e) {
      why = e.code();
    }
  };
  loop.run_until(read());
  EXPECT_TRUE(streams.in.at_eof() || why == std::errc::connection_reset);
}

TEST(Threads, TellWhyTheyDoNotStart) {
  EXPECT_THROW(pe::server_threads(handlers::echo_lines, {.host = here, .port = 0, .limit = 0}, 2),
               std::invalid_argument);
  EXPECT_THROW(pe::server_threads(handlers::echo_lines, {.host = "192.0.2.1", .port = 0}, 2), std::system_error);
  EXPECT_THROW(pe::server_threads(handlers::echo_lines, {.host = here, .port = 0, .start_serving = false}, 1),
               std::invalid_argument);
}

// I-24: a loop that cannot go on ends its thread, and says why; the others serve.
TEST(Threads, OutliveALoopThatCannotGoOn) {
  std::atomic<int> broken = 0;
  const auto breaks_its_loop = [&broken](ps::stream_reader, ps::stream_writer) -> ps::task<> {
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, ps::scheduler::running<pe::event_loop>().fd());
    ::close(nothing);
    ++broken;
    co_return;
  };
  testing::internal::CaptureStderr();
  {
    pe::server_threads servers(breaks_its_loop, {.host = here, .port = 0}, 2);
    const auto connect = [&]() -> ps::task<> {
      try {  // it may be reset while it connects
        auto [in, out] = co_await pe::open_connection({.host = here, .port = servers.port()});
        static_cast<void>(co_await in.read());
      } catch (const std::system_error&) {
      }
    };
    pe::run(connect());
    EXPECT_EQ(broken, 1);
    EXPECT_EQ(servers.counters().accepted, 1u);
    servers.shutdown(1s);
    EXPECT_EQ(servers.counters().accepted, 1u);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "penstock: a task failed: epoll_wait: Invalid argument\n");
}

}  // namespace
