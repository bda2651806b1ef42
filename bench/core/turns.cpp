// SPDX-License-Identifier: BSL-1.0
// A whole turn of a connection through its wire, with the kernel taken out: lines of 64 bytes come
// in, each is written back, all of it leaves.
#include <array>
#include <cstring>
#include <span>
#include <string>

#include <penstock/connection.hpp>
#include <penstock/read_operations.hpp>

#include "support.hpp"

namespace bench {

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i != count; ++i) text += std::string(line_size - 1, 'x') + '\n';
  return text;
}

namespace {

// What an event loop by hand would do: memchr, and a copy to what is sent.
void add_raw(const std::string& name, std::size_t count) {
  benchmark::RegisterBenchmark(name.c_str(), [count](benchmark::State& state) {
    std::string arena = lines(count);
    std::string out(arena.size(), '\0');
    const tally cost;
    for (auto _ : state) {
      benchmark::DoNotOptimize(arena.data());
      benchmark::ClobberMemory();
      const char* at = arena.data();
      const char* const end = at + arena.size();
      char* to = out.data();
      while (at != end) {
        const void* const found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
        if (found == nullptr) break;
        const auto n = static_cast<std::size_t>(static_cast<const char*>(found) + 1 - at);
        std::memcpy(to, at, n);
        to += n;
        at += n;
      }
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
    }
    cost.report(state, "turn", 1, arena.size());
  });
}

// `rest`: bytes of a further line that came with these and wait for the next turn.
void add_connection(const std::string& name, std::size_t count, std::size_t rest) {
  benchmark::RegisterBenchmark(name.c_str(), [count, rest](benchmark::State& state) {
    const std::size_t size = count * line_size;
    std::string arena = lines(arena_headroom / line_size + count + 1);
    block_pool pool;
    penstock::connection connection({}, {}, pool.source());
    penstock::wire& wire = connection;
    penstock::readline op;
    std::array<std::string_view, penstock::write_half::useful_segments> segments;
    std::size_t sent = 0;
    const auto turn = [&](std::size_t headroom, std::size_t n) {
      if (wire.input_room() < n) return;
      wire.lend_input(std::span(arena).subspan(headroom, n), headroom);
      for (;;) {
        auto out = connection.in().poll(op);
        if (out.status() != penstock::read_status::data) break;
        if (connection.write(out.text())) return;
      }
      connection.in().await_input(op);
      for (;;) {
        std::size_t used = 0;
        if (wire.next_output(segments, used) != penstock::wire_step::send) break;
        std::size_t sum = 0;
        for (std::size_t i = 0; i != used; ++i) sum += segments[i].size();
        benchmark::DoNotOptimize(segments[0].data());
        wire.consume_output(sum);
        sent += sum;
      }
      wire.settle_input();
    };
    if (rest != 0) turn(arena_headroom, rest);
    sent = 0;
    turn(arena_headroom + rest, size);
    if (sent != size) return state.SkipWithError("not all lines were echoed");
    const tally cost(&pool);
    for (auto _ : state) {
      benchmark::DoNotOptimize(arena.data());
      benchmark::ClobberMemory();
      turn(arena_headroom + rest, size);
    }
    cost.report(state, "turn", 1, size);
  });
}

}  // namespace

void add_turns() {
  for (const std::size_t count : {1u, 16u, 64u}) {
    const std::string name = "turn/" + std::to_string(count) + "/";
    add_raw(name + "by_hand", count);
    add_connection(name + "connection", count, 0);
    add_connection(name + "connection_with_rest", count, line_size / 2);
    add_coroutine_turns(count);
  }
}

}  // namespace bench
