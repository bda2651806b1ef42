// SPDX-License-Identifier: BSL-1.0
// A process whose descriptors are all in use, on each loop with sockets: that alone is no failure.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "serving/nets.hpp"
#include "serving/places.hpp"
#include "support/sanitized.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

// How many descriptors there may be, until it ends.
class descriptor_limit {
 public:
  descriptor_limit() { checked(::getrlimit(RLIMIT_NOFILE, &before_)); }
  descriptor_limit(const descriptor_limit&) = delete;
  descriptor_limit& operator=(const descriptor_limit&) = delete;
  ~descriptor_limit() { lift(); }
  // So many more can be opened.
  void leave(int more) {
    const descriptor next(checked(::dup(0)));
    const rlimit few{static_cast<rlim_t>(next.get() + more), before_.rlim_max};
    checked(::setrlimit(RLIMIT_NOFILE, &few));
  }
  void lift() noexcept { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

template <class Net>
ps::task<> full(record& seen) {
  auto server = co_await Net::serve(handlers::echo_lines, {.host = Net::host, .port = 0, .observer = &seen});
  const int port = static_cast<int>(server.port());
  descriptor_limit limit;
  limit.leave(2);
  auto first = co_await Net::connect({.host = Net::host, .port = port});
  first.out.write("a\n");
  EXPECT_EQ(co_await first.in.readline(), "a\n");
  co_await ps::sleep(250ms);
  EXPECT_EQ(seen.failures.size(), 0u);

  limit.lift();
  const ps::epoll::address at = *ps::epoll::address::numeric(Net::host, static_cast<std::uint16_t>(port));
  const descriptor second(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  checked(::connect(second.get(), reinterpret_cast<const sockaddr*>(&at.storage), at.size));
  limit.leave(0);
  co_await ps::sleep(150ms);
  EXPECT_EQ(seen.failures, std::vector<std::string>{"accept: accept: Too many open files"});
  EXPECT_EQ(server.connections(), 1u);
  first.out.write("b\n");
  EXPECT_EQ(co_await first.in.readline(), "b\n");

  limit.lift();
  checked(static_cast<int>(::send(second.get(), "c\n", 2, MSG_NOSIGNAL)));
  while (server.connections() != 2) co_await ps::sleep(1ms);
}

template <class Net>
struct Full : testing::Test {};
TYPED_TEST_SUITE(Full, socket_nets, net_names);

// R107, I-34: who is just full lacks nothing, and reports as soon as a client waits.
TYPED_TEST(Full, IsAFailureWhereAClientWaits) {
  if (under_asan()) GTEST_SKIP() << "the sanitizer's own checks need descriptors";
  record seen;
  typename TypeParam::loop_type loop;
  loop.run_until(full<TypeParam>(seen));
}

}  // namespace
