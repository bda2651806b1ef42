// SPDX-License-Identifier: BSL-1.0
// What a listening socket's errors do: those of one client, those that last, those where nobody waits.
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

#include "serving/places.hpp"
#include "serving/record.hpp"

namespace {

using namespace penstock_test;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

// Its accepts fail as told.
class accept_failing_kernel final : public pe::kernel {
 public:
  int accept(int fd, sockaddr* address, socklen_t* size) noexcept override {
    ++accepts;
    if (times != 0) return --times, -error;
    const int made = kernel::accept(fd, address, size);
    if (made >= 0 && full_behind_next) {  // the last descriptor that there was
      full_behind_next = false;
      error = EMFILE;
      times = ~0u;
    }
    return made;
  }
  int epoll_ctl(int epfd, int operation, int fd, epoll_event* event) noexcept override {
    if (watches_left && operation == EPOLL_CTL_ADD && (*watches_left)-- == 0) return -ENOSPC;
    return kernel::epoll_ctl(epfd, operation, fd, event);
  }
  int error = 0;
  unsigned times = 0;
  bool full_behind_next = false;
  std::optional<unsigned> watches_left;
  unsigned accepts = 0;
};

struct grounds {
  accept_failing_kernel kernel;
  record seen;
  pe::event_loop loop{kernel};
};

ps::task<> expect_echo(std::string_view host, int port) {
  auto [in, out] = co_await pe::open_connection({.host = host, .port = port});
  out.write("a\n");
  EXPECT_EQ(co_await in.readline(), "a\n");
}

ps::task<> full_and_idle(grounds& g) {
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0, .observer = &g.seen});
  g.kernel.full_behind_next = true;
  auto first = co_await pe::open_connection({.host = here, .port = server.port()});
  first.out.write("a\n");
  EXPECT_EQ(co_await first.in.readline(), "a\n");
  g.kernel.accepts = 0;
  co_await ps::sleep(350ms);
  EXPECT_EQ(g.kernel.accepts, 0u);
  EXPECT_EQ(g.seen.failures.size(), 0u);
  auto second = co_await pe::open_connection({.host = here, .port = server.port()});
  co_await ps::sleep(150ms);
  EXPECT_EQ(g.seen.failures.size(), 1u);  // now somebody waits
  EXPECT_LE(g.kernel.accepts, 3u);
  second.out.abort();  // a descriptor of ours: it is tried at once, and the client has gone
  co_await ps::sleep(20ms);
  g.kernel.times = 0;
  co_await expect_echo(here, server.port());
}

// I-34: a server that has just enough descriptors is not one that lacks them.
TEST(Listener, IsNotStarvingWhereNobodyWaits) {
  grounds g;
  g.loop.run_until(full_and_idle(g));
}

ps::task<> forbidden(grounds& g, int error) {
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0, .observer = &g.seen});
  g.kernel.error = error;
  g.kernel.times = ~0u;
  auto waiting = co_await pe::open_connection({.host = here, .port = server.port()});
  co_await ps::sleep(250ms);
  EXPECT_LE(g.kernel.accepts, 6u);
  g.kernel.times = 0;
  waiting.out.write("a\n");
  EXPECT_EQ(co_await waiting.in.readline(), "a\n");
  EXPECT_EQ(g.seen.failures.size(), 1u);
}

// I-17, I-34: what a security module forbids may last; then it is reported, and tried now and then.
TEST(Listener, BacksOffFromAnErrorThatLasts) {
  for (const int error : {EPERM, EACCES, EIO}) {
    SCOPED_TRACE(error);
    grounds g;
    g.loop.run_until(forbidden(g, error));
  }
}

ps::task<> unlucky(grounds& g, int error) {
  auto server = co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0, .observer = &g.seen});
  g.kernel.error = error;
  g.kernel.times = 3;
  const ps::time_point before = g.loop.now();
  co_await expect_echo(here, server.port());
  EXPECT_LE(g.loop.now() - before, ps::duration(90ms));
  EXPECT_EQ(g.seen.failures.size(), 0u);
}

// I-32: what Linux passes on of a connection that failed already is that connection's.
TEST(Listener, GoesOnBehindAClientThatIsGone) {
  for (const int error :
       {ECONNABORTED, EINTR, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH}) {
    SCOPED_TRACE(error);
    grounds g;
    g.loop.run_until(unlucky(g, error));
  }
}

// R111: where one socket of several cannot be listened on none is, and it may be tried again.
TEST(Listener, ServesOnAllSocketsOrNone) {
  const std::string_view hosts[] = {here, "127.0.0.2", "127.0.0.3"};
  grounds g;
  auto server = g.loop.run_until(
      pe::start_server(g.loop, handlers::echo_lines, {.host = hosts, .port = 0, .start_serving = false}));
  for (unsigned n = 0; n != 3; ++n) {
    g.kernel.watches_left = n;
    EXPECT_THROW(server.start_serving(), std::system_error);
    g.kernel.watches_left.reset();
    EXPECT_EQ(server.phase(), ps::server_phase::bound);
    EXPECT_EQ(server.sockets().size(), 3u);
    const ps::open_streams nobody =
        g.loop.run_until(pe::open_connection(g.loop, {.host = here, .port = server.port()}));
    bool more = true;
    while (more) more = g.loop.poll();
    EXPECT_EQ(server.connections(), 0u);
  }
  server.start_serving();
  for (const std::string_view host : hosts) g.loop.run_until(expect_echo(host, server.port()));
}

}  // namespace
