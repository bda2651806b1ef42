// SPDX-License-Identifier: BSL-1.0
// TLS as an option of connecting and serving, on memory and on epoll: a context is a filter like another.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <tests/tls/support/certificates.hpp>
#include <tests/tls/support/joined.hpp>

#include "serving/nets.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

template <class Net>
class OverTls : public testing::Test {
 protected:
  const ps::tls::context at_server_ = server_context();
  const ps::tls::context at_client_ = client_context();
  record seen_;
  int handled_ = 0;
  typename Net::loop_type loop_;
};
TYPED_TEST_SUITE(OverTls, nets, net_names);

TYPED_TEST(OverTls, TalksAndShutsDown) {
  const auto story = [](auto& self) -> ps::task<> {
    const auto handler = [&self](ps::stream_reader in, ps::stream_writer out) {
      ++self.handled_;
      return handlers::echo_lines(std::move(in), std::move(out));
    };
    auto server = co_await TypeParam::serve(
        handler,
        {.host = TypeParam::host, .port = 0, .limit = 4'000'000, .ssl = &self.at_server_, .observer = &self.seen_});
    const int port = static_cast<int>(server.port());
    auto [in, out] = co_await TypeParam::connect({.host = TypeParam::host,
                                                  .port = port,
                                                  .limit = 4'000'000,
                                                  .ssl = &self.at_client_,
                                                  .server_hostname = "localhost"});
    const std::string much = std::string(3'000'000, 'x') + '\n';
    for (const std::string& line : {std::string("hello\n"), much}) {
      out.write(line);
      EXPECT_EQ(co_await in.readline(10s), line);
    }
    out.write_eof();
    EXPECT_EQ(co_await in.read(), "");
    out.close();
    co_await out.wait_closed();
    // R86, R87: a name that the certificate does not have; there is no connection.
    std::error_code refused;
    try {
      static_cast<void>(co_await TypeParam::connect(
          {.host = TypeParam::host, .port = port, .ssl = &self.at_client_, .server_hostname = "elsewhere.example"}));
    } catch (const std::system_error& e) {
      refused = e.code();
    }
    EXPECT_EQ(refused.category(), ps::tls::category());
    co_await server.shutdown(1s);
    EXPECT_EQ(server.counters().accepted, 2u);
    EXPECT_EQ(server.counters().open, 0u);
    EXPECT_EQ(self.seen_.failures.size(), 1u);
    EXPECT_TRUE(!self.seen_.failures.empty() && self.seen_.failures[0].starts_with("handshake: "));
    EXPECT_EQ(self.handled_, 1) << "the handler sees no connection whose handshake failed";
    EXPECT_EQ(self.seen_.accepted_ones, 1) << "nor does the observer";
    EXPECT_EQ(self.seen_.closed_ones.size(), 1u);
  };
  this->loop_.run_until(story(*this));
}

// A client that never speaks: it counts until its time is over, and another one waits outside.
TYPED_TEST(OverTls, HandshakesUnderWayAreBounded_R6) {
  EXPECT_EQ(typename TypeParam::server_options{}.max_handshakes, 1024u);
  const auto story = [](auto& self) -> ps::task<> {
    auto server = co_await TypeParam::serve(handlers::echo_lines, {.host = TypeParam::host,
                                                                   .port = 0,
                                                                   .ssl = &self.at_server_,
                                                                   .ssl_handshake_timeout = 100ms,
                                                                   .max_handshakes = 1,
                                                                   .observer = &self.seen_});
    const int port = static_cast<int>(server.port());
    auto silent = co_await TypeParam::connect({.host = TypeParam::host, .port = port});
    while (server.connections() != 1) co_await ps::sleep(1ms);
    EXPECT_EQ(self.seen_.accepted_ones, 0) << "it counts, and nobody sees it yet";
    const ps::time_point before = self.loop_.now();
    auto [in, out] = co_await TypeParam::connect(
        {.host = TypeParam::host, .port = port, .ssl = &self.at_client_, .server_hostname = "localhost"});
    EXPECT_GE(self.loop_.now() - before, ps::duration(50ms));
    out.write("hello\n");
    EXPECT_EQ(co_await in.readline(10s), "hello\n");
    EXPECT_EQ(self.seen_.failures.size(), 1u);
    out.close();
    co_await server.shutdown(1s);
  };
  this->loop_.run_until(story(*this));
}

}  // namespace
