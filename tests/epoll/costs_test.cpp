// SPDX-License-Identifier: BSL-1.0
// What a message costs, counted: system calls at the kernel table, allocations at operator new, and
// the bytes of an idle connection; and what becomes of one for whose clock there is no memory.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

#include "support/user_filters.hpp"

namespace {

std::size_t allocations = 0;
std::size_t live_bytes = 0;
bool short_of_memory = false;  // for who asks without exceptions

}  // namespace

// In front of each: its size. Aligned as operator new promises.
void* operator new(std::size_t n) {
  ++allocations;
  live_bytes += n;
  auto* const memory = static_cast<std::size_t*>(std::malloc(n + 16));
  if (memory == nullptr) throw std::bad_alloc();
  *memory = n;
  return memory + 2;
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return short_of_memory ? nullptr : operator new(n);
}
void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  auto* const block = static_cast<std::size_t*>(memory) - 2;
  live_bytes -= *block;
  std::free(block);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace {

namespace ps = penstock;
using namespace std::chrono_literals;

class counting_kernel final : public ps::epoll::kernel {
 public:
  long recv(int fd, char* into, std::size_t n) noexcept override {
    ++recvs;
    return kernel::recv(fd, into, n);
  }
  long send(int fd, const char* from, std::size_t n) noexcept override {
    ++sends;
    return kernel::send(fd, from, n);
  }
  long sendmsg(int fd, const msghdr* message) noexcept override {
    ++sends;
    return kernel::sendmsg(fd, message);
  }
  int epoll_wait(int epfd, std::span<epoll_event> events, int milliseconds) noexcept override {
    ++waits;
    return kernel::epoll_wait(epfd, events, milliseconds);
  }
  int epoll_ctl(int epfd, int operation, int fd, epoll_event* event) noexcept override {
    ++others;
    return kernel::epoll_ctl(epfd, operation, fd, event);
  }
  int timerfd_settime(int fd, ps::time_point when) noexcept override {
    ++others;
    return kernel::timerfd_settime(fd, when);
  }
  int eventfd_write(int fd) noexcept override {
    ++others;
    return kernel::eventfd_write(fd);
  }
  int eventfd_read(int fd) noexcept override {
    ++others;
    return kernel::eventfd_read(fd);
  }
  void reset() noexcept { recvs = sends = waits = others = 0; }

  unsigned recvs = 0;
  unsigned sends = 0;
  unsigned waits = 0;
  unsigned others = 0;
};

// A server in this thread and plain sockets that talk to it.
class Costs : public testing::Test {
 protected:
  void serve(ps::epoll::connection_handler handler, const ps::filter* ssl = nullptr) {
    ps::epoll::server_options options{.host = "127.0.0.1", .port = 0, .backlog = 1024};
    options.ssl = ssl;
    server_.emplace(loop_.run_until(ps::epoll::start_server(loop_, std::move(handler), options)));
  }
  int connect() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server_->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    settle();
    return fd;
  }
  void settle() {
    while (loop_.poll()) {
    }
  }
  void say(int fd, std::string_view text) {
    EXPECT_EQ(::send(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  void hear(int fd, std::size_t n) {
    char answer[64 * 1024];
    for (std::size_t got = 0; got < n;) {
      const ssize_t some = ::recv(fd, answer, std::min(sizeof answer, n - got), 0);
      ASSERT_GT(some, 0);
      got += static_cast<std::size_t>(some);
    }
  }
  void echo(int fd, std::string_view text) {
    say(fd, text);
    settle();
    hear(fd, text.size());
  }

  void idle(ps::epoll::connection_handler handler, std::size_t at_most);

  counting_kernel kernel_;
  ps::epoll::event_loop loop_{kernel_};
  std::optional<ps::epoll::server> server_;
};

TEST_F(Costs, SixteenPipelinedLinesAreOneReceiveAndOneSend) {
  serve(handlers::echo_lines_by_view);
  const int fd = connect();
  std::string lines;
  for (int i = 0; i != 16; ++i) lines += std::string(63, 'x') + '\n';
  echo(fd, lines);
  kernel_.reset();
  echo(fd, lines);
  EXPECT_EQ(kernel_.recvs, 1u);
  EXPECT_EQ(kernel_.sends, 1u);
  EXPECT_EQ(kernel_.others, 0u);
  ::close(fd);
}

TEST_F(Costs, ALineAtATimeIsOneReceiveAndOneSend) {
  serve(handlers::echo_lines_by_view);
  const int fd = connect();
  echo(fd, "warm\n");
  kernel_.reset();
  for (int i = 0; i != 100; ++i) echo(fd, "one line\n");
  EXPECT_EQ(kernel_.recvs, 100u);
  EXPECT_EQ(kernel_.sends, 100u);
  EXPECT_EQ(kernel_.others, 0u);
  ::close(fd);
}

TEST_F(Costs, NoAllocationAMessage) {
  for (const bool by_view : {true, false}) {
    serve(by_view ? handlers::echo_lines_by_view : handlers::echo_lines);
    const int fd = connect();
    for (int i = 0; i != 1000; ++i) echo(fd, "fifteen bytes.\n");
    const std::size_t before = allocations;
    for (int i = 0; i != 10'000; ++i) echo(fd, "fifteen bytes.\n");
    EXPECT_EQ(allocations, before);
    ::close(fd);
  }
}

// Beside what the loop's pools keep, which does not grow with the connections.
void Costs::idle(ps::epoll::connection_handler handler, std::size_t at_most) {
#ifndef __OPTIMIZE__
  at_most += 64;  // a coroutine's frame keeps what an optimizer folds away
#endif
  serve(std::move(handler));
  const std::string burst = std::string(60'000, 'x') + '\n';
  std::vector<int> fds;
  fds.reserve(600);
  const auto add = [&](int n) {
    for (int i = 0; i != n; ++i) echo(fds.emplace_back(connect()), burst);
  };
  add(100);
  const std::size_t before = live_bytes;
  add(400);
  const std::size_t each = (live_bytes - before) / 400;
  std::printf("    an idle connection: %zu bytes\n", each);
  EXPECT_LE(each, at_most);
  for (const int fd : fds) echo(fd, burst);
  EXPECT_LE((live_bytes - before) / 400, at_most);
  for (const int fd : fds) ::close(fd);
  settle();
  server_.reset();
}

TEST_F(Costs, AnIdleConnectionWithItsHandler) {
  idle(handlers::echo_lines_by_view, 768);
  idle(handlers::echo_lines, 768);
}

// A layer that must be looked at in an hour.
class waiting_wire final : public penstock_test::tap_wire {
 public:
  using tap_wire::tap_wire;
  ps::time_point deadline() const noexcept override { return ps::time_point(ps::duration(3600s)); }
};
class waiting_filter final : public ps::filter {
 public:
  ps::wire_handle wrap(ps::connection& inner, const ps::filter_options&, std::error_code& ec) const noexcept override {
    ec = {};
    return ps::wire_handle(new waiting_wire(inner, record_));
  }

 private:
  mutable penstock_test::tap_record record_;
};

// I-30: a connection whose deadline nobody would keep ends with an error instead of living without one.
TEST_F(Costs, AConnectionWithoutMemoryForItsClockEnds) {
  const waiting_filter filter;
  serve(handlers::echo_lines, &filter);
  short_of_memory = true;
  const int fd = connect();
  settle();
  short_of_memory = false;
  char c = 0;
  EXPECT_LT(::recv(fd, &c, 1, 0), 0);
  EXPECT_EQ(errno, ECONNRESET);
  ::close(fd);
}

}  // namespace
