// SPDX-License-Identifier: BSL-1.0
// What every measure needs: texts to split, memory that is counted, one way to report.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <penstock/block_source.hpp>

namespace bench {

inline constexpr std::size_t text_size = std::size_t{64} << 20;
inline constexpr std::size_t arena_headroom = 4096;  // of a transport's arena

struct record_text {
  std::string bytes;
  std::size_t count = 0;  // of records
};

// At least text_size bytes of whole records: 3/4 to 5/4 of `size` bytes each, separator included,
// filled with `fill`. Only the last text asked for is kept.
record_text& records(std::size_t size, std::string_view separator, char fill = 'x');

// Calls of operator new in this process so far.
std::uint64_t news() noexcept;

// A source as a transport has one: keeps what is given back, by powers of two.
class block_pool {
 public:
  block_pool() = default;
  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;
  ~block_pool();

  penstock::block_source& source() noexcept { return source_; }
  std::uint64_t requests() const noexcept { return requests_; }

 private:
  struct spare {
    spare* next;
  };
  static void* allocate(void* pool, std::size_t size) noexcept;
  static void release(void* pool, void* memory, std::size_t size) noexcept;

  penstock::block_source source_{allocate, release, this};
  spare* spares_[64] = {};
  std::uint64_t requests_ = 0;
};

// Made behind the warm-up and in front of the timed loop; says after it what a unit cost.
class tally {
 public:
  explicit tally(const block_pool* pool = nullptr) noexcept
      : pool_(pool), news_(news()), requests_(pool == nullptr ? 0 : pool->requests()) {}

  // Counters: seconds of CPU a unit, calls of operator new and requests for blocks a unit.
  // `units` and `bytes` are those of one iteration.
  void report(benchmark::State& state, const std::string& unit, std::size_t units, std::size_t bytes) const;

 private:
  const block_pool* pool_;
  std::uint64_t news_;
  std::uint64_t requests_;
};

// The lines of the turns.
inline constexpr std::size_t line_size = 64;
std::string lines(std::size_t count);

void add_line_splitting();
void add_record_splitting();
void add_hard_separators();
void add_byte_by_byte();
void add_writing();
void add_turns();
void add_coroutine_turns(std::size_t count);  // of lines

}  // namespace bench
