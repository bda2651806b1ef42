// SPDX-License-Identifier: BSL-1.0
// The sending half with no socket behind it: writes, one gather, all of it consumed.
#include <array>
#include <cstring>
#include <string>

#include <penstock/bytes.hpp>
#include <penstock/write_half.hpp>

#include "support.hpp"

namespace bench {
namespace {

constexpr std::size_t writes = 16;

// `put` enqueues `writes` writes of `size` bytes.
template <class Put>
void add(const std::string& name, std::size_t size, Put put) {
  benchmark::RegisterBenchmark(name.c_str(), [size, put](benchmark::State& state) {
    const std::string bytes(size, 'x');
    block_pool pool;
    penstock::write_half out({}, pool.source());
    std::array<std::string_view, penstock::write_half::useful_segments> segments;
    const auto turn = [&] {
      put(out, bytes);
      while (out.next() == penstock::write_step::send) {
        const std::size_t count = out.gather(segments);
        std::size_t sum = 0;
        for (std::size_t i = 0; i != count; ++i) sum += segments[i].size();
        benchmark::DoNotOptimize(segments[0].data());
        out.consume(sum);
      }
      out.settle();
    };
    turn();
    const tally cost(&pool);
    for (auto _ : state) turn();
    cost.report(state, "write", writes, writes * size);
  });
}

void add_raw(const std::string& name, std::size_t size) {
  benchmark::RegisterBenchmark(name.c_str(), [size](benchmark::State& state) {
    std::string bytes(size, 'x');
    std::string out(writes * size, '\0');
    const tally cost;
    for (auto _ : state) {
      for (std::size_t i = 0; i != writes; ++i) {
        benchmark::DoNotOptimize(bytes.data());
        std::memcpy(out.data() + i * size, bytes.data(), size);
      }
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
    }
    cost.report(state, "write", writes, writes * size);
  });
}

void write_each(penstock::write_half& out, const std::string& bytes) {
  for (std::size_t i = 0; i != writes; ++i) benchmark::DoNotOptimize(out.write(std::string_view(bytes)).value());
}

void write_together(penstock::write_half& out, const std::string& bytes) {
  std::array<std::string_view, writes> parts;
  parts.fill(bytes);
  benchmark::DoNotOptimize(out.writelines(parts).value());
}

void write_owned(penstock::write_half& out, const std::string& bytes) {
  for (std::size_t i = 0; i != writes; ++i) {
    penstock::owned_bytes owned(bytes, [](void*) noexcept {}, nullptr);
    benchmark::DoNotOptimize(out.write(std::move(owned)).value());
  }
}

}  // namespace

void add_writing() {
  for (const std::size_t size : {64u, 4096u}) {
    const std::string name = "writing/16x" + std::to_string(size) + "/";
    add_raw(name + "memcpy", size);
    add(name + "write", size, write_each);
    add(name + "writelines", size, write_together);
    if (size >= penstock::send_queue::worth_owning) add(name + "write_owned", size, write_owned);
  }
}

}  // namespace bench
