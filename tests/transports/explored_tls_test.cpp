// SPDX-License-Identifier: BSL-1.0
// Proves that under TLS no wait that is given up costs a byte (I-25), in memory and over sockets, and that a handler
// does the same however its bytes are cut into records, wherever it is stopped and whatever fails (I-2, I-14).
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/testing.hpp>
#include <tests/support/sanitized.hpp>

#include "cuts.hpp"
#include "scenarios.hpp"
#include "tls_ground.hpp"
#if __has_include(<penstock/epoll.hpp>)
#include "socket_ground.hpp"
#endif
#if __has_include(<penstock/asio.hpp>)
#include <tests/asio/support/asio_ground.hpp>
#endif

namespace {

namespace ps = penstock;
using namespace penstock_test;
using penstock_test::client_context;
using penstock_test::server_context;

// A run costs two handshakes: fewer of them than without TLS.
constexpr ps::testing::exploration sparing = {.longest_after = 1, .random_runs = 5};

void expect_nothing_lost(const std::function<std::unique_ptr<ps::testing::ground>()>& plain, tls_begins how) {
  for (const ps::testing::scenario& what : scenarios::all) {
    const auto found = ps::testing::explore(what, [&] { return std::make_unique<tls_ground>(plain(), how); }, sparing);
    EXPECT_EQ(found.difference, "");
    EXPECT_GT(found.given_up, found.waits) << what.name;
  }
}

TEST(CancelExplorerOverTls, EveryWaitInMemory) {
  const auto all = cuts(1);
  for (const ps::memory::fault_plan& cut : std::span(all).first(penstock_test::fewer(all.size())))
    expect_nothing_lost([&] { return std::make_unique<penstock::testing::memory_ground>(cut); },
                        tls_begins::with_the_connection);
}

TEST(CancelExplorerOverTls, EveryWaitBehindAnUpgrade) {
  expect_nothing_lost([] { return std::make_unique<penstock::testing::memory_ground>(cuts(2)[2]); },
                      tls_begins::by_start_tls);
}

#if __has_include(<penstock/epoll.hpp>)
TEST(CancelExplorerOverTls, EveryWaitOverTcp) {
  expect_nothing_lost([] { return std::make_unique<socket_ground>(&tcp_pair, ps::testing::abilities{}); },
                      tls_begins::by_start_tls);
}

TEST(CancelExplorerOverTls, EveryWaitOverUnixSockets) {
  expect_nothing_lost(
      [] { return std::make_unique<socket_ground>(&unix_pair, ps::testing::abilities{.reset = false}); },
      tls_begins::by_start_tls);
}
#endif

#if __has_include(<penstock/asio.hpp>)
TEST(CancelExplorerOverTls, EveryWaitOverAsio) {
  expect_nothing_lost([] { return std::make_unique<asio_ground>(&tcp_pair, &adopt_tcp); }, tls_begins::by_start_tls);
}
#endif

struct handlers_under_tls {
  ps::tls::context server = server_context();
  ps::tls::context client = client_context();
  ps::testing::handler_options options = {.stream = {.layer = &server, .layering = {.server = true}},
                                          .peer = {.layer = &client, .layering = {.server_hostname = "localhost"}},
                                          .most_rounds = 20'000};  // of a handshake byte by byte
};

TEST(HandlersOverTls, DoTheSameHoweverTheyAreDisturbed) {
  const handlers_under_tls with;
  for (const ps::testing::handler& one :
       {ps::testing::handler(handlers::echo_lines), ps::testing::handler(handlers::echo_bytes)}) {
    const std::string_view bytes = penstock_test::under_asan() ? "one\n\nend" : "one\ntwo\n\nthe end";
    const auto chunks = ps::testing::explore_chunks(one, bytes, with.options);
    EXPECT_EQ(chunks.difference, "");
    EXPECT_GT(chunks.points, bytes.size() * (bytes.size() - 1) / 2);  // all ways to cut it in three
    EXPECT_EQ(ps::testing::explore_faults(one, bytes, with.options).difference, "");
  }
}

TEST(HandlersOverTls, LoseNothingInWhicheverRoundTheyAreStopped) {
  const handlers_under_tls with;
  const ps::testing::handler lines = handlers::echo_lines;
  ps::testing::plan how = ps::testing::plan::cut("one\ntwo\n", {});
  const std::uint64_t rounds = ps::testing::play(lines, how, with.options).rounds;
  EXPECT_GT(rounds, 5u);
  for (std::uint64_t at = 0; at <= rounds; ++at) {
    how.stops = {ps::testing::stop{at, false}};
    EXPECT_EQ(ps::testing::problem_of(lines, how, with.options), "") << "round " << at;
  }
}

TEST(HandlersOverTls, LoseNothingInWhicheverRoundTheyAreStoppedByteByByte) {
  if (penstock_test::under_asan()) GTEST_SKIP() << "a handshake byte by byte has thousands of rounds: plain only";
  const handlers_under_tls with;
  EXPECT_EQ(ps::testing::explore_cancellation(handlers::echo_lines, "one\ntwo\n", with.options).difference, "");
}

}  // namespace
