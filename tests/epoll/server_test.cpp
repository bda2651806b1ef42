// SPDX-License-Identifier: BSL-1.0
// What of serving is the sockets' own: signals, names, descriptors. The rest is in tests/serving.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

namespace {

namespace ps = penstock;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

template <class T>
T run(ps::task<T> work) {
  return pe::run(std::move(work));
}

ps::task<> forever() {
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
  bool gave_up = false;
  try {
    co_await ps::with_timeout(server.serve_forever(), 20ms);
  } catch (const std::system_error&) {
    gave_up = true;
  }
  EXPECT_TRUE(gave_up);
  EXPECT_FALSE(server.is_serving());  // R112
}

TEST(Server, GivingUpServeForeverClosesIt) { run(forever()); }

// R47: a handler that throws is reported once, and its connection is closed.
ps::task<> failing(ps::stream_reader in, ps::stream_writer out) {
  std::string line = co_await in.readline();
  out.write("bye\n");
  throw std::runtime_error("as planned");
}

ps::task<std::string> talk_to_failing() {
  auto server = co_await pe::start_server(failing, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  out.write("hello\n");
  co_return co_await in.read();
}

TEST(Server, ClosesWhatAFailedHandlerLeavesFlushed) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(talk_to_failing()), "bye\n");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "penstock: a task failed: as planned\n");
}

// I-33: SIGPIPE is left as it is and never raised.
ps::task<> write_to_the_dead() {
  auto server = co_await pe::start_server(
      [](ps::stream_reader, ps::stream_writer out) -> ps::task<> {
        out.abort();
        co_return;
      },
      {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  for (int i = 0; i != 20; ++i) {
    if (out.write(std::string(100'000, 'x'))) break;
    try {
      co_await out.flush(20ms);
    } catch (const std::system_error&) {
    }
  }
  EXPECT_TRUE(out.close_reason() == std::errc::connection_reset || out.close_reason() == std::errc::broken_pipe);
}

TEST(Sockets, RaiseNoSigpipe) {
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGPIPE, nullptr, &before), 0);
  ASSERT_EQ(before.sa_handler, SIG_DFL);
  run(write_to_the_dead());
  struct sigaction after{};
  ASSERT_EQ(::sigaction(SIGPIPE, nullptr, &after), 0);
  EXPECT_EQ(after.sa_handler, SIG_DFL);
}

// R69: TCP_NODELAY on both sides. R68: names, also when the connection is gone.
ps::task<> names() {
  int nodelay_of_server = 0;
  auto handler = [&nodelay_of_server](ps::stream_reader, ps::stream_writer out) -> ps::task<> {
    socklen_t size = sizeof nodelay_of_server;
    ::getsockopt(std::stoi(out.get_extra_info("socket")), IPPROTO_TCP, TCP_NODELAY, &nodelay_of_server, &size);
    co_return;
  };
  auto server = co_await pe::start_server(handler, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  int nodelay = 0;
  socklen_t size = sizeof nodelay;
  ::getsockopt(std::stoi(out.get_extra_info("socket")), IPPROTO_TCP, TCP_NODELAY, &nodelay, &size);
  EXPECT_NE(nodelay, 0);
  EXPECT_EQ(co_await in.read(), "");
  EXPECT_NE(nodelay_of_server, 0);
  const std::string own = out.get_extra_info("sockname");
  const std::string peer = out.get_extra_info("peername");
  EXPECT_EQ(peer, "127.0.0.1:" + std::to_string(server.port()));
  out.close();
  co_await out.wait_closed();
  EXPECT_EQ(out.get_extra_info("sockname"), own);
  EXPECT_EQ(out.get_extra_info("peername"), peer);
  EXPECT_EQ(out.get_extra_info("no such key", "otherwise"), "otherwise");
}

TEST(Sockets, HaveNamesAndNoDelay) { run(names()); }

// Has no descriptor to give while `poor`.
class poor_kernel final : public pe::kernel {
 public:
  int accept(int fd, sockaddr* address, socklen_t* size) noexcept override {
    ++accepts;
    return poor ? -EMFILE : kernel::accept(fd, address, size);
  }
  bool poor = false;
  int accepts = 0;
};

// I-34: out of descriptors, who is connected goes on, who waits is served when there is one, and
// nobody asks all the time.
ps::task<> starved(pe::event_loop& loop, poor_kernel& kernel) {
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
  auto first = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  first.out.write("first\n");
  EXPECT_EQ(co_await first.in.readline(), "first\n");
  kernel.poor = true;
  kernel.accepts = 0;
  auto second = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  co_await ps::sleep(250ms);
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_LE(kernel.accepts, 4);
  first.out.write("still here\n");
  EXPECT_EQ(co_await first.in.readline(), "still here\n");
  kernel.poor = false;
  const ps::time_point before = loop.now();
  second.out.write("second\n");
  EXPECT_EQ(co_await second.in.readline(), "second\n");
  EXPECT_LE(loop.now() - before, ps::duration(150ms));
}

// A descriptor of ours that is closed ends the starving at once.
ps::task<> fed(pe::event_loop& loop, poor_kernel& kernel) {
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
  auto first = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  kernel.poor = true;
  auto second = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  co_await ps::sleep(20ms);
  kernel.poor = false;
  const ps::time_point before = loop.now();
  first.out.abort();
  second.out.write("second\n");
  EXPECT_EQ(co_await second.in.readline(), "second\n");
  EXPECT_LE(loop.now() - before, ps::duration(50ms));
}

TEST(Server, WaitsForDescriptors) {
  testing::internal::CaptureStderr();
  for (auto* const story : {&starved, &fed}) {
    poor_kernel kernel;
    pe::event_loop loop(kernel);
    loop.run_until(story(loop, kernel));
  }
  const std::string reports = testing::internal::GetCapturedStderr();
  const std::string report = "accept: Too many open files\n";
  const std::size_t first = reports.find(report);
  const std::size_t second = reports.find(report, first + 1);
  EXPECT_NE(second, reports.npos);
  EXPECT_EQ(reports.find(report, second + 1), reports.npos);  // one a second, and a story takes less
}

ps::task<> flood(ps::stream_reader, ps::stream_writer out) {
  out.write(std::string(32 * 1024 * 1024, 'x'));
  co_await out.drain();
}

// R110, and the last argument of whatever waits.
ps::task<> give_up_each_wait(pe::event_loop& loop) {
  std::stop_source stop;
  pe::server_options options{.host = "127.0.0.1", .port = 0};
  options.max_connections = 7;
  auto server = co_await pe::start_server(flood, options, 10s);
  EXPECT_EQ(server.max_connections(), 7u);
  EXPECT_EQ(&server.get_loop(), &loop);
  const pe::connection_options to{.host = "127.0.0.1", .port = server.port()};
  auto streams = co_await pe::open_connection(to, {10s, stop.get_token()});
  EXPECT_EQ(co_await streams.in.readexactly(1), "x");  // it is served, and most of the flood is under way
  stop.request_stop();
  const auto expect_canceled = [](const char* what, auto wait) -> ps::task<> {
    try {
      co_await std::move(wait);
      ADD_FAILURE() << what << " did not wait";
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), ps::errc::canceled);
    }
  };
  const pe::connection_options by_name{.host = "localhost", .port = server.port()};  // looked up in a thread
  co_await expect_canceled("connecting", pe::open_connection(by_name, stop.get_token()));
  co_await expect_canceled("shutting down", server.shutdown(ps::duration::max(), stop.get_token()));
  EXPECT_EQ(server.phase(), ps::server_phase::closed);
  streams.out.close();
}

TEST(WaitLimits, EndConnectingAndServing) {
  pe::event_loop loop;
  loop.run_until(give_up_each_wait(loop));
}

// R68 as mended: whoever writes a log at a connection's end has its names, though its handler let it go.
ps::task<> observed(std::string& told) {
  struct log final : ps::server_observer {
    explicit log(std::string& to) : told(to) {}
    void closed(const ps::stream& s, const ps::counters&) noexcept override {
      told = s.get_extra_info("sockname") + ' ' + s.get_extra_info("peername") + ' ' + s.get_extra_info("socket");
    }
    std::string& told;
  };
  log seen(told);
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0, .observer = &seen});
  auto [in, out] = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  out.write_eof();
  EXPECT_EQ(co_await in.read(), "") << "the handler has ended";
  out.close();
  co_await out.wait_closed();
  co_await server.shutdown(1s);
  const std::string names = out.get_extra_info("peername") + ' ' + out.get_extra_info("sockname") + ' ';
  EXPECT_EQ(told.substr(0, names.size()), names);
  EXPECT_GT(told.size(), names.size());
}

TEST(Server, NamesAConnectionThatHasClosed) {
  std::string told;
  run(observed(told));
}

// R100: which of the two addresses it was.
ps::task<> from_elsewhere() {
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
  const auto text_of = [&](std::string_view own) -> ps::task<std::string> {
    try {
      auto none = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port(), .local_addr = {own, 0}});
    } catch (const ps::connect_error& e) {
      co_return std::string(e.what());
    }
    co_return std::string("it did not fail");
  };
  const std::string remote = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ((co_await text_of("203.0.113.9")).find("connecting to " + remote + " from 203.0.113.9:0: "), 0u);
  EXPECT_EQ((co_await text_of("::1")).find("connecting to " + remote + " from a local address, of which none has its"),
            0u);
}

TEST(Connecting, SaysWhichAddressCannotBeBound) { run(from_elsewhere()); }

// A name of all the bytes there are has no end, and Linux counts one.
TEST(Address, OfAPathThatFillsIt) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memset(name.sun_path, 'x', sizeof name.sun_path);
  pe::address full;
  std::memcpy(&full.storage, &name, sizeof name);
  full.size = sizeof name + 1;
  EXPECT_EQ(full.text(), std::string(sizeof name.sun_path, 'x'));
}

}  // namespace
