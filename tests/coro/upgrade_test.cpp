// SPDX-License-Identifier: BSL-1.0
// Proves start_tls with filters of a user's, in memory: what was written before leaves as it is, what is written
// behind the call leaves through the filter, what came early is the filter's; refused it has changed nothing
// (R62 to R66, I-40). TLS itself: tests/serving/start_tls_test.cpp.
#include <penstock/coro/upgrade.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "coro/upgrading.hpp"

using namespace penstock_test;

namespace {

class Upgrade : public upgrade_fixture {};

// R62: not in the call's own turn, nor in a later one, does anything overtake the switch.
TEST_F(Upgrade, SendsWhatWasWrittenBeforeAsItIsAndAllElseThroughTheFilter) {
  EXPECT_FALSE(out_.write("ready\n"));
  ps::task<> upgrading = upgrade();
  EXPECT_FALSE(upgrading.start());
  EXPECT_FALSE(out_.write("secret\n"));
  EXPECT_EQ(heard_by_peer(), "ready\n" + flipped("secret\n"));
  EXPECT_TRUE(upgrading.done());
  EXPECT_TRUE(in_.underlying().layered());
  peer_sends(flipped("answer"));
  EXPECT_EQ(read(6), "answer");
}

ps::task<> answer_and_upgrade(ps::stream_reader& in, ps::stream_writer& out, const ps::filter& by) {
  static_cast<void>(co_await in.readline());
  out.write("ready\n");
  const auto write_behind = [](ps::stream_writer& to) -> ps::task<> {
    to.write("secret\n");
    co_return;
  };
  const auto upgrade = [](ps::stream_writer& to, const ps::filter& filter) -> ps::task<> {
    co_await to.start_tls(filter);
  };
  co_await ps::when_all(upgrade(out, by), write_behind(out));
}

TEST_F(Upgrade, HoldsInTheTurnOfTheCall) {
  ps::task<> serving = answer_and_upgrade(in_, out_, flips_);
  EXPECT_FALSE(serving.start());
  peer_sends("begin\n");
  EXPECT_EQ(heard_by_peer(), "ready\n" + flipped("secret\n"));
  EXPECT_TRUE(serving.done());
}

TEST_F(Upgrade, WithNothingToSendIsThereAtOnce) {
  EXPECT_EQ(run(upgrade()), std::error_code());
  EXPECT_FALSE(out_.write("secret"));
  EXPECT_EQ(heard_by_peer(), flipped("secret"));
}

// The peer takes a few bytes at a time, and none for a while.
TEST(UpgradeSlowly, WaitsUntilTheLastByteHasLeft) {
  for (const std::size_t capacity : {1U, 7U, 100'000U}) {
    SCOPED_TRACE(capacity);
    ps::memory::event_loop loop;
    auto pair = ps::memory::duplex(loop, {.to_second = {.capacity = capacity}});
    const flip_filter flips;
    const std::string plain(100'000, 'p');
    const std::string secret(50'000, 's');
    std::string heard;
    const auto upgrading = [&]() -> ps::task<> {
      pair.first.out.write(plain);
      co_await pair.first.out.start_tls(flips);
      pair.first.out.close();
    };
    const auto writing = [&]() -> ps::task<> {
      pair.first.out.write(secret);
      co_return;
    };
    const auto hearing = [&]() -> ps::task<> {
      co_await ps::sleep(1ms);
      heard = co_await pair.second.in.read();
    };
    loop.run_until([](auto a, auto b, auto c) -> ps::task<> {
      co_await ps::when_all(std::move(a), std::move(b), std::move(c));
    }(upgrading(), writing(), hearing()));
    EXPECT_EQ(heard, plain + flipped(secret));
  }
}

// R64, I-40
TEST_F(Upgrade, GivesWhatCameEarlyToTheFilter) {
  peer_sends("begin\n" + flipped("early"));
  EXPECT_EQ(read(6), "begin\n");
  EXPECT_EQ(in_.peek(), flipped("early"));
  EXPECT_EQ(run(upgrade()), std::error_code());
  EXPECT_EQ(read(5), "early");
}

// I-40: nor is the rest of a plaintext line that was too long looked for behind it, whatever the filter thought of.
TEST_F(Upgrade, ForgetsTheLongLineThatCameBefore) {
  const auto read_line = [this] {
    return loop_.run_until(
        [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readline(1s); }(in_));
  };
  in_.set_limit(8);
  peer_sends(std::string(12, 'x'));
  EXPECT_THROW(read_line(), ps::limit_overrun_error);
  static tap_record passed;  // the loop's end is told to it, too
  const tap_filter tap(passed);
  EXPECT_EQ(run(upgrade(tap, {})), std::error_code());
  peer_sends("first\nsecond\n");
  EXPECT_EQ(read_line(), "first\n");
  EXPECT_EQ(read_line(), "second\n");
}

TEST_F(Upgrade, IsRefusedWhereAnythingCameAndItWasToldTo) {
  peer_sends("begin\nearly");
  EXPECT_EQ(read(6), "begin\n");
  EXPECT_EQ(run(upgrade(flips_, {.leftover = ps::leftover::reject})), ps::errc::bad_option);
  EXPECT_FALSE(in_.underlying().layered());
  EXPECT_EQ(read(5), "early") << "nothing has changed";
  EXPECT_EQ(run(upgrade(flips_, {.leftover = ps::leftover::reject})), std::error_code());
  peer_sends(flipped("through it"));
  EXPECT_EQ(read(10), "through it");
}

// The first read is untouched (R21).
TEST_F(Upgrade, IsRefusedWhileAReadWaits) {
  std::optional<std::string> line;
  const auto reading = [](ps::stream_reader& in, std::optional<std::string>& to) -> ps::task<> {
    to = co_await in.readline();
  };
  ps::task<> waits = reading(in_, line);
  EXPECT_FALSE(waits.start());
  EXPECT_EQ(run(upgrade()), misuse);
  EXPECT_FALSE(in_.underlying().layered());
  peer_sends("plain\n");
  pass_time();
  EXPECT_EQ(line, "plain\n");
  EXPECT_FALSE(out_.write("plain\n"));
  EXPECT_EQ(heard_by_peer(), "plain\n");
}

// What came before the switch is nobody's any more, and there is one switch.
TEST_F(Upgrade, LetsNobodyReadAndNobodyElseUpgradeMeanwhile) {
  fill();
  peer_sends("before");
  pass_time();
  ps::task<> first = upgrade();
  EXPECT_FALSE(first.start());
  const auto reading = [](ps::stream_reader& in) -> ps::task<> { static_cast<void>(co_await in.read(1)); };
  EXPECT_EQ(run(reading(in_)), misuse);
  EXPECT_EQ(run(upgrade()), misuse);
  EXPECT_EQ(heard_by_peer().size(), 256U * 1024);
  EXPECT_TRUE(first.done());
  EXPECT_EQ(run(upgrade()), misuse) << "a filter around a filter";
  EXPECT_EQ(read(6), flipped("before")) << "the filter's first input";
}

TEST_F(Upgrade, NeedsBothDirections) {
  const auto refused_after = [this](const std::function<void(ps::memory::duplex_pair&)>& what) {
    pair_ = ps::memory::duplex(loop_);
    what(pair_);
    EXPECT_EQ(run(upgrade()), ps::errc::not_connected);
    EXPECT_FALSE(in_.underlying().layered());
  };
  refused_after([](auto& p) { p.first.out.write_eof(); });
  refused_after([](auto& p) { p.first.out.close(); });
  refused_after([](auto& p) { p.first.out.abort(); });
  refused_after([this](auto& p) {
    p.second.out.write_eof();
    pass_time();
  });
  refused_after([this](auto& p) {
    p.second.out.abort();
    pass_time();
  });
}

TEST_F(Upgrade, RefusesTimesOutOfRange) {
  EXPECT_THROW(static_cast<void>(out_.start_tls(flips_, {.ssl_handshake_timeout = 0s})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(out_.start_tls(flips_, {.ssl_shutdown_timeout = -1s})), std::invalid_argument);
  EXPECT_FALSE(out_.is_closing());
}

TEST_F(Upgrade, ThatWasNeverAwaitedIsNothing) {
  {
    [[maybe_unused]] const auto idle = out_.start_tls(flips_);
  }
  peer_sends("plain");
  EXPECT_EQ(read(5), "plain");
}

// A tap is a filter, too; one that leaves what came before to be read is refused where there is any.
TEST_F(Upgrade, MayBeATap) {
  tap_record passed;
  const tap_filter tap(passed);
  EXPECT_FALSE(out_.write("before"));
  EXPECT_EQ(run(upgrade(tap, {})), std::error_code());
  EXPECT_FALSE(out_.write("behind"));
  EXPECT_EQ(heard_by_peer(), "beforebehind");
  EXPECT_EQ(passed.sent, "behind");
  pair_ = ps::memory::duplex(loop_);
  peer_sends("injected");
  pass_time();
  EXPECT_EQ(run(upgrade(tap, {})), std::errc::protocol_error);
  expect_ended(std::make_error_code(std::errc::protocol_error));
}

// R65, R66
TEST_F(Upgrade, KeepsLimitsMarksAndPausedReading) {
  in_.set_limit(10);
  out_.transport().set_write_buffer_limits(30, 20);
  out_.transport().pause_reading();
  peer_sends("behind\n");
  pass_time();
  EXPECT_EQ(run(upgrade()), std::error_code());
  EXPECT_EQ(in_.limit(), 10U);
  EXPECT_EQ(out_.transport().get_write_buffer_limits().high, 30U);
  EXPECT_EQ(out_.transport().get_write_buffer_limits().low, 20U);
  EXPECT_FALSE(out_.transport().is_reading());
  pass_time();
  EXPECT_EQ(in_.peek(), "");
  out_.transport().resume_reading();
  EXPECT_TRUE(out_.transport().is_reading());
  EXPECT_EQ(read(7), flipped("behind\n"));
}

// asyncio asserts there (R66): writing is paused at the time of the switch.
TEST_F(Upgrade, KeepsADrainThatWaits) {
  fill();
  ps::task<> draining = [](ps::stream_writer& out) -> ps::task<> { co_await out.drain(); }(out_);
  EXPECT_FALSE(draining.start());
  ps::task<> upgrading = upgrade();
  EXPECT_FALSE(upgrading.start());
  EXPECT_EQ(heard_by_peer().size(), 256U * 1024);
  EXPECT_TRUE(draining.done());
  EXPECT_TRUE(upgrading.done());
}

TEST_F(Upgrade, IsExplained) {
  fill();
  ps::task<> upgrading = upgrade();
  EXPECT_FALSE(upgrading.start());
  pass_time();
  const std::string line = explain(in_.underlying());
  EXPECT_NE(line.find("waits: start_tls for 0.001 s; the filter waits for the peer to take "), line.npos) << line;
  EXPECT_EQ(line.find("handshake"), line.npos) << line;
}

}  // namespace
