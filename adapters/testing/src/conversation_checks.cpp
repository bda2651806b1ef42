// SPDX-License-Identifier: BSL-1.0
// The same conversation gives the same trace here as in memory (I-36).
#include <string>

#include <penstock/testing/conversation.hpp>
#include <penstock/testing/memory_ground.hpp>

#include "checks.hpp"
#include "trial.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> converse_into(ground& g, std::uint64_t seed, abilities use, std::string& trace) {
  trace = co_await converse(g, seed, use);
}

// Like the transport's ground in what it can do; the trace is made in a loop of its own, at once.
std::string wanted_trace(std::uint64_t seed, abilities use) {
  memory_ground in_memory;
  std::string trace;
  in_memory.run(converse_into(in_memory, seed, use, trace));
  return trace;
}

task<> same_traces(ground& g, std::uint64_t first_seed, abilities use) {
  constexpr std::uint64_t conversations = 5;
  for (std::uint64_t seed = first_seed; seed != first_seed + conversations; ++seed) {
    const std::string seen = co_await converse(g, seed, use);
    const std::string difference =
        where_they_part("the trace of seed " + std::to_string(seed), seen, wanted_trace(seed, use));
    if (!difference.empty()) fail(difference);
  }
}

task<> the_same_trace_as_in_memory(ground& g) { return same_traces(g, 71, {.reset = false, .half_close = false}); }
task<> the_same_trace_with_half_closes(ground& g) { return same_traces(g, 81, half_closes); }
task<> the_same_trace_with_resets(ground& g) { return same_traces(g, 91, resets); }

}  // namespace

std::span<const check> conversation_checks() noexcept {
  static constexpr check checks[] = {
      {"TheSameTraceAsInMemory", "I-36", &the_same_trace_as_in_memory},
      {"TheSameTraceWithHalfCloses", "I-36 R80", &the_same_trace_with_half_closes, half_closes},
      {"TheSameTraceWithResets", "I-36 R79", &the_same_trace_with_resets, resets},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
