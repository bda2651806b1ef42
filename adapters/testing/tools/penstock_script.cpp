// SPDX-License-Identifier: BSL-1.0
// What can be made of a script: a recording of a live session, a fuzz input, a finding.
//
//   penstock-script FILE                 what arrived and what was sent, with times
//   penstock-script --text FILE          the script's text form
//   penstock-script --plan FILE          the text form of the plan in it: what arrives, and what disturbs
//   penstock-script --seed FILE > SEED   the same as an input for PENSTOCK_FUZZ_HANDLER
//   penstock-script --test FILE          a test for GoogleTest that plays it to `handler`
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <penstock/testing/plan.hpp>
#include <penstock/testing/recording.hpp>
#include <penstock/testing/script.hpp>

#include "../src/read_file.hpp"

namespace {

int usage(const std::string& what) {
  std::fprintf(stderr, "penstock-script: %s\n", what.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace penstock::testing;
  const std::string_view verb = argc == 3 ? argv[1] : "";
  if (argc != 2 && argc != 3) return usage("[--text|--plan|--seed|--test] FILE");
  std::string problem;
  const std::string bytes = read_file(argv[argc - 1], problem).value_or("");
  const std::optional<std::string> compiled = is_text(bytes) ? compile(bytes, problem) : std::nullopt;
  plan read;
  if (problem.empty() && (verb == "--plan" || verb == "--seed" || verb == "--test")) read = plan(bytes, problem);
  std::string made;
  if (!problem.empty())
    made.clear();
  else if (verb.empty())
    made = recording::transcript(bytes);
  else if (verb == "--text")
    made = compiled ? script(std::string_view(*compiled)).text() : plan(bytes).text();
  else if (verb == "--plan")
    made = read.text();
  else if (verb == "--seed")
    made = read.seed();
  else if (verb == "--test")
    made = recording::test(bytes);
  else
    return usage("what is " + std::string(verb) + '?');
  if (!problem.empty()) {
    std::fprintf(stderr, "penstock-script: %s: %s\n", argv[argc - 1], problem.c_str());
    return 1;
  }
  std::fwrite(made.data(), 1, made.size(), stdout);
}
