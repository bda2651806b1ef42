// SPDX-License-Identifier: BSL-1.0
// Proves that start_tls ends the connection wherever it fails or is given up, in memory and over sockets: an error to
// the caller and to later reads, and no plaintext (R63, R85, R93, R96, I-40).
#include <stop_token>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include "serving/upgrading.hpp"

namespace {

using namespace penstock_test;

class StartTlsEndOn : public on_grounds {};
INSTANTIATE_TEST_SUITE_P(Grounds, StartTlsEndOn, ::testing::ValuesIn(all_grounds), name_of_ground);

// R96: from the call on nothing leaves in plaintext.
TEST_P(StartTlsEndOn, WhatIsWrittenMeanwhileLeavesUnderTls) {
  const auto story = [&]() -> ps::task<> {
    auto [near, peer] = co_await ground_->connect_raw({});
    near.out.write("STARTTLS\r\n");
    ps::testing::started upgrading(failing(upgrade_within(near.out, at_client_, as_client, 100ms)));
    near.out.write("secret of the client");
    const std::string heard = co_await hear(*peer, *ground_);
    EXPECT_TRUE(heard.starts_with("STARTTLS\r\n\x16\x03")) << ps::quoted(heard.substr(0, 40));
    EXPECT_EQ(heard.find("secret"), heard.npos);
    EXPECT_EQ(co_await upgrading, ps::errc::timed_out);
    co_await expect_ended(near, ps::errc::timed_out);
    EXPECT_TRUE(near.out.underlying().inner().out().bytes_lost());
  };
  run(story());
}

// A peer that never answers: by the wait's limit, a stop, destruction, the handshake's own time.
TEST_P(StartTlsEndOn, ASilentPeerIsGivenUpAndItsConnectionEnded) {
  const auto silent = [&](auto&& give_up) -> ps::task<> {
    auto [near, peer] = co_await ground_->connect_raw({});
    const std::error_code why = co_await give_up(near);
    co_await expect_ended(near, why);
    static_cast<void>(co_await hear(*peer, *ground_));
    EXPECT_TRUE(peer->was_reset() || !ground_->can().reset);
  };
  const auto limited = [&](ps::testing::end& e) -> ps::task<std::error_code> {
    const std::error_code why = co_await failing(upgrade_within(e.out, at_server_, as_server, 5ms));
    EXPECT_EQ(why, ps::errc::timed_out);
    co_return why;
  };
  const auto stopped = [&](ps::testing::end& e) -> ps::task<std::error_code> {
    std::stop_source stop;
    ps::testing::started work(failing(upgrade_within(e.out, at_client_, as_client, stop.get_token())));
    co_await ps::sleep(5ms);
    stop.request_stop();
    const std::error_code why = co_await work;
    EXPECT_EQ(why, ps::errc::canceled);
    co_return why;
  };
  const auto destroyed = [&](ps::testing::end& e) -> ps::task<std::error_code> {
    ps::testing::started work(upgrade(e.out, at_client_, as_client));
    co_await ps::sleep(5ms);
    work.destroy();
    co_return ps::errc::canceled;
  };
  const auto timed_out = [&](ps::testing::end& e) -> ps::task<std::error_code> {
    const std::error_code why =
        co_await failing(upgrade(e.out, at_server_, {.ssl_handshake_timeout = 5ms, .server_side = true}));
    EXPECT_EQ(why, tls::errc::handshake_timed_out);
    co_return why;
  };
  run(silent(limited));
  run(silent(stopped));
  run(silent(destroyed));
  run(silent(timed_out));
}

// R63, R85
// I-18, I-44: the handshake's time runs from the call on, also while what was written before it cannot leave.
TEST_P(StartTlsEndOn, APeerThatTakesNothingIsGivenUpInTheHandshakesTime) {
  const auto story = [&]() -> ps::task<> {
    auto [near, peer] = co_await ground_->connect_raw({});
    near.out.write(std::string(16 * 1024 * 1024, 'x'));
    const ps::start_tls_options short_time = {.server_hostname = "localhost", .ssl_handshake_timeout = 20ms};
    EXPECT_EQ(co_await failing(upgrade(near.out, at_client_, short_time)), ps::errc::timed_out);
    co_await expect_ended(near, ps::errc::timed_out);
    EXPECT_TRUE(near.out.underlying().inner().out().bytes_lost());
  };
  run(story());
}

TEST_P(StartTlsEndOn, AFailedHandshakeIsEverybodysError) {
  const auto story = [&]() -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    auto [at_client, at_server] =
        co_await ps::when_all(failing(upgrade(client.out, at_client_, {.server_hostname = "elsewhere.example"})),
                              failing(upgrade(server.out, at_server_, as_server)));
    EXPECT_EQ(tls::verify_reason(at_client), 62);
    EXPECT_EQ(tls::received_alert(at_server), 42);
    co_await expect_ended(client, at_client);
    co_await expect_ended(server, at_server);
  };
  run(story());
}

TEST_P(StartTlsEndOn, AFilterThatRefusesItsRoleOrNameEndsTheConnection) {
  const auto refused = [&](const tls::context& by, ps::start_tls_options options) -> ps::task<> {
    auto [near, peer] = co_await ground_->connect_raw({});
    const std::error_code why = co_await failing(upgrade(near.out, by, options));
    EXPECT_EQ(why, options.server_hostname.empty() ? tls::errc::no_server_hostname : tls::errc::wrong_role);
    co_await expect_ended(near, why);
  };
  run(refused(at_client_, {}));
  run(refused(at_server_, as_client));
}

// R93, R97: the peer closes, or we do, while the hello is under way.
TEST_P(StartTlsEndOn, AnEndDuringTheHandshakeIsAnError) {
  const auto ended = [&](bool by_peer) -> ps::task<> {
    auto [near, peer] = co_await ground_->connect_raw({});
    ps::testing::started upgrading(failing(upgrade(near.out, at_server_, as_server)));
    co_await ps::testing::tick();
    if (by_peer)
      peer->finish();
    else
      near.out.close();
    const std::error_code why = co_await upgrading;
    EXPECT_EQ(why, by_peer ? make_error_code(tls::errc::handshake_ended) : make_error_code(ps::errc::not_connected));
    EXPECT_TRUE(near.out.is_closing());
  };
  run(ended(true));
  run(ended(false));
}

}  // namespace
