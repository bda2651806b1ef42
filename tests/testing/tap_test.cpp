// SPDX-License-Identifier: BSL-1.0
// Proves that a tap changes nothing, and that what it wrote down replays byte for byte: over ends in memory,
// however their bytes are cut.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>
#include <penstock/testing.hpp>

#include "../../examples/resp_echo.hpp"

namespace {

namespace ps = penstock;
using namespace std::string_literals;
using ps::testing::recording;
using ps::testing::tap;

const std::string ping = "*1\r\n$4\r\nPING\r\n";
const std::string say = "*2\r\n$4\r\nECHO\r\n$3\r\na\0b\r\n"s;

ps::task<> talk(const ps::memory::duplex_end& client, std::string& seen) {
  client.out.write(ping);
  co_await ps::sleep(std::chrono::seconds(2));
  client.out.write(say + say);
  co_await ps::sleep(std::chrono::milliseconds(5));
  client.out.write_eof();
  seen = co_await client.in.read();
}

// What the client saw, and what a tap around the server's end wrote down.
std::string record(ps::memory::fault_plan way, std::vector<std::string>& scripts,
                   ps::testing::tap_options options = {}) {
  const tap watched([&](std::string script) { scripts.push_back(std::move(script)); }, std::move(options));
  examples::resp_echo server;
  ps::memory::event_loop loop;
  std::string seen;
  {
    ps::memory::duplex_options ends;
    ends.second.layer = &watched;
    ends.to_second = ends.to_first = way;
    ps::memory::duplex_pair pair = ps::memory::duplex(loop, ends);
    ps::spawn(loop, server(std::move(pair.second.in), std::move(pair.second.out)));
    loop.run_until(talk(pair.first, seen));
  }
  loop.run();
  return seen;
}

TEST(Tap, WritesDownWhatReplaysByteForByte) {
  ps::memory::fault_plan cut;
  cut.fragment_min = 1;
  cut.fragment_max = 5;
  for (const ps::memory::fault_plan& way : {ps::memory::fault_plan(), cut}) {
    std::vector<std::string> scripts;
    const std::string seen = record(way, scripts);
    ASSERT_EQ(scripts.size(), 1u);
    const recording made(scripts[0]);
    EXPECT_EQ(made.arrived.bytes, ping + say + say);
    EXPECT_EQ(made.written, seen);
    EXPECT_EQ(made.problem_of(examples::resp_echo()), "") << scripts[0];
    const auto silent = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> { co_await in.read(); };
    EXPECT_NE(made.problem_of(silent), "") << "another handler does something else";
    EXPECT_EQ(ps::testing::plan(made.arrived.seed()), made.arrived);
  }
}

TEST(Tap, WritesDownTimesAndTheEnd) {
  std::vector<std::string> scripts;
  record({}, scripts);
  EXPECT_EQ(scripts.at(0),
            "penstock script 1\n"
            "feed \"*1\\r\\n$4\\r\\nPING\\r\\n\"\n"
            "write \"*1\\r\\n$4\\r\\nPING\\r\\n\"\n"
            "pass_time 2000000000\n"
            "feed \"*2\\r\\n$4\\r\\nECHO\\r\\n$3\\r\\na\\x00b\\r\\n*2\\r\\n$4\\r\\nECHO\\r\\n$3\\r\\na\\x00b\\r\\n\"\n"
            "write \"*2\\r\\n$4\\r\\nECHO\\r\\n$3\\r\\na\\x00b\\r\\n*2\\r\\n$4\\r\\nECHO\\r\\n$3\\r\\na\\x00b\\r\\n\"\n"
            "feed_eof\n"
            "lost 0\n");
  EXPECT_EQ(recording::transcript("penstock script 1\nfeed \"a\"\nwrite \"b\"\npass_time 1500000\nfeed_eof\nlost 0\n"),
            "    0.000000 -> \"a\"\n    0.000000 <- \"b\"\n    0.001500 -> the end\n    0.001500 lost 0\n");
}

TEST(Tap, HidesWhatItIsToldToHide) {
  std::vector<std::string> scripts;
  const auto hide = [](std::string_view bytes, bool arrived) {
    std::string shown(bytes);
    if (arrived) std::replace(shown.begin(), shown.end(), 'E', 'x');
    return shown;
  };
  record({}, scripts, {.redact = hide});
  const recording made(scripts.at(0));
  EXPECT_EQ(made.arrived.bytes.find('E'), std::string::npos);
  EXPECT_NE(made.written.find('E'), std::string::npos);
}

TEST(Tap, StopsWhenItHasWrittenDownEnough) {
  std::vector<std::string> scripts;
  EXPECT_EQ(record({}, scripts, {.most = 30}), ping + say + say) << "the connection goes on";
  EXPECT_EQ(recording(scripts.at(0)).arrived.bytes, ping);
  EXPECT_TRUE(scripts.at(0).ends_with("# no more was written down\n"));
}

TEST(Recording, IsATestToBePasted) {
  EXPECT_EQ(recording::test("penstock script 1\nfeed \"a\\n\"\nwrite \"b\"\n"),
            "TEST(Recorded, Session) {\n"
            "  EXPECT_EQ(penstock::testing::recording(\"penstock script 1\\nfeed \\\"a\\\\n\\\"\\nwrite \\\"b\\\"\\n\")"
            ".problem_of(handler), \"\");\n}\n");
}

TEST(Recording, OfAPlanThatHoldsNoAnswerIsAReplay) {
  EXPECT_EQ(recording::test("penstock script 1\nstrike 0 3\nfeed \"a\"\nfeed_eof\n"),
            "TEST(Recorded, Session) {\n"
            "  EXPECT_EQ(penstock::testing::replay(handler, \"penstock script 1\\nstrike 0 3\\nfeed \\\"a\\\"\\n"
            "feed_eof\\n\"), \"\");\n}\n");
}

TEST(Recording, SaysWhatIsWrongWithItsScript) {
  EXPECT_EQ(recording("penstock script 1\nfeed \"x\"\nwrit \"zzz\"\n").problem_of(examples::resp_echo()),
            "line 3: writ \"zzz\"");
}

// I-25: all explorers on the handler that recordings are made with.
TEST(Recording, ComesFromAHandlerInWhichNothingIsFound) {
  const std::string bytes = ping + "*2\r\n$1\r\nx\r\n$0\r\n\r\n";
  EXPECT_EQ(ps::testing::explore_chunks(examples::resp_echo(), bytes).difference, "");
  EXPECT_EQ(ps::testing::explore_cancellation(examples::resp_echo(), bytes).difference, "");
  EXPECT_EQ(ps::testing::explore_faults(examples::resp_echo(), bytes).difference, "");
  EXPECT_EQ(ps::testing::explore_flood(examples::resp_echo(), bytes).difference, "");
}

}  // namespace
