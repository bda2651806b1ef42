// SPDX-License-Identifier: BSL-1.0
// Proves that an upgrade which is given up, refused by its filter or cut off has ended the connection, in memory and
// with filters of a user's: an error to the caller and to later reads, and no plaintext (R63, R93, I-40).
#include <penstock/coro/upgrade.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include "coro/upgrading.hpp"

using namespace penstock_test;

namespace {

class UpgradeEnd : public upgrade_fixture {};

// Asks for what it was told, and refuses.
class refusing final : public ps::filter {
 public:
  ps::wire_handle wrap(ps::connection&, const ps::filter_options& options,
                       std::error_code& ec) const noexcept override {
    asked = options;
    hostname = std::string(options.server_hostname);
    ec = std::make_error_code(std::errc::protocol_error);
    return {};
  }
  mutable ps::filter_options asked;
  mutable std::string hostname;
};

// Given up in any way: asyncio aborts, too; a connection that is half upgraded is of no use (I-25's exception).
TEST_F(UpgradeEnd, GivenUpEndsTheConnection) {
  const auto blocked = [this] {
    pair_ = ps::memory::duplex(loop_);
    fill();
    peer_sends("before");
    pass_time();
    EXPECT_EQ(in_.peek(), "before");
  };
  blocked();
  EXPECT_EQ(run(upgrade(5ms)), ps::errc::timed_out);
  expect_ended(ps::errc::timed_out);
  blocked();
  std::stop_source stop;
  ps::task<std::error_code> stopped = error_of(upgrade(stop.get_token()));
  EXPECT_FALSE(stopped.start());
  stop.request_stop();
  pass_time();
  ASSERT_TRUE(stopped.done());
  EXPECT_EQ(std::move(stopped).result(), ps::errc::canceled);
  expect_ended(ps::errc::canceled);
  blocked();
  {
    ps::task<> destroyed = upgrade();
    EXPECT_FALSE(destroyed.start());
  }
  expect_ended(ps::errc::canceled);
}

// R63
TEST_F(UpgradeEnd, ThatTheFilterRefusesEndsTheConnection) {
  const refusing none;
  peer_sends("before");
  pass_time();
  EXPECT_FALSE(out_.write("ready\n"));
  const ps::start_tls_options options = {
      .server_hostname = "example.org", .ssl_handshake_timeout = 3s, .ssl_shutdown_timeout = 0s, .server_side = true};
  EXPECT_EQ(run(upgrade(none, options)), std::errc::protocol_error);
  expect_ended(std::make_error_code(std::errc::protocol_error));
  EXPECT_EQ(none.hostname, "example.org");
  EXPECT_EQ(none.asked.handshake_timeout, ps::duration(3s));
  EXPECT_EQ(none.asked.shutdown_timeout, ps::duration(0s));
  EXPECT_TRUE(none.asked.server);
}

// R93: what waits for the filter does not leave without it.
TEST_F(UpgradeEnd, IsEndedByClose) {
  fill();
  ps::task<std::error_code> upgrading = error_of(upgrade());
  EXPECT_FALSE(upgrading.start());
  EXPECT_FALSE(out_.write("secret"));
  out_.close();
  pass_time();
  ASSERT_TRUE(upgrading.done());
  EXPECT_EQ(std::move(upgrading).result(), ps::errc::not_connected);
  EXPECT_EQ(in_.underlying().inner().state(), ps::connection_state::closed);
  EXPECT_TRUE(in_.underlying().inner().out().bytes_lost());
  EXPECT_EQ(heard_by_peer().find("secret"), std::string::npos);
}

TEST_F(UpgradeEnd, IsEndedByThePeer) {
  fill();
  peer_sends("before");
  pass_time();
  ps::task<std::error_code> upgrading = error_of(upgrade());
  EXPECT_FALSE(upgrading.start());
  peer_out_.abort();
  pass_time();
  ASSERT_TRUE(upgrading.done());
  EXPECT_EQ(std::move(upgrading).result(), std::errc::connection_reset);
  expect_ended(std::make_error_code(std::errc::connection_reset));
}

// Both directions are needed at the switch as they were at the call.
TEST_F(UpgradeEnd, IsEndedByAnEndOfWriting) {
  fill();
  ps::task<std::error_code> upgrading = error_of(upgrade());
  EXPECT_FALSE(upgrading.start());
  EXPECT_FALSE(out_.write_eof());
  pass_time();
  ASSERT_TRUE(upgrading.done());
  EXPECT_EQ(std::move(upgrading).result(), ps::errc::not_connected);
  EXPECT_TRUE(out_.is_closing());
  EXPECT_EQ(out_.close_reason(), ps::errc::not_connected);
}

TEST(UpgradeEndOfLoop, EndsWithItsLoop) {
  const flip_filter flips;
  std::optional<ps::memory::event_loop> loop(std::in_place);
  auto pair = ps::memory::duplex(*loop);
  pair.first.out.write(std::string(256 * 1024, 'x'));
  ps::spawn(*loop, [](ps::stream_writer& out, const ps::filter& by) -> ps::task<> {
    co_await out.start_tls(by);
    ADD_FAILURE() << "it goes on";
  }(pair.first.out, flips));
  loop->run_until(pass(1ms));
  loop.reset();
  EXPECT_EQ(pair.first.out.close_reason(), ps::errc::canceled);
  EXPECT_FALSE(pair.first.in.underlying().has_reader());
}

}  // namespace
