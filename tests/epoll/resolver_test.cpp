// SPDX-License-Identifier: BSL-1.0
// Proves that a look-up which nobody waits for keeps no thread from those that somebody does.
#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>
#include <penstock/epoll/resolver.hpp>

namespace {

namespace ps = penstock;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

std::atomic<int> asked = 0;      // for slow names
std::atomic<bool> slow = false;  // they have no answer yet

}  // namespace

// Stands before the system's in this program.
extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints, addrinfo** found) {
  using function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  if (host == nullptr || !std::string_view(host).starts_with("slow"))
    return reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"))(host, port, hints, found);
  ++asked;
  while (slow) std::this_thread::sleep_for(1ms);
  return EAI_NONAME;
}

namespace {

ps::task<pe::resolve_answer> look_up(std::string name) {
  pe::resolve_query query{std::move(name), "80", 0, 0, 0};
  co_return co_await pe::system_resolver().resolve(std::move(query));
}
ps::task<> give_up(int number) {
  try {
    co_await ps::with_timeout<pe::resolve_answer>(look_up("slow" + std::to_string(number)), 1ms);
    ADD_FAILURE() << "an answer to " << number;
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), ps::errc::timed_out);
  }
}
ps::task<> give_up_many(int many) {
  for (int i = 0; i != many; ++i) co_await give_up(i);
}
ps::task<> answer_soon() {
  co_await ps::sleep(5ms);
  slow = false;
}

// More than may queue: those that were given up make room.
TEST(SystemResolver, AsksOnlyForThoseWhoWait) {
  pe::event_loop loop;
  slow = true;
  loop.run_until(give_up_many(300));
  const int under_way = asked;
  EXPECT_LE(under_way, 4);  // a thread each
  loop.spawn(answer_soon());
  const pe::resolve_answer answer = loop.run_until(look_up("slow, but wanted"));
  EXPECT_TRUE(answer.error);
  EXPECT_NE(answer.error, ps::errc::resolver_busy);
  EXPECT_EQ(asked, under_way + 1);
}

}  // namespace
