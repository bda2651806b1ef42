// SPDX-License-Identifier: BSL-1.0
// One input of a fuzz target: run it, and if it shows something, once more aloud.
#include <cstdio>
#include <cstdlib>

#include "check.hpp"
#include "targets.hpp"

namespace penstock::fuzz {
namespace {

// The only state that lives longer than an input: it is printed, nothing reads it.
struct statistics {
  std::uint64_t inputs = 0;
  std::uint64_t steps = 0;

  statistics() noexcept = default;
  statistics(const statistics&) = delete;
  statistics& operator=(const statistics&) = delete;
  ~statistics() {
    if (inputs == 0 || std::getenv("PENSTOCK_FUZZ_STATISTICS") == nullptr) return;
    std::fprintf(stderr, "penstock: %llu inputs, %.1f steps an input\n", static_cast<unsigned long long>(inputs),
                 static_cast<double>(steps) / static_cast<double>(inputs));
  }
};

[[noreturn]] void print_and_abort(const script& input, run_function run) {
  std::fputs("penstock: the core and its model differ. The steps:\n", stderr);
  transcript aloud(stderr, nullptr);
  try {
    run(input, aloud);
    std::fputs("penstock: the second run found nothing: something outlives a run\n", stderr);
  } catch (const mismatch& found) {
    std::fprintf(stderr, "penstock: %s\n  expected: %s\n  observed: %s\n", found.what.c_str(), found.expected.c_str(),
                 found.observed.c_str());
  }
  std::fprintf(stderr, "The script:\n%s", input.text().c_str());
  std::abort();
}

}  // namespace

int handle(const std::uint8_t* data, std::size_t size, run_function run) {
  static statistics counted;
  const script input(std::string_view(reinterpret_cast<const char*>(data), size));
  ++counted.inputs;
  try {
    transcript silent;
    counted.steps += run(input, silent);
  } catch (const mismatch&) {
    print_and_abort(input, run);
  }
  return 0;
}

}  // namespace penstock::fuzz
