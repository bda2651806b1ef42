// SPDX-License-Identifier: BSL-1.0
// The benchmarks without a kernel in the order of their table. A name is measure/size/side; the
// first side of a measure and size is what the others are compared to.
#include <benchmark/benchmark.h>

#include "flat.hpp"
#include "support.hpp"

int main(int argc, char** argv) {
#if defined(__clang__)
  benchmark::AddCustomContext("compiler", "clang++ " __clang_version__);
#else
  benchmark::AddCustomContext("compiler", "g++ " __VERSION__);
#endif
  benchmark::AddCustomContext("flags", BENCH_FLAGS);
  benchmark::AddCustomContext("flat_simd", bench::has_simd() ? "AVX2" : "none: memmem");

  bench::add_line_splitting();
  bench::add_record_splitting();
  bench::add_hard_separators();
  bench::add_byte_by_byte();
  bench::add_writing();
  bench::add_turns();

  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
