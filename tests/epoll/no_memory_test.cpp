// SPDX-License-Identifier: BSL-1.0
// Proves that sockets, names and servers get along without memory: an error, or nothing, and never the end of
// the process; no descriptor is lost, and the next try finds everything as it was (I-24, I-30).
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

#include "serving/places.hpp"
#include "support/refusing_heap.hpp"

namespace {

using namespace penstock_test;
namespace ps = penstock;
namespace pe = penstock::epoll;

// Calls `with` with 0, 1, ... until nothing was refused; it answers what was.
template <class F>
std::size_t for_each_allocation(F with) {
  std::size_t n = 0;
  while (!testing::Test::HasFailure() && with(n)) ++n;
  return n;
}

// --- accepting -------------------------------------------------------------------------------------

// Without memory, and so is the process, from the first accept on.
class poor_kernel final : public pe::kernel {
 public:
  int accept(int, sockaddr*, socklen_t*) noexcept override {
    if (!poverty) poverty.emplace(0u, refusal::of::all_from_there);
    return -ENOMEM;
  }
  std::optional<refusal> poverty;
};

class counting_observer final : public ps::server_observer {
 public:
  void failed(const ps::server_failure& failure) noexcept override {
    ++failures;
    last = failure.error;
  }
  int failures = 0;
  std::exception_ptr last;
};

TEST(NoMemory, AFailureToAcceptIsReportedAllTheSame) {
  poor_kernel kernel;
  counting_observer seen;
  pe::event_loop loop(kernel);
  auto server =
      loop.run_until(pe::start_server(loop, handlers::echo_lines, {.host = "127.0.0.1", .port = 0, .observer = &seen}));
  const pe::address at = *pe::address::numeric("127.0.0.1", server.port());
  const descriptor client(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  checked(::connect(client.get(), reinterpret_cast<const sockaddr*>(&at.storage), at.size));
  for (int i = 0; i != 3; ++i) loop.poll();
  kernel.poverty.reset();
  EXPECT_EQ(seen.failures, 1);
  EXPECT_TRUE(seen.last);
}

// --- names -------------------------------------------------------------------------------------------

ps::task<pe::resolve_answer> look_up(pe::resolve_query query) {
  co_return co_await pe::system_resolver().resolve(std::move(query));
}

sigset_t signal_mask() {
  sigset_t now;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
  return now;
}

TEST(NoMemory, ALookUpFailsAndLeavesTheSignalsAlone) {
  const sigset_t before = signal_mask();
  ASSERT_EQ(::sigismember(&before, SIGINT), 0);
  pe::event_loop loop;
  const auto once = [&](std::size_t n) {
    bool answered = false;
    std::error_code why;
    bool refused = false;
    const auto ask = [&]() -> ps::task<> {
      pe::resolve_query query{"127.0.0.1", "1", AF_UNSPEC, 0, AI_NUMERICHOST};
      ps::task<pe::resolve_answer> work;
      const refusal no(n);
      try {
        work = look_up(std::move(query));
        const pe::resolve_answer answer = co_await std::move(work);
        answered = true;
        why = answer.error;
      } catch (const std::bad_alloc&) {
      }
      refused = no.happened();
    };
    loop.run_until(ask());
    const sigset_t now = signal_mask();
    EXPECT_EQ(::sigismember(&now, SIGINT), 0);
    EXPECT_TRUE(!why || why == ps::errc::no_memory) << why.message();
    EXPECT_TRUE(refused || (answered && !why));
    return refused;
  };
  EXPECT_GE(for_each_allocation(once), 4u);
}

// --- servers -----------------------------------------------------------------------------------------

ps::task<> expect_echo(std::string_view host, int port) {
  auto [in, out] = co_await pe::open_connection({.host = host, .port = port});
  out.write("a\n");
  EXPECT_EQ(co_await in.readline(), "a\n");
}

TEST(NoMemory, StartingToServeMayBeTriedAgain) {
  const std::string_view hosts[] = {"127.0.0.1", "127.0.0.2"};
  pe::event_loop loop;
  auto server =
      loop.run_until(pe::start_server(loop, handlers::echo_lines, {.host = hosts, .port = 0, .start_serving = false}));
  const std::size_t descriptors = open_descriptors();
  const auto once = [&](std::size_t n) {
    bool failed = false;
    {
      const refusal no(n);
      try {
        server.start_serving();
      } catch (const std::exception&) {
        failed = true;
      }
    }
    EXPECT_EQ(server.phase(), failed ? ps::server_phase::bound : ps::server_phase::serving);
    EXPECT_EQ(open_descriptors(), descriptors);
    return failed;
  };
  EXPECT_GE(for_each_allocation(once), 3u);
  for (const std::string_view host : hosts) loop.run_until(expect_echo(host, server.port()));
}

// --- a stream that blocks ----------------------------------------------------------------------------

// Without memory for an orderly end: at once.
TEST(NoMemory, ThreadsOfAServerEndAllTheSame) {
  for (std::size_t n = 0;; ++n) {
    SCOPED_TRACE(n);
    pe::server_threads servers(handlers::echo_lines, {.host = "127.0.0.1", .port = 0}, 1);
    const refusal no(n, refusal::of::all_from_there);
    servers.shutdown(ps::duration());
    if (!no.happened()) break;
  }
}

TEST(NoMemory, ABlockingStreamClosesWhatItWasGiven) {
  const std::size_t descriptors = open_descriptors();
  const auto once = [&](std::size_t n) {
    int ends[2];
    checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    const descriptor other(ends[1]);
    bool failed = false;
    {
      const refusal no(n);
      try {
        const ps::blocking_stream made(ends[0]);
      } catch (const std::bad_alloc&) {
        failed = true;
      }
    }
    EXPECT_EQ(open_descriptors(), descriptors + 1);
    return failed;
  };
  EXPECT_GE(for_each_allocation(once), 2u);
}

}  // namespace
