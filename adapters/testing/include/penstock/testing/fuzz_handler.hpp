// SPDX-License-Identifier: BSL-1.0
// A handler as a fuzz target: one line in a file of its own.
//
//   PENSTOCK_FUZZ_HANDLER(serve)                                   // or (serve, {.may_throw = true})
//
//   clang++ -std=c++20 -g -fsanitize=fuzzer,address fuzz_serve.cpp -lpenstock_testing ...
//
// An input is a plain message with its plan behind it (plan::seed): captured messages are a corpus. The
// mutator changes the message as libFuzzer does, or the plan. Findings are, besides what sanitizers say,
// all that problem_of() says: a hang with explain()'s report, more held or more work than the bounds allow,
// an exception that is no error, any difference that cuts or stops make. They are printed with the smallest plan.
//
// Without libFuzzer the same file is a program that runs files and folders, or --runs N random inputs made
// from them. PENSTOCK_SHOW=1 in the environment prints each input's plan before it is played, and what
// happened. PENSTOCK_FUZZ_NO_MAIN, defined before, leaves the program to another driver.
#pragma once

#include <cstddef>
#include <cstdint>

#include <penstock/contract.hpp>
#include <penstock/testing/handler.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// The body of LLVMFuzzerTestOneInput: aborts behind a report if there is a problem.
PENSTOCK_API int fuzz_handler(const handler& what, const handler_options& options, const std::uint8_t* data,
                              std::size_t size);

// The body of LLVMFuzzerCustomMutator: message and plan stay apart. Needs no libFuzzer.
PENSTOCK_API std::size_t mutate_plan(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

// A program around LLVMFuzzerTestOneInput: [--runs N] [FILE | FOLDER]... Scripts in text form are run in
// their binary form. Answers 1 if a file could not be run, or if there was nothing to run.
using test_function = int (*)(const std::uint8_t*, std::size_t);
PENSTOCK_API int run_inputs(int argc, char** argv, test_function test);

// What the macro's arguments are: a handler, and what is asked of it.
struct fuzzed_handler {
  handler what;
  handler_options options = {};
};

}}}  // namespace penstock::v0::testing

#define PENSTOCK_FUZZ_HANDLER(...)                                                                       \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {                    \
    static const ::penstock::testing::fuzzed_handler fuzzed{__VA_ARGS__};                                \
    return ::penstock::testing::fuzz_handler(fuzzed.what, fuzzed.options, data, size);                   \
  }                                                                                                      \
  extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, \
                                                 unsigned seed) {                                        \
    return ::penstock::testing::mutate_plan(data, size, most, seed);                                     \
  }                                                                                                      \
  PENSTOCK_FUZZ_MAIN

// libFuzzer's own main wins over a weak one.
#if defined(PENSTOCK_FUZZ_NO_MAIN)
#define PENSTOCK_FUZZ_MAIN static_assert(true)
#else
#define PENSTOCK_FUZZ_MAIN                                                       \
  __attribute__((weak)) int main(int argc, char** argv) {                        \
    return ::penstock::testing::run_inputs(argc, argv, &LLVMFuzzerTestOneInput); \
  }                                                                              \
  static_assert(true)
#endif
