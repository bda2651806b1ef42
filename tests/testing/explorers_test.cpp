// SPDX-License-Identifier: BSL-1.0
// Proves that each explorer finds the mistake that it is for, in three protocols, at once, and nothing in
// them without a mistake nor in the handlers of our examples.
#include <chrono>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>

#include "../../examples/handlers.hpp"
#include "protocols.hpp"
#include "support/refusing_heap.hpp"

namespace {

using namespace penstock::testing;  // NOLINT: a test speaks the kit's language
using penstock_test::all_flaws;
using penstock_test::flaw;
using penstock_test::protocol;
using penstock_test::protocols;

const handler_options counted{.heap_in_use = &penstock_test::heap_in_use};

findings explore_with_the_fitting_one(const handler& what, std::string_view bytes, flaw for_what) {
  switch (for_what) {
    case flaw::split: return explore_chunks(what, bytes, counted);
    case flaw::lost_byte: return explore_cancellation(what, bytes, counted);
    case flaw::hang: return explore_faults(what, bytes, counted);
    case flaw::unbounded: return explore_flood(what, bytes, counted);
    case flaw::none: break;
  }
  return {};
}

TEST(Explorers, FindEachPlantedMistake) {
  for (const protocol& one : protocols) {
    for (const auto& [name, what] : all_flaws) {
      SCOPED_TRACE(std::string(one.name) + ", " + std::string(name));
      const std::string_view bytes = what == flaw::unbounded && one.name == "frames"
                                         ? std::string_view("\0\40\0\0", 4)  // two million
                                     : what == flaw::unbounded && one.name == "chunks" ? "5\r\nhello\r\n"
                                                                                       : one.message;
      const handler flawed = one.make(what);
      const findings found = explore_with_the_fitting_one(flawed, bytes, what);
      ASSERT_NE(found.difference, "");
      const std::size_t from = found.difference.find("penstock script 1");
      const std::size_t to = found.difference.find("What happened:");
      ASSERT_NE(to, std::string::npos);
      const std::string text = found.difference.substr(from, to - from);
      EXPECT_NE(replay(flawed, text, counted), "") << text;
      EXPECT_EQ(replay(one.make(flaw::none), text, counted), "") << text;
      if (std::getenv("PENSTOCK_SHOW") != nullptr) std::puts(found.difference.c_str());
    }
  }
}

TEST(Explorers, FindNothingWhereNothingIs) {
  for (const protocol& one : protocols) {
    SCOPED_TRACE(one.name);
    const handler sound = one.make(flaw::none);
    EXPECT_EQ(explore_chunks(sound, one.message, counted).difference, "");
    EXPECT_EQ(explore_cancellation(sound, one.message, counted).difference, "");
    EXPECT_EQ(explore_faults(sound, one.message, counted).difference, "");
    EXPECT_EQ(explore_flood(sound, one.message, counted).difference, "");
  }
}

TEST(Explorers, FindNothingInTheHandlersOfTheExamples) {
  const handler all[] = {handlers::echo_lines, handlers::echo_lines_by_view, handlers::echo_lines_reused,
                         handlers::echo_bytes};
  for (const handler& one : all) {
    const std::string_view bytes = "one\ntwo\n\nthe end";
    EXPECT_EQ(explore_chunks(one, bytes, counted).difference, "");
    EXPECT_EQ(explore_cancellation(one, bytes, counted).difference, "");
    EXPECT_EQ(explore_faults(one, bytes, counted).difference, "");
    EXPECT_EQ(explore_flood(one, bytes, counted).difference, "");
  }
}

TEST(Explorers, KeepTheSentenceOfWhatIsSeenOnce) {
  int runs = 0;
  const auto counts = [&runs](penstock::stream_reader in, penstock::stream_writer out) -> penstock::task<> {
    ++runs;
    while (auto line = co_await in.next_line()) out.write(runs == 5 ? "bad\n" : "good\n");
  };
  const std::string said = explore_chunks(counts, "a\nb\n").difference;
  EXPECT_TRUE(
      said.starts_with("seen once and not again; the handler keeps something between runs: "
                       "the handler wrote \"bad"))
      << said;
  EXPECT_NE(said.find("The plan:\npenstock script 1\nfeed \"a\\n\"\n"), said.npos) << said;
}

TEST(Explorers, CountWhatTheyTried) {
  const std::string_view bytes = "ab\nc\n";
  EXPECT_EQ(explore_chunks(handlers::echo_lines, bytes).points, 2 + 4 + 6u);
  EXPECT_GT(explore_cancellation(handlers::echo_lines, bytes).points, 20u);
  EXPECT_GT(explore_faults(handlers::echo_lines, bytes).points, 2 * 2 * 6 + 4u);
  EXPECT_EQ(explore_flood(handlers::echo_lines, bytes).points, 2u);
}

}  // namespace
