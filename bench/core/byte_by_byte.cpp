// SPDX-License-Identifier: BSL-1.0
// One long line that arrives a byte at a time: the cost of a byte must not grow with the line.
#include <algorithm>
#include <span>
#include <string>

#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>

#include "support.hpp"

namespace bench {
namespace {

// Settled: each byte is a turn of its own.
template <bool Settled, class Bring>
void add(const std::string& name, std::size_t line, Bring bring) {
  benchmark::RegisterBenchmark(name.c_str(), [line, bring](benchmark::State& state) {
    std::string text(line - 1, 'x');
    text += '\n';
    block_pool pool;
    penstock::read_half in({.limit = line}, pool.source());
    penstock::readline op;
    const auto read_line = [&] {
      std::size_t lines = 0;
      for (std::size_t at = 0; at != text.size(); ++at) {
        bring(in, text, at);
        auto out = in.poll(op);
        lines += out.status() == penstock::read_status::data;
        if constexpr (Settled) in.settle();
      }
      in.settle();
      return lines;
    };
    if (read_line() != 1) return state.SkipWithError("the line was not seen");
    const tally cost(&pool);
    for (auto _ : state) benchmark::DoNotOptimize(read_line());
    cost.report(state, "byte", line, line);
  });
}

}  // namespace

void add_byte_by_byte() {
  for (const std::size_t kib : {4u, 16u, 64u, 256u}) {
    const std::string name = "byte_by_byte/" + std::to_string(kib) + "K/";
    const auto feed = [](penstock::read_half& in, std::string& text, std::size_t at) {
      in.feed(std::string_view(text).substr(at, 1));
    };
    const auto lend = [](penstock::read_half& in, std::string& text, std::size_t at) {
      in.lend(std::span(text).subspan(at, 1), std::min(at, arena_headroom));
    };
    add<false>(name + "feed", kib * 1024, feed);
    add<true>(name + "lend_settle", kib * 1024, lend);
  }
}

}  // namespace bench
