// SPDX-License-Identifier: BSL-1.0
// Proves start_tls in servers' handlers, on memory and epoll: who is the server, and who hears of a failure.
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include "serving/nets.hpp"
#include "serving/upgrading.hpp"

namespace {

using namespace penstock_test;

template <class Net>
class StartTls : public testing::Test {
 protected:
  const tls::context at_server_ = server_context();
  const tls::context at_client_ = client_context();
  record seen_;
  typename Net::loop_type loop_;
};
TYPED_TEST_SUITE(StartTls, nets, net_names);

// R62: who was accepted is the server, unless it says otherwise. Both sides may be told the other role.
TYPED_TEST(StartTls, TheRoleIsToldByWhoAccepted) {
  const auto story = [](auto& self, bool swapped) -> ps::task<> {
    const auto& in_handler = swapped ? self.at_client_ : self.at_server_;
    const auto& outside = swapped ? self.at_server_ : self.at_client_;
    const auto handler = [&](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
      EXPECT_EQ(co_await in.readline(), "STARTTLS\n");
      out.write("220\n");
      if (swapped)
        co_await out.start_tls(in_handler, {.server_hostname = "localhost", .server_side = false});
      else
        co_await out.start_tls(in_handler);
      while (auto line = co_await in.next_line()) out.write(*line);
    };
    auto server = co_await TypeParam::serve(handler, {.host = TypeParam::host, .port = 0, .observer = &self.seen_});
    auto [in, out] = co_await TypeParam::connect({.host = TypeParam::host, .port = static_cast<int>(server.port())});
    out.write("STARTTLS\n");
    EXPECT_EQ(co_await in.readline(), "220\n");
    if (swapped)
      co_await out.start_tls(outside, {.server_side = true});
    else
      co_await out.start_tls(outside, {.server_hostname = "localhost"});
    out.write("over TLS\n");
    EXPECT_EQ(co_await in.readline(5s), "over TLS\n");
    EXPECT_EQ(out.get_extra_info("version"), "TLSv1.3");
    out.close();
    co_await out.wait_closed();
    co_await server.shutdown(1s);
    EXPECT_EQ(self.seen_.failures.size(), 0u);
  };
  this->loop_.run_until(story(*this, false));
  this->loop_.run_until(story(*this, true));
}

// What goes wrong in a handler's upgrade is told to the server's observer, with the client's address.
TYPED_TEST(StartTls, AHandlersFailureIsReported) {
  const auto story = [](auto& self) -> ps::task<> {
    const auto handler = [&](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
      EXPECT_EQ(co_await in.readline(), "STARTTLS\n");
      co_await out.start_tls(self.at_server_);
      ADD_FAILURE() << "no handshake failed";
    };
    auto server = co_await TypeParam::serve(handler, {.host = TypeParam::host, .port = 0, .observer = &self.seen_});
    auto [in, out] = co_await TypeParam::connect({.host = TypeParam::host, .port = static_cast<int>(server.port())});
    out.write("STARTTLS\nHELO injected\n");
    EXPECT_NE(co_await failing(upgrade(out, self.at_client_, {.server_hostname = "localhost"})), std::error_code());
    co_await server.shutdown(1s);
    EXPECT_EQ(self.seen_.failures.size(), 1u);
    EXPECT_TRUE(!self.seen_.failures.empty() && self.seen_.failures[0].starts_with("handler: start_tls"));
    EXPECT_TRUE(!self.seen_.peers.empty() && self.seen_.peers[0] != "");
  };
  this->loop_.run_until(story(*this));
}

}  // namespace
