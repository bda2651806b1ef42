// SPDX-License-Identifier: BSL-1.0
// readline over 64 MiB, beside memchr on the same array and std::getline on a copy of it.
#include <sstream>

#include "flat.hpp"
#include "split.hpp"

namespace bench {
namespace {

void add_getline(const std::string& name, std::size_t line) {
  benchmark::RegisterBenchmark(name.c_str(), [line](benchmark::State& state) {
    record_text& text = records(line, "\n");
    std::istringstream in(text.bytes);
    std::string reused;
    const auto read_all = [&] {
      in.clear();
      in.seekg(0);
      std::size_t count = 0;
      std::size_t sum = 0;
      while (std::getline(in, reused)) {
        ++count;
        sum += reused.size() + 1;
        benchmark::DoNotOptimize(sum);
      }
      return count;
    };
    if (read_all() != text.count) return state.SkipWithError("not all lines were seen");
    const tally cost;
    for (auto _ : state) benchmark::DoNotOptimize(read_all());
    cost.report(state, "record", text.count, text.bytes.size());
  });
}

}  // namespace

void add_line_splitting() {
  for (const std::size_t line : {20u, 100u, 1000u}) {
    const std::string name = "readline/" + std::to_string(line) + "/";
    const auto text = [line]() -> record_text& { return records(line, "\n"); };
    const auto make = [] { return penstock::readline(); };
    add_splitter(name + "flat_memchr", text,
                 [](std::string& bytes, penstock::block_source&) { return flat_memchr(bytes, '\n'); });
    add_lent<style::view>(name + "lend_4k", text, 4096, make);
    add_lent<style::view>(name + "lend_64k", text, 65536, make);
    add_lent<style::fresh_operation>(name + "lend_4k_fresh_readline", text, 4096, make);
    add_lent<style::string>(name + "lend_4k_fresh_string", text, 4096, make);
    add_getline(name + "std_getline", line);
  }
}

}  // namespace bench
