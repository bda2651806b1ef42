// SPDX-License-Identifier: BSL-1.0
// The TLS parameters, proven with filters of a user's: one that flips every bit, one that watches.
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <tests/support/user_filters.hpp>

#include "serving/nets.hpp"

namespace {

using namespace penstock_test;

// Remembers with what it was asked.
class asked final : public ps::filter {
 public:
  ps::wire_handle wrap(ps::connection& inner, const ps::filter_options& options,
                       std::error_code& ec) const noexcept override {
    last = options;
    hostname = std::string(options.server_hostname);
    return flip_filter().wrap(inner, options, ec);
  }
  mutable ps::filter_options last;
  mutable std::string hostname;
};

class refusing final : public ps::filter {
 public:
  ps::wire_handle wrap(ps::connection&, const ps::filter_options&, std::error_code& ec) const noexcept override {
    ec = std::make_error_code(std::errc::protocol_error);
    return {};
  }
};

template <class Net>
class Layers : public testing::Test {
 protected:
  // All of them outlive the connections.
  record seen_;
  const flip_filter flips_{};
  tap_record passed_;
  const tap_filter tap_{passed_};
  const asked server_side_{};
  const asked client_side_{};
  const refusing none_{};
  typename Net::loop_type loop_;
};
TYPED_TEST_SUITE(Layers, nets, net_names);

// R98, R102: ssl in connect and serve.
TYPED_TEST(Layers, AreAroundConnectionsOnBothSides) {
  const auto story = [](auto& self) -> ps::task<> {
    const std::string much = std::string(300'000, 'm') + '\n';
    auto flipped = co_await TypeParam::serve(
        handlers::echo_lines, {.host = TypeParam::host, .port = 0, .limit = 400'000, .ssl = &self.flips_});
    {
      auto [in, out] = co_await TypeParam::connect(
          {.host = TypeParam::host, .port = static_cast<int>(flipped.port()), .limit = 400'000, .ssl = &self.flips_});
      out.write("plain\n");
      EXPECT_EQ(co_await in.readline(), "plain\n");
      EXPECT_TRUE(in.underlying().layered());
      out.write(much);
      EXPECT_EQ(co_await in.readline(), much);
      out.close();
      co_await out.wait_closed();
    }
    // Without one of our own we see what is on the way.
    auto [in, out] = co_await TypeParam::connect(
        {.host = TypeParam::host, .port = static_cast<int>(flipped.port()), .ssl = &self.tap_});
    std::string line = "plain\n";
    flip_wire::flip(line);
    out.write(line);
    EXPECT_EQ(co_await in.readexactly(6), line);
    EXPECT_EQ(self.passed_.received, line);
    EXPECT_EQ(self.passed_.sent, line);
  };
  this->loop_.run_until(story(*this));
}

TYPED_TEST(Layers, AreToldTheNamesAndTimes) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server =
        co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host,
                                                         .port = 0,
                                                         .ssl = &self.server_side_,
                                                         .ssl_handshake_timeout = ps::duration::nanoseconds(1),
                                                         .ssl_shutdown_timeout = ps::duration::nanoseconds(2)});
    const int port = static_cast<int>(server.port());
    auto [in, out] = co_await TypeParam::connect({.host = TypeParam::host, .port = port, .ssl = &self.client_side_});
    out.write("a\n");
    EXPECT_EQ(co_await in.readline(), "a\n");
    EXPECT_TRUE(self.server_side_.last.server);
    EXPECT_EQ(self.server_side_.last.handshake_timeout, ps::duration::nanoseconds(1));
    EXPECT_EQ(self.server_side_.last.shutdown_timeout, ps::duration::nanoseconds(2));
    EXPECT_FALSE(self.client_side_.last.server);
    EXPECT_EQ(self.client_side_.hostname, TypeParam::host);
    EXPECT_EQ(self.client_side_.last.handshake_timeout, ps::filter_options().handshake_timeout);
    auto named = co_await TypeParam::connect({.host = TypeParam::host,
                                              .port = port,
                                              .ssl = &self.client_side_,
                                              .server_hostname = "example.org",
                                              .ssl_handshake_timeout = ps::duration::nanoseconds(3)});
    EXPECT_EQ(self.client_side_.hostname, "example.org");
    EXPECT_EQ(self.client_side_.last.handshake_timeout, ps::duration::nanoseconds(3));
  };
  this->loop_.run_until(story(*this));
}

// R108: a connection that cannot be set up is closed, counted and reported; others are served.
TYPED_TEST(Layers, ThatCannotBeMadeAreReported) {
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(
        handlers::echo_lines, {.host = TypeParam::host, .port = 0, .ssl = &self.none_, .observer = &self.seen_});
    std::error_code why;
    try {
      auto [in, out] = co_await TypeParam::connect({.host = TypeParam::host, .port = static_cast<int>(server.port())});
      EXPECT_EQ(co_await in.read(), "");
    } catch (const std::system_error& e) {
      why = e.code();
    }
    EXPECT_TRUE(!why || why == std::errc::connection_reset) << why.message();
    EXPECT_EQ(self.seen_.failures.size(), 1u);
    EXPECT_EQ(server.counters().refused, 1u);
    EXPECT_EQ(server.counters().accepted, 1u);
    EXPECT_EQ(server.connections(), 0u);
    bool failed = false;
    auto plain = co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host, .port = 0});
    try {
      auto streams = co_await TypeParam::connect(
          {.host = TypeParam::host, .port = static_cast<int>(plain.port()), .ssl = &self.none_});
    } catch (const std::system_error& e) {
      failed = e.code() == std::errc::protocol_error;
    }
    EXPECT_TRUE(failed);
  };
  this->loop_.run_until(story(*this));
}

}  // namespace
