// SPDX-License-Identifier: BSL-1.0
// Many connections and rude ones, over real sockets: what is counted at the end is zero. Each story is
// short here; PENSTOCK_STORMS=1 runs it in full size.
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <tests/support/sanitized.hpp>

#include "serving/nets.hpp"
#include "serving/places.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
namespace pe = penstock::epoll;

bool in_full() { return std::getenv("PENSTOCK_STORMS") != nullptr; }
unsigned size_of_storm(unsigned small, unsigned full) { return in_full() ? full : small; }

ps::task<> with_all_frames_back(pe::event_loop& loop, ps::task<> (*story)(pe::event_loop&)) {
  const std::size_t before = ps::frame_recycler::current()->live();
  co_await story(loop);
  co_await ps::sleep(1ms);
  EXPECT_EQ(ps::frame_recycler::current()->live(), before);
}

// Runs the story and holds that it leaves no descriptor, frame or block.
void expect_nothing_left(ps::task<> (*story)(pe::event_loop&)) {
  const std::size_t descriptors_before = open_descriptors();
  {
    pe::event_loop loop;
    loop.on_unhandled([](std::exception_ptr) {});
    const std::size_t descriptors_of_loop = open_descriptors();
    loop.run_until(with_all_frames_back(loop, story));
    while (loop.poll()) {
    }
    EXPECT_EQ(open_descriptors(), descriptors_of_loop);
    EXPECT_EQ(loop.counters().open, 0u);
    EXPECT_EQ(loop.blocks().in_use(), 0u);
  }
  EXPECT_EQ(open_descriptors(), descriptors_before);
}

ps::task<> settled(pe::server& server) {
  server.close();
  co_await server.wait_closed();
  co_await ps::sleep(1ms);
}

ps::task<> send_much(ps::stream_reader, ps::stream_writer out) {
  const std::string much(256 * 1024, 'm');
  for (int i = 0; i != 256; ++i) {  // 64 MiB
    if (out.write(much)) co_return;
    co_await out.drain();
  }
}

// I-32, I-35: a reset at any byte of a long transfer.
ps::task<> resets(pe::event_loop& loop) {
  const unsigned times = size_of_storm(40, 2000);
  auto server = co_await pe::start_server(loop, send_much, {.host = here, .port = 0});
  std::uint64_t random = 1;
  for (unsigned i = 0; i != times; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    std::uint64_t left = (random >> 33) % (in_full() ? 64u << 20 : 4u << 20);
    auto [in, out] = co_await pe::open_connection({.host = here, .port = server.port()});
    while (left != 0) {
      const ps::read_outcome some = co_await in.view(ps::read_some(static_cast<std::size_t>(left)));
      EXPECT_EQ(some.status(), ps::read_status::data);
      if (some.status() != ps::read_status::data) break;
      left -= some.text().size();
    }
    out.abort();
  }
  co_await settled(server);
  EXPECT_EQ(server.counters().accepted, times);
  EXPECT_EQ(server.counters().open, 0u);
}
TEST(Storms, ResetsInTheMiddleLeaveNothing) { expect_nothing_left(resets); }

// Says n bytes and an end, and reads to the end, in an order that the number decides.
ps::task<> converse(pe::server& server, unsigned number) {
  auto [in, out] = co_await pe::open_connection({.host = here, .port = server.port()});
  const std::string said = std::string(number % 5000, 'a') + '\n';
  const bool end_first = number % 2 == 0;
  const bool read_late = number / 2 % 2 == 0;
  out.write(said);
  if (end_first) out.write_eof();
  if (read_late) co_await ps::sleep(ps::duration());
  if (!end_first) {
    EXPECT_EQ(co_await in.readline(), said);
    out.write_eof();
    EXPECT_EQ(co_await in.read(), "");
  } else {
    EXPECT_EQ(co_await in.read(), said);
  }
  if (number / 4 % 2 == 0) {
    out.close();
    co_await out.wait_closed();
  }
}
// One that ends its own side first, whatever it is told then.
ps::task<> end_first_or_last(ps::stream_reader in, ps::stream_writer out) {
  const std::string line = co_await in.readline();
  out.write(line);
  if (line.size() % 3 == 0) out.write_eof();
  const std::string rest = co_await in.read();
  EXPECT_EQ(rest, "");
}
ps::task<> half_closes(pe::event_loop& loop) {
  const unsigned times = size_of_storm(400, 10'000);
  auto server = co_await pe::start_server(loop, end_first_or_last, {.host = here, .port = 0});
  for (unsigned i = 0; i != times; ++i) co_await converse(server, i);
  co_await settled(server);
  EXPECT_EQ(server.counters().accepted, times);
  EXPECT_EQ(server.counters().failed, 0u);
}
TEST(Storms, HalfClosesInAllOrdersLoseNothing) { expect_nothing_left(half_closes); }

ps::task<> connects(pe::event_loop& loop) {
  const unsigned times = size_of_storm(500, 10'000);
  auto server = co_await pe::start_server(loop, handlers::echo_lines, {.host = here, .port = 0});
  for (unsigned i = 0; i != times; ++i) {
    auto [in, out] = co_await pe::open_connection({.host = here, .port = server.port()});
    if (i % 3 == 0) out.abort();
  }
  while (server.counters().accepted != times) co_await ps::sleep(1ms);
  co_await settled(server);
}
TEST(Storms, ConnectsAndClosesAsFastAsTheyGoLeaveNothing) { expect_nothing_left(connects); }

// Answers later. The system's own, given up, goes on asking in its thread, with descriptors of its own.
class late_resolver final : public pe::resolver {
 public:
  ps::task<pe::resolve_answer> resolve(pe::resolve_query query) override {
    co_await ps::sleep(ps::duration());
    pe::resolve_answer answer;
    answer.addresses.push_back(*pe::address::numeric(here, static_cast<std::uint16_t>(std::stoi(query.service))));
    co_return answer;
  }
};

// I-25: given up behind each of its steps.
ps::task<> cancelled_connects(pe::event_loop& loop) {
  const unsigned times = size_of_storm(200, 5000);
  auto server = co_await pe::start_server(loop, handlers::echo_lines, {.host = here, .port = 0});
  const full_place silent;
  late_resolver names;
  for (unsigned i = 0; i != times; ++i) {
    const int port = i % 2 == 0 ? silent.port() : static_cast<int>(server.port());
    ps::task<pe::open_streams> connecting = i % 5 == 0
                                                ? pe::open_connection({.host = "a name", .port = port, .names = &names})
                                                : pe::open_connection({.host = here, .port = port});
    if (connecting.start()) static_cast<void>(std::move(connecting).result());
    for (unsigned steps = i % 4; steps != 0; --steps) co_await ps::sleep(ps::duration());
    connecting = {};
  }
  auto [in, out] = co_await pe::open_connection({.host = here, .port = server.port()});
  out.write("a\n");
  EXPECT_EQ(co_await in.readline(), "a\n");
  out.close();
  co_await out.wait_closed();
  co_await settled(server);
}
TEST(Storms, ConnectsGivenUpAnywhereLeaveNothing) { expect_nothing_left(cancelled_connects); }

// --- no descriptors left ---------------------------------------------------------------------------

class counting_kernel final : public pe::kernel {
 public:
  int accept(int fd, sockaddr* address, socklen_t* size) noexcept override {
    const int result = kernel::accept(fd, address, size);
    ++accepts;
    if (result == -EMFILE) starved = true;
    return result;
  }
  unsigned accepts = 0;
  bool starved = false;
};

ps::duration processor_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto nanoseconds = [](const timeval& t) { return t.tv_sec * 1'000'000'000 + t.tv_usec * 1000; };
  return ps::duration::nanoseconds(nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime));
}

// At most n descriptors, from now to the end.
class few_descriptors {
 public:
  explicit few_descriptors(rlim_t n) {
    checked(::getrlimit(RLIMIT_NOFILE, &before_));
    const rlimit few{n, before_.rlim_max};
    checked(::setrlimit(RLIMIT_NOFILE, &few));
  }
  few_descriptors(const few_descriptors&) = delete;
  few_descriptors& operator=(const few_descriptors&) = delete;
  ~few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// The clients are another process: they have descriptors of their own.
class crowd {
 public:
  crowd(int port, unsigned n) : pid_(::fork()) {
    if (pid_ != 0) return;
    const rlimit many{4096, 4096};
    ::setrlimit(RLIMIT_NOFILE, &many);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned i = 0; i != n; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      static_cast<void>(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to));
    }
    ::pause();
    ::_exit(0);
  }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd() { ::kill(pid_, SIGKILL); }

 private:
  pid_t pid_;
};

ps::task<> starved(pe::event_loop& loop, counting_kernel& kernel) {
  record seen;
  auto server =
      co_await pe::start_server(handlers::echo_lines, {.host = here, .port = 0, .backlog = 4096, .observer = &seen});
  auto first = co_await pe::open_connection({.host = here, .port = server.port()});
  first.out.write("a\n");
  EXPECT_EQ(co_await first.in.readline(), "a\n");
  {
    const crowd clients(server.port(), 2000);
    while (!kernel.starved) co_await ps::sleep(10ms);
    co_await ps::sleep(200ms);
    const ps::duration watched = std::chrono::seconds(size_of_storm(1, 10));
    const unsigned accepts_before = kernel.accepts;
    const ps::duration used_before = processor_time();
    const std::size_t open_before = server.connections();
    co_await ps::sleep(watched);
    const auto seconds = static_cast<unsigned>(watched.count() / 1'000'000'000);
    EXPECT_LE(kernel.accepts - accepts_before, 20 * seconds);
    EXPECT_LE((processor_time() - used_before).count(), watched.count() / 50);
    EXPECT_EQ(server.connections(), open_before);
    first.out.write("b\n");  // who is there is served
    EXPECT_EQ(co_await first.in.readline(), "b\n");
    const ps::time_point freed = loop.now();
    first.out.close();
    while (server.counters().accepted == open_before) co_await ps::sleep(1ms);
    EXPECT_LE(loop.now() - freed, ps::duration(100ms));
    EXPECT_GE(seen.failures.size(), 1u);  // once a second
    EXPECT_LE(seen.failures.size(), seconds + 2);
  }
  co_await server.shutdown(100ms);
}
// R7, R107, I-34: few calls, little time, who is there is served, and who waits as soon as there is room.
TEST(Storms, OutOfDescriptorsTheServerWaitsQuietly) {
  if (under_asan()) GTEST_SKIP() << "the sanitizer's own checks need descriptors";
  const few_descriptors only(256);
  counting_kernel kernel;
  pe::event_loop loop(kernel);
  loop.run_until(starved(loop, kernel));
}

// --- signals --------------------------------------------------------------------------------------

TEST(Signals, EndARunThatAsksForThem) {
  pe::event_loop loop;
  auto server = loop.run_until(pe::start_server(loop, handlers::echo_lines, {.host = here, .port = 0}));
  for (const int signal : {SIGINT, SIGTERM}) {
    loop.post([signal] { ::raise(signal); });
    EXPECT_EQ(pe::run_until_signal(loop, {SIGINT, SIGTERM}), signal);
  }
  loop.run_until(server.shutdown(1s));
  sigset_t now;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(::sigismember(&now, SIGINT), 0);
}

}  // namespace
