// SPDX-License-Identifier: BSL-1.0
// What a server does with its clients, on every net alike: handlers of each form, failures, the gate, the counters.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "serving/fixture.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

template <class Net>
using Serving = serving<Net>;
TYPED_TEST_SUITE(Serving, nets, net_names);

void plain(ps::stream_reader, ps::stream_writer out) { out.write("plain\n"); }
ps::task<int> with_a_result(ps::stream_reader, ps::stream_writer out) {
  out.write("result\n");
  co_return 1;
}
ps::task<> coroutine(ps::stream_reader, ps::stream_writer out) {
  out.write("coroutine\n");
  co_return;
}

// R47, R102: a coroutine, a callable that answers one, a plain callable; each connection is flushed and closed.
TYPED_TEST(Serving, TakesHandlersOfThreeForms) {
  const auto story = [](auto& self) -> ps::task<> {
    const auto lambda = [word = std::string("lambda\n")](ps::stream_reader, ps::stream_writer out) -> ps::task<> {
      out.write(word);
      co_return;
    };
    const std::pair<ps::connection_handler, const char*> forms[] = {
        {coroutine, "coroutine\n"}, {with_a_result, "result\n"}, {plain, "plain\n"}, {lambda, "lambda\n"}};
    for (const auto& [handler, expected] : forms) {
      auto server = co_await TypeParam::serve(handler, {.host = TypeParam::host, .port = 0});
      EXPECT_EQ(co_await self.say(server, "x"), expected);
    }
  };
  this->run(story(*this));
}

void throwing(ps::stream_reader, ps::stream_writer) { throw std::runtime_error("plainly"); }
ps::task<> failing(ps::stream_reader in, ps::stream_writer out) {
  static_cast<void>(co_await in.read(1));
  out.write("bye\n");
  throw std::runtime_error("as planned");
}

// R47, R48, R108: reported once, with the peer's address, to the server's error handler.
TYPED_TEST(Serving, ReportsAFailureOnceWithItsPeer) {
  const auto story = [](auto& self) -> ps::task<> {
    {
      auto server = co_await TypeParam::serve(failing, {.host = TypeParam::host, .port = 0, .observer = &self.seen_});
      auto [in, out] = co_await self.connect(server);
      out.write("x");
      EXPECT_EQ(co_await in.read(), "bye\n");
      EXPECT_EQ(self.seen_.failures, std::vector<std::string>{"handler: as planned"});
      EXPECT_EQ(self.seen_.peers, std::vector<std::string>{out.get_extra_info("sockname")});
    }
    auto server = co_await TypeParam::serve(throwing, {.host = TypeParam::host, .port = 0, .observer = &self.seen_});
    EXPECT_EQ(co_await self.say(server, "x"), "");
    EXPECT_EQ(self.seen_.failures.back(), "handler: plainly");
    EXPECT_EQ(self.seen_.failures.size(), 2u);
  };
  this->run(story(*this));
}

// Without an observer it is the loop's to tell.
TYPED_TEST(Serving, TellsTheLoopWhatNobodyObserves) {
  std::vector<std::string> told;
  this->loop_.on_unhandled([&](std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      told.emplace_back(e.what());
    }
  });
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(failing, {.host = TypeParam::host, .port = 0});
    EXPECT_EQ(co_await self.say(server, "x"), "bye\n");
  };
  this->run(story(*this));
  EXPECT_EQ(told, std::vector<std::string>{"as planned"});
}

// R109: who comes when the house is full waits in the backlog and is served when somebody leaves.
TYPED_TEST(Serving, KeepsClientsWaitingAboveMaxConnections) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(
        handlers::echo_lines, {.host = TypeParam::host, .port = 0, .max_connections = 2, .observer = &self.seen_});
    std::vector<ps::open_streams> clients;
    for (int i = 0; i != 4; ++i) {
      clients.push_back(co_await self.connect(server));
      clients.back().out.write("hello\n");
    }
    EXPECT_EQ(co_await clients[0].in.readline(), "hello\n");
    EXPECT_EQ(co_await clients[1].in.readline(), "hello\n");
    co_await ps::sleep(20ms);
    EXPECT_EQ(server.connections(), 2u);
    EXPECT_EQ(clients[2].in.peek(), "");
    clients[0].out.close();
    EXPECT_EQ(co_await clients[2].in.readline(), "hello\n");
    EXPECT_EQ(server.connections(), 2u);
    clients[1].out.close();
    EXPECT_EQ(co_await clients[3].in.readline(), "hello\n");
    EXPECT_EQ(self.seen_.accepted_ones, 4);
    EXPECT_EQ(server.counters().refused, 0u);
  };
  this->run(story(*this));
}

// R109: accepting pauses and goes on, those who are served are not concerned.
TYPED_TEST(Serving, PausesAcceptingAndGoesOn) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0});
    auto first = co_await self.connect(server);
    first.out.write("a\n");
    EXPECT_EQ(co_await first.in.readline(), "a\n");
    server.pause_accepting();
    EXPECT_TRUE(server.is_serving());
    auto second = co_await self.connect(server);
    second.out.write("b\n");
    first.out.write("c\n");
    EXPECT_EQ(co_await first.in.readline(), "c\n");
    co_await ps::sleep(20ms);
    EXPECT_EQ(server.connections(), 1u);
    server.resume_accepting();
    EXPECT_EQ(co_await second.in.readline(), "b\n");
  };
  this->run(story(*this));
}

// One struct for a connection, a server and a loop.
TYPED_TEST(Serving, CountsAlways) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server =
        co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0, .observer = &self.seen_});
    {
      auto [in, out] = co_await self.connect(server);
      out.write("12345\n");
      EXPECT_EQ(co_await in.readline(), "12345\n");
      const ps::counters mine = out.underlying().counters();
      EXPECT_EQ(mine.open, 1u);
      EXPECT_EQ(mine.received, 6u);
      EXPECT_EQ(mine.sent, 6u);
      EXPECT_GE(mine.waits, 1u);
      const ps::counters served = server.counters();
      EXPECT_EQ(served.accepted, 1u);
      EXPECT_EQ(served.open, 1u);
      EXPECT_EQ(served.received, 6u);
      EXPECT_EQ(served.sent, 6u);
    }
    server.close();
    co_await server.wait_closed();
    EXPECT_EQ(server.counters().open, 0u);
    EXPECT_EQ(server.counters().received, 6u);
    EXPECT_EQ(self.seen_.closed_ones.size(), 1u);
    co_await ps::sleep(1ms);
    const ps::counters all = self.loop_.counters();
    EXPECT_EQ(all.accepted, 1u);
    EXPECT_EQ(all.open, 0u);
    EXPECT_EQ(all.received, 12u);
    EXPECT_EQ(all.sent, 12u);
  };
  this->run(story(*this));
}

// Receiving stops where the application takes nothing: a pause, whatever the number of turns.
TYPED_TEST(Serving, CountsPauses) {
  const auto story = [](auto& self) -> ps::task<> {
    std::optional<ps::stream_reader> kept_in;
    std::optional<ps::stream_writer> kept_out;
    bool go_on = false;
    const auto sleeper = [&](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
      while (!go_on) co_await ps::sleep(1ms);
      for (std::string some = "x"; !some.empty();) some = co_await in.read(4096);
      out.write("all");
    };
    auto server = co_await TypeParam::serve(sleeper, {.host = TypeParam::host, .port = 0, .limit = 1000});
    auto [in, out] = co_await self.connect(server);
    out.write(std::string(10'000, 'x'));
    out.write_eof();
    co_await ps::sleep(20ms);
    EXPECT_EQ(server.counters().pauses, 1u);
    go_on = true;
    EXPECT_EQ(co_await in.read(), "all");
    EXPECT_EQ(server.counters().received, 10'000u);
  };
  this->run(story(*this));
}

// R68: on both sides, and on every loop.
TYPED_TEST(Serving, ItsConnectionsTellTheirNamesAlsoWhenTheyAreLost) {
  const auto story = [](auto& self) -> ps::task<> {
    const auto told = [](const ps::stream_writer& out) {
      std::vector<std::string> texts;
      for (const char* const key : {"peername", "sockname", "socket"}) texts.push_back(out.get_extra_info(key));
      return texts;
    };
    std::vector<std::string> at_the_server;
    std::vector<std::string> at_the_server_later;
    const auto handler = [&](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
      at_the_server = told(out);
      static_cast<void>(co_await in.readline());
      out.abort();
      co_await out.wait_closed();
      at_the_server_later = told(out);
    };
    auto server = co_await TypeParam::serve(handler, {.host = TypeParam::host, .port = 0});
    auto [in, out] = co_await self.connect(server);
    const std::vector<std::string> before = told(out);
    for (const std::string& text : before) EXPECT_FALSE(text.empty());
    out.write("now\n");
    try {
      static_cast<void>(co_await in.read());
    } catch (const std::system_error&) {  // the reset
    }
    out.close();
    co_await out.wait_closed();
    EXPECT_EQ(told(out), before);
    EXPECT_EQ(at_the_server.at(1), before.at(0));
    EXPECT_EQ(at_the_server_later, at_the_server);
    EXPECT_NE(at_the_server.at(2), before.at(2));
  };
  this->run(story(*this));
}

}  // namespace
