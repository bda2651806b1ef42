// SPDX-License-Identifier: BSL-1.0
// One text lent chunk by chunk to a read half, and its records taken: ours beside the flat loops.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>

#include "support.hpp"

namespace bench {

enum class style { view, fresh_operation, string };

// The chunks are consecutive pieces of `text`, and what is in front of each is its headroom: a
// rest is copied to where it was, and both sides read the same memory once.
template <style Style, class Make>
std::size_t split_lent(std::string& text, std::size_t chunk, Make make, penstock::block_source& blocks) {
  penstock::read_half in({}, blocks);
  auto reused = make();
  std::size_t count = 0;
  std::size_t sum = 0;
  const auto take = [&](auto& op) {
    auto out = in.poll(op);
    if (out.status() != penstock::read_status::data) return false;
    ++count;
    if constexpr (Style == style::string) {
      std::string copy(out.text());
      benchmark::DoNotOptimize(copy.data());
    }
    sum += out.text().size();
    benchmark::DoNotOptimize(sum);
    return true;
  };
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    in.lend(std::span(text).subspan(at, std::min(chunk, text.size() - at)), std::min(at, arena_headroom));
    if constexpr (Style == style::fresh_operation) {
      for (bool more = true; more;) {
        auto fresh = make();
        more = take(fresh);
      }
    } else {
      while (take(reused)) {
      }
    }
    in.settle();
  }
  return count;
}

// Registers `run`, which splits the text once and answers how many records it saw.
template <class Text, class Run>
void add_splitter(const std::string& name, Text text, Run run) {
  benchmark::RegisterBenchmark(name.c_str(), [text, run](benchmark::State& state) {
    record_text& records = text();
    block_pool pool;
    if (run(records.bytes, pool.source()) != records.count) return state.SkipWithError("not all records were seen");
    const tally cost(&pool);
    for (auto _ : state) benchmark::DoNotOptimize(run(records.bytes, pool.source()));
    cost.report(state, "record", records.count, records.bytes.size());
  });
}

template <style Style, class Text, class Make>
void add_lent(const std::string& name, Text text, std::size_t chunk, Make make) {
  add_splitter(name, text, [chunk, make](std::string& bytes, penstock::block_source& blocks) {
    return split_lent<Style>(bytes, chunk, make, blocks);
  });
}

}  // namespace bench
