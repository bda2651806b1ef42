// SPDX-License-Identifier: BSL-1.0
// How a server ends, on every net alike: within its grace, at once, waited for, as asyncio's.
#include <chrono>
#include <stdexcept>
#include <stop_token>
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
using ServerEnd = serving<Net>;
TYPED_TEST_SUITE(ServerEnd, nets, net_names);

ps::task<> never_ending(ps::stream_reader, ps::stream_writer out) {
  out.write("hello\n");
  for (;;) co_await ps::sleep(1h);
}
ps::task<> busy(ps::stream_reader, ps::stream_writer out) {
  for (;;) {
    out.write(std::string(10'000, 'x'));
    co_await out.drain();
  }
}
ps::task<> any(ps::stream_reader in, ps::stream_writer out) {
  const std::string what = co_await in.readline();
  if (what == "idle\n") co_return static_cast<void>(co_await in.readline());
  if (what == "busy\n") co_await busy(std::move(in), std::move(out));
  co_await never_ending(std::move(in), std::move(out));
}

// R116: clients that are idle, that take nothing, that never end: it returns when the grace is over.
TYPED_TEST(ServerEnd, ShutsDownWithinItsGrace) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(any, {.host = TypeParam::host, .port = 0, .observer = &self.seen_});
    std::vector<ps::open_streams> clients;
    for (const char* what : {"idle\n", "busy\n", "endless\n"}) {
      clients.push_back(co_await self.connect(server));
      clients.back().out.transport().pause_reading();
      clients.back().out.write(what);
    }
    co_await ps::sleep(50ms);
    EXPECT_EQ(server.connections(), 3u);
    const ps::time_point before = self.loop_.now();
    co_await server.shutdown(1s);
    const ps::duration took = self.loop_.now() - before;
    if (std::is_same_v<TypeParam, memory_net>)
      EXPECT_EQ(took, ps::duration(1s));
    else
      EXPECT_LE(took, ps::duration(1500ms));
    EXPECT_EQ(server.connections(), 0u);
    EXPECT_EQ(server.phase(), ps::server_phase::closed);
    co_await server.shutdown(1s);  // again: at once
    EXPECT_LE(self.loop_.now() - before, took + ps::duration(100ms));
  };
  this->run(story(*this));
}

// R116: it returns as soon as the last client has gone.
TYPED_TEST(ServerEnd, ShutsDownAtOnceWhereNobodyIsLeft) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0});
    auto [in, out] = co_await self.connect(server);
    out.write("a\n");
    EXPECT_EQ(co_await in.readline(), "a\n");
    const ps::time_point before = self.loop_.now();
    co_await server.shutdown(10s);
    EXPECT_LE(self.loop_.now() - before, ps::duration(1s));
    EXPECT_EQ(co_await in.read(), "");
  };
  this->run(story(*this));
}

// R114, R112: giving up a wait for the end changes nothing; giving up serving closes the server.
TYPED_TEST(ServerEnd, IsWaitedForAsLongAsOneLikes) {
  const auto story = []() -> ps::task<> {
    const auto error_of = [](ps::task<> wait) -> ps::task<std::error_code> {
      std::error_code why;
      try {
        co_await std::move(wait);
      } catch (const std::system_error& e) {
        why = e.code();
      }
      co_return why;
    };
    auto server = co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0});
    EXPECT_EQ(co_await error_of(server.wait_closed(1ms)), ps::errc::timed_out);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(co_await error_of(server.wait_closed({1h, stop.get_token()})), ps::errc::canceled);
    EXPECT_TRUE(server.is_serving());
    EXPECT_EQ(co_await error_of(server.serve_forever(1ms)), ps::errc::timed_out);
    EXPECT_EQ(server.phase(), ps::server_phase::closed);
    EXPECT_EQ(co_await error_of(server.wait_closed(1h)), std::error_code());
  };
  this->run(story());
}

// R113: a handle closes its server where it is assigned to.
TYPED_TEST(ServerEnd, IsClosedByAnAssignment) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0});
    auto other = co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0});
    const int before = server.port();
    const int after = other.port();
    server = std::move(other);
    EXPECT_EQ(server.port(), after);
    bool refused = false;
    try {
      auto late = co_await TypeParam::connect({.host = TypeParam::host, .port = before});
    } catch (const ps::connect_error& e) {
      refused = e.code() == std::errc::connection_refused;
    }
    EXPECT_TRUE(refused);
    auto [in, out] = co_await self.connect(server);
    out.write("a\n");
    EXPECT_EQ(co_await in.readline(), "a\n");
  };
  this->run(story(*this));
}

// R111 to R116, on both.
TYPED_TEST(ServerEnd, EndsAsAsyncio) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server =
        co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0, .start_serving = false});
    EXPECT_EQ(server.phase(), ps::server_phase::bound);
    bool refused = false;
    try {
      auto early = co_await self.connect(server);
    } catch (const ps::connect_error& e) {
      refused = e.code() == std::errc::connection_refused;
      EXPECT_EQ(e.attempts().size(), 1u);
    }
    EXPECT_TRUE(refused);
    server.start_serving();
    server.start_serving();
    auto [in, out] = co_await self.connect(server);
    out.write("a\n");
    EXPECT_EQ(co_await in.readline(), "a\n");
    server.close();
    out.write("b\n");
    EXPECT_EQ(co_await in.readline(), "b\n");
    EXPECT_THROW(server.start_serving(), std::logic_error);
    EXPECT_EQ(server.port(), 0);
    server.abort_clients();
    co_await server.wait_closed();
    bool reset = false;
    try {
      static_cast<void>(co_await in.read());
    } catch (const std::system_error& e) {
      reset = e.code() == std::errc::connection_reset;
    }
    EXPECT_TRUE(reset);
  };
  this->run(story(*this));
}

}  // namespace
