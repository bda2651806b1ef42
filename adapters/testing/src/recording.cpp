// SPDX-License-Identifier: BSL-1.0
// Recordings as plans, tests and transcripts.
#include <penstock/testing/recording.hpp>

#include <algorithm>
#include <cstdio>
#include <optional>

#include <penstock/describe.hpp>
#include <penstock/testing/script.hpp>

#include "trial.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

// The binary form of a script in any form; a plain message is one that is fed.
std::string binary_of(std::string_view encoded) {
  std::string problem;
  if (std::optional<std::string> compiled =
          compile(is_text(encoded) ? std::string(encoded) : plan(encoded).text(), problem))
    return *std::move(compiled);
  return std::string(encoded);
}

}  // namespace

recording::recording(std::string_view encoded) {
  arrived = plan(encoded, problem);
  if (!problem.empty()) return;
  const std::string binary = binary_of(encoded);
  const script all{std::string_view(binary)};
  for (const step& one : all.steps())
    if (one.op == opcode::write) written += one.bytes;
}

std::string recording::problem_of(const handler& what, const handler_options& options) const {
  if (!problem.empty()) return problem;
  const conduct seen = play(what, arrived, options);
  if (!seen.problem.empty()) return seen.problem;
  return where_they_part("the handler wrote", seen.written, written);
}

std::string recording::test(std::string_view encoded) {
  const std::string binary = binary_of(encoded);
  const script all{std::string_view(binary)};
  const std::string text = quoted(all.text());
  const bool answered =
      std::any_of(all.steps().begin(), all.steps().end(), [](const step& one) { return one.op == opcode::write; });
  return "TEST(Recorded, Session) {\n  EXPECT_EQ(penstock::testing::" +
         (answered ? "recording(" + text + ").problem_of(handler)" : "replay(handler, " + text + ')') + ", \"\");\n}\n";
}

std::string recording::transcript(std::string_view encoded) {
  const std::string binary = binary_of(encoded);
  const script all{std::string_view(binary)};
  double now = 0;
  std::string lines;
  const auto say = [&](std::string_view what, std::string_view bytes) {
    char time[40];
    std::snprintf(time, sizeof time, "%12.6f ", now);
    lines.append(time).append(what).append(bytes.empty() ? std::string() : quoted(bytes)) += '\n';
  };
  for (const step& one : all.steps()) {
    if (one.op == opcode::pass_time) now += static_cast<double>(one.numbers[0]) / 1e9;
    if (one.op == opcode::feed) say("-> ", one.bytes);
    if (one.op == opcode::write) say("<- ", one.bytes);
    if (one.op == opcode::feed_eof) say("-> the end", {});
    if (one.op == opcode::lost) say("lost " + std::to_string(one.numbers[0]), {});
  }
  return lines;
}

}}}  // namespace penstock::v0::testing
