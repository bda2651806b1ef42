// SPDX-License-Identifier: BSL-1.0
// Proves what play() and problem_of() say of a handler: its bounds, its errors, its second connection, and
// that mutations keep a message and its plan apart.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>

#include "../../examples/handlers.hpp"

namespace {

namespace ps = penstock;
using namespace ps::testing;  // NOLINT: a test speaks the kit's language

plan bytes(std::string_view text) { return plan::cut(text, {}); }

// I-14
TEST(Handler, ThatWaitsWhereNothingCanHappenIsReportedWithWhatItWaitsFor) {
  const auto waits = [](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    static_cast<void>(co_await in.read());
    co_await out.wait_closed();
  };
  const conduct seen = play(waits, bytes("abc"));
  EXPECT_FALSE(seen.ended);
  EXPECT_TRUE(seen.problem.starts_with(
      "the handler waits, and nothing can happen any more; \nfirst <-> second waits: wait_closed"))
      << seen.problem;
}

TEST(Handler, MayWaitForAPeerThatFellSilent) {
  plan p = bytes("abc\n");
  p.stall_after = 2;
  EXPECT_EQ(problem_of(handlers::echo_lines, p), "");
  EXPECT_FALSE(play(handlers::echo_lines, p).ended);
}

TEST(Handler, EndsWithAnErrorOrWithNone) {
  plan p = bytes("abc\n");
  EXPECT_EQ(play(handlers::echo_lines, p).result, "");
  p.reset_after = 2;
  const conduct seen = play(handlers::echo_lines, p);
  EXPECT_NE(seen.result, "");
  EXPECT_EQ(seen.lost, std::errc::connection_reset);
  EXPECT_EQ(seen.problem, "") << "an error is no problem";
  EXPECT_EQ(problem_of(handlers::echo_lines, p), "");
}

TEST(Handler, ThrowsNothingButErrorsUnlessItMay) {
  const auto throws = [](ps::stream_reader, ps::stream_writer) -> ps::task<> {
    throw std::out_of_range("no such key");
    co_return;
  };
  EXPECT_EQ(problem_of(throws, bytes("a")), "the handler threw what is no std::system_error: no such key");
  EXPECT_EQ(problem_of(throws, bytes("a"), {.may_throw = true}), "");
}

TEST(Handler, HasItsOwnCheckReported) {
  const auto checks = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    expect_equal(co_await in.read(), "abc", "what arrived");
  };
  EXPECT_EQ(problem_of(checks, bytes("abc")), "");
  EXPECT_NE(problem_of(checks, bytes("abd"), {.may_throw = true}).find("what arrived"), std::string::npos);
}

TEST(Handler, HoldsNoMoreThanItMay) {
  const auto hoards = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    static_cast<void>(co_await in.read());
  };
  EXPECT_EQ(problem_of(hoards, bytes(std::string(5000, 'x')), {.most_held = 5000}), "");
  EXPECT_EQ(problem_of(hoards, bytes(std::string(5000, 'x')), {.most_held = 4999}),
            "the connection holds 5000 bytes unread and 0 unsent, more than 4999");
}

TEST(Handler, LeavesItsBytesToWhoeverComesNext) {
  const auto one_line = [](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    out.write(co_await in.readline());
  };
  const conduct seen = play(one_line, plan::byte_by_byte("a\nbc\n"));
  EXPECT_EQ(seen.written, "a\n");
  EXPECT_EQ(seen.left, "bc\n");
  EXPECT_EQ(explore_chunks(one_line, "a\nbc\n").difference, "");
}

TEST(Handler, IsNotPlayedAScriptWithAMistake) {
  const std::string_view head = "penstock script 1\nfeed \"x\\n\"\n";
  EXPECT_EQ(replay(handlers::echo_lines, std::string(head) + "feed_eof\n"), "");
  EXPECT_EQ(replay(handlers::echo_lines, std::string(head) + "fautl 5 1\nfeed_eof\n"), "line 3: fautl 5 1");
  EXPECT_EQ(replay(handlers::echo_lines, std::string(head) + "# nothing\n\n  fault 55 2 # what\nfeed_eof\n"),
            "line 5: no such fault:   fault 55 2 # what");
  EXPECT_EQ(replay(handlers::echo_lines, "penstock script 2\nfeed_eof\n"), "the first line is not: penstock script 1");
  EXPECT_EQ(replay(handlers::echo_lines, "penstock scripts are short\n"), "") << "a plain message";
}

TEST(Handler, SeesPausesOnAVirtualClock) {
  const auto impatient = [](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    std::error_code ec;
    try {
      out.write(co_await in.readline(std::chrono::minutes(10)));
    } catch (const std::system_error& e) {
      ec = e.code();
    }
    if (ec) out.write("late\n");
  };
  plan p = plan::cut("ab\n", {1});
  EXPECT_EQ(play(impatient, p).written, "ab\n");
  p.pieces.push_back({2, std::chrono::minutes(11)});
  EXPECT_EQ(play(impatient, p).written, "late\n");
  EXPECT_EQ(problem_of(impatient, p), "") << "its own clock may make a difference";
}

// A proxy: its client's bytes go to the server, the server's to the client.
ps::task<> pump(const ps::stream_reader& from, const ps::stream_writer& to) {
  for (;;) {
    const std::string some = co_await from.read(4096);
    if (some.empty()) break;
    to.write(some);
    co_await to.drain();
  }
  to.write_eof();
}
ps::task<> proxy(ps::stream_reader in, ps::stream_writer out, ps::stream_reader server_in,
                 ps::stream_writer server_out) {
  co_await ps::when_all(pump(in, server_out), pump(server_in, out));
}

TEST(Handler, MayHaveASecondConnection) {
  plan p = bytes("a request");
  p.second = "an answer";
  const conduct seen = play(proxy, p);
  EXPECT_EQ(seen.written, "an answer");
  EXPECT_EQ(seen.written_to_second, "a request");
  EXPECT_EQ(seen.problem, "");
  EXPECT_EQ(replay(proxy, p.text()), "");
  EXPECT_EQ(explore_chunks(proxy, "a request").difference, "");
  EXPECT_EQ(explore_flood(proxy, "a request").difference, "");
}

// I-14
TEST(Handler, ThatTurnsInACircleIsFoundSoonWhateverWasToCome) {
  const auto forgets_the_end = [](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    for (;;) {
      out.write(co_await in.read(4096));
      co_await out.drain();
    }
  };
  const auto never_begins = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    for (;;) static_cast<void>(co_await in.read(0));
  };
  plan p = bytes("abc\n");
  EXPECT_EQ(play(forgets_the_end, p).problem,
            "the handler turns in a circle: the loop works, but no byte comes or goes and no time passes");
  p.flood = 16 * 1024 * 1024;
  p.flood_tail = 1;
  const conduct seen = play(never_begins, p);
  EXPECT_TRUE(seen.problem.starts_with("the handler turns in a circle")) << seen.problem;
  EXPECT_LT(seen.rounds, 3000u);
}

TEST(Handler, MayWorkForLongWhereBytesMoveOrTimePasses) {
  const auto slow = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    for (;;) {
      if ((co_await in.read(1)).empty()) break;
      for (int i = 0; i != 15; ++i) co_await ps::sleep(std::chrono::seconds(1));
    }
  };
  EXPECT_EQ(play(slow, bytes(std::string(1000, 'x'))).problem, "");
}

TEST(Handler, ThatLeavesAReaderBehindIsReported) {
  struct readers {
    static ps::task<> read_on(ps::stream_reader in, ps::stream_writer out) {
      while (auto line = co_await in.next_line()) out.write(*line);
    }
    static ps::task<> leaves_one(ps::stream_reader in, ps::stream_writer out) {
      ps::spawn(in.underlying().loop(), read_on(ps::stream_reader(in.underlying()), std::move(out)));
      co_return;
    }
    static ps::task<> waits_for_it(ps::stream_reader in, ps::stream_writer out) {
      ps::stream& first = out.underlying();
      ps::spawn(first.loop(), read_on(std::move(in), ps::stream_writer(first)));
      while (!first.inner().in().ended() || first.has_reader()) co_await ps::sleep(std::chrono::milliseconds(1));
    }
  };
  for (const plan& p : {plan::byte_by_byte("a\nb\n"), bytes("")}) {
    const conduct seen = play(readers::leaves_one, p);
    EXPECT_TRUE(
        seen.problem.starts_with("the handler ended, and a task that it left reads from its connection; \n"
                                 "first <-> second waits: readline"))
        << seen.problem;
    EXPECT_EQ(problem_of(readers::waits_for_it, p), "");
  }
}

TEST(Fuzzing, KeepsTheSentenceOfWhatIsSeenOnce) {
  int runs = 0;
  const auto counts = [&runs](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    ++runs;
    while (auto line = co_await in.next_line()) out.write(runs == 2 ? "bad\n" : "good\n");
  };
  const plan p = plan::cut("ab\n", {1});
  const std::string input = p.seed();
  EXPECT_DEATH(
      {
        std::filesystem::current_path(testing::TempDir());  // where it leaves finding.txt
        fuzz_handler(counts, {}, reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
      },
      "seen once and not again; the handler keeps something between runs: the handler wrote \"bad");
}

TEST(Mutation, KeepsAMessageAndItsPlanApartAndWithinItsSize) {
  plan p = bytes("PING\nECHO abc\n");
  p.pieces = {{3, {}}};
  p.stops = {{4, false}};
  random_numbers numbers(1);
  int other_messages = 0;
  int other_plans = 0;
  for (unsigned seed = 0; seed != 3000; ++seed) {
    const std::size_t most = numbers.between(40, 80);
    std::string input = p.seed();
    const std::size_t size = input.size();
    input.resize(most);
    input.resize(mutate_plan(reinterpret_cast<std::uint8_t*>(input.data()), size, most, seed));
    ASSERT_LE(input.size(), most);
    const plan changed(input);
    const bool same_message = changed.bytes == p.bytes;
    const bool same_plan = changed.pieces == p.pieces && changed.stops == p.stops;
    other_messages += same_message ? 0 : 1;
    other_plans += same_plan ? 0 : 1;
    EXPECT_TRUE(same_message || same_plan || changed.stops.empty()) << changed.text();
  }
  EXPECT_GT(other_messages, 500);
  EXPECT_GT(other_plans, 500);
}

}  // namespace
