// SPDX-License-Identifier: BSL-1.0
// The README's echo over TCP, a path and an abstract name.
#include <netdb.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

namespace {

namespace ps = penstock;
using namespace std::literals;

ps::task<std::string> talk(ps::epoll::open_streams streams) {
  auto& [in, out] = streams;
  out.write("one\ntwo\n");
  std::string seen = co_await in.readline();
  out.write("three");
  out.write_eof();
  seen += co_await in.read();
  out.close();
  co_await out.wait_closed();
  co_return seen;
}

ps::task<std::string> over_tcp() {
  auto server = co_await ps::epoll::start_server(handlers::echo_lines, {.host = "127.0.0.1", .port = 0});
  auto streams = co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = server.port()});
  EXPECT_EQ(streams.out.get_extra_info("peername"), "127.0.0.1:" + std::to_string(server.port()));
  std::string seen = co_await talk(std::move(streams));
  server.close();
  co_await server.wait_closed();
  co_return seen;
}

ps::task<std::string> over_unix(std::string path) {
  auto server = co_await ps::epoll::start_unix_server(handlers::echo_lines, {.path = path});
  std::string seen = co_await talk(co_await ps::epoll::open_unix_connection({.path = path}));
  server.close();
  co_await server.wait_closed();
  co_return seen;
}

TEST(Echo, OverTcp) { EXPECT_EQ(ps::epoll::run(over_tcp()), "one\ntwo\nthree"); }

TEST(Echo, OverAPath) {
  const std::string path = testing::TempDir() + "penstock-echo-" + std::to_string(getpid());
  EXPECT_EQ(ps::epoll::run(over_unix(path)), "one\ntwo\nthree");
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST(Echo, OverAnAbstractName) {
  EXPECT_EQ(ps::epoll::run(over_unix("\0penstock-echo-"s + std::to_string(getpid()))), "one\ntwo\nthree");
}

// A resolver of one's own, which knows one name and answers later.
class phone_book final : public ps::epoll::resolver {
 public:
  ps::task<ps::epoll::resolve_answer> resolve(ps::epoll::resolve_query query) override {
    co_await ps::sleep(1ms);
    ps::epoll::resolve_answer answer;
    const auto port = static_cast<std::uint16_t>(query.service.empty() ? 0 : std::stoi(query.service));
    if (query.host == "here") answer.addresses.push_back(*ps::epoll::address::numeric("127.0.0.1", port));
    co_return answer;
  }
};

ps::task<std::string> by_name() {
  phone_book names;
  auto server = co_await ps::epoll::start_server(handlers::echo_lines, {.host = "here", .port = 0, .names = &names});
  auto streams = co_await ps::epoll::open_connection(
      {.host = "here", .port = server.port(), .happy_eyeballs_delay = 250ms, .names = &names});
  std::string seen = co_await talk(std::move(streams));
  try {
    auto nowhere = co_await ps::epoll::open_connection({.host = "nowhere", .port = 1, .names = &names});
  } catch (const std::system_error& e) {
    seen += e.what();
  }
  co_return seen;
}

TEST(Echo, ByAName) {
  EXPECT_EQ(ps::epoll::run(by_name()),
            "one\ntwo\nthreeresolving nowhere:1 gave nothing: Cannot assign requested address");
}

ps::task<ps::epoll::resolve_answer> ask_the_system(std::string host) {
  ps::epoll::resolve_query query{host, "80", AF_UNSPEC, 0, AI_NUMERICHOST};
  co_return co_await ps::epoll::system_resolver().resolve(std::move(query));
}

// getaddrinfo, in its thread: an answer, an error, and a query that is given up with its loop.
TEST(Resolver, AsksTheSystem) {
  const ps::epoll::resolve_answer known = ps::epoll::run(ask_the_system("127.0.0.1"));
  ASSERT_EQ(known.addresses.size(), 1u);
  EXPECT_EQ(known.addresses[0].text(), "127.0.0.1:80");
  const ps::epoll::resolve_answer unknown = ps::epoll::run(ask_the_system("not a number"));
  EXPECT_EQ(&unknown.error.category(), &ps::epoll::resolver_category());
  EXPECT_TRUE(unknown.addresses.empty());
  ps::epoll::event_loop loop;
  for (int i = 0; i != 10; ++i)
    loop.spawn([](std::string host) -> ps::task<> {
      const ps::epoll::resolve_answer ignored = co_await ask_the_system(std::move(host));
    }("127.0.0.1"));
}

}  // namespace
