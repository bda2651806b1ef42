// SPDX-License-Identifier: BSL-1.0
// One input of a handler's fuzz target: play it, and if it shows something, say the least that does.
#include <penstock/testing/fuzz_handler.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <penstock/describe.hpp>

#include "trial.hpp"

// libFuzzer's; null without it.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace penstock { inline namespace v0 { namespace testing {
namespace {

// The part of a plan that must change nothing.
plan without_faults(const plan& how) {
  plan quiet;
  quiet.bytes = how.bytes;
  quiet.second = how.second;
  quiet.way_back = how.way_back;
  for (const piece& one : how.pieces)
    if (one.size != 0) quiet.pieces.push_back({one.size, {}});
  for (const stop& one : how.stops) quiet.stops.push_back({one.after, false});
  return quiet;
}

// libFuzzer keeps the input of a finding; without it nobody would.
void write_down(const plan& least) {
  std::FILE* const file = std::fopen("finding.txt", "w");
  if (file == nullptr) return;
  std::fputs(least.text().c_str(), file);
  std::fclose(file);
  std::fputs("penstock: the plan is in finding.txt\n", stderr);
}

}  // namespace

int fuzz_handler(const handler& what, const handler_options& options, const std::uint8_t* data, std::size_t size) {
  static const bool show = std::getenv("PENSTOCK_SHOW") != nullptr;
  const plan how(std::string_view(reinterpret_cast<const char*>(data), size));
  const plan quiet = without_faults(how);
  if (show) std::fputs(how.text().c_str(), stderr);
  trial played(what, options);
  for (const plan* one : {&how, &quiet}) {
    if (one == &quiet && quiet == how) break;
    const std::string problem = played.problem_of(*one);
    if (problem.empty()) continue;
    constexpr unsigned attempts = 500;
    const finding found = played.reduced(*one, problem, attempts);
    std::fprintf(stderr, "penstock: %s", found.report.c_str());
    if (LLVMFuzzerMutate == nullptr) write_down(found.least);
    std::abort();
  }
  if (show) std::fputs(play(what, how, options).log.c_str(), stderr);
  return 0;
}

}}}  // namespace penstock::v0::testing
