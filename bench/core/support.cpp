// SPDX-License-Identifier: BSL-1.0
// Texts made from a fixed seed, a counting operator new, a pool of blocks.
#include "support.hpp"

#include <bit>
#include <cstdlib>
#include <new>
#include <utility>

namespace {

std::uint64_t new_calls = 0;  // the program has one thread

void* counted(std::size_t size) noexcept {
  ++new_calls;
  return std::malloc(size != 0 ? size : 1);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* const memory = counted(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace bench {

std::uint64_t news() noexcept { return new_calls; }

record_text& records(std::size_t size, std::string_view separator, char fill) {
  static record_text text;
  static std::string made_from;
  const std::string wanted = std::to_string(size) + fill + std::string(separator);
  if (wanted == made_from) return text;
  made_from = wanted;
  text.bytes.clear();
  text.bytes.reserve(text_size + 2 * size + separator.size() + 1);
  text.count = 0;
  std::uint32_t random = 1;
  for (; text.bytes.size() < text_size; ++text.count) {
    random = random * 1664525 + 1013904223;
    const std::size_t n = size - size / 4 + (random >> 8) % (size / 2 + 1);
    text.bytes.append(n > separator.size() ? n - separator.size() : 1, fill);
    text.bytes.append(separator);
  }
  return text;
}

block_pool::~block_pool() {
  for (spare* one : spares_)
    while (one != nullptr) ::operator delete(std::exchange(one, one->next));
}

void* block_pool::allocate(void* pool, std::size_t size) noexcept {
  auto& self = *static_cast<block_pool*>(pool);
  ++self.requests_;
  const auto size_class = static_cast<std::size_t>(std::bit_width(size - 1));
  if (spare* const one = self.spares_[size_class]) {
    self.spares_[size_class] = one->next;
    return one;
  }
  return ::operator new(std::size_t{1} << size_class, std::nothrow);
}

void block_pool::release(void* pool, void* memory, std::size_t size) noexcept {
  spare*& first = static_cast<block_pool*>(pool)->spares_[std::bit_width(size - 1)];
  first = new (memory) spare{first};
}

void tally::report(benchmark::State& state, const std::string& unit, std::size_t units, std::size_t bytes) const {
  using counter = benchmark::Counter;
  const auto each = static_cast<double>(units);
  const double all = each * static_cast<double>(state.iterations());
  const auto since = [](std::uint64_t now, std::uint64_t then) { return static_cast<double>(now - then); };
  // Taken first: a counter is itself allocated.
  const double per_new = since(news(), news_) / all;
  const double per_block = pool_ == nullptr ? 0 : since(pool_->requests(), requests_) / all;
  const auto inverse_rate = counter::kIsIterationInvariantRate | counter::kInvert;
  state.counters["s/" + unit] = counter(each, inverse_rate);
  state.counters["new/" + unit] = per_new;
  state.counters["blocks/" + unit] = per_block;
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

}  // namespace bench
