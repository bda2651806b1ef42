// SPDX-License-Identifier: BSL-1.0
// The free lists behind blocks.
#include <penstock/coro/block_pool.hpp>

#include <bit>
#include <new>
#include <utility>

#include <penstock/coro/pooling.hpp>

namespace penstock { inline namespace v0 {

block_pool::block_pool() noexcept : source_(&allocate, &release, this) {}

block_pool& block_pool::create() { return *new block_pool; }

block_pool::~block_pool() {
  PENSTOCK_EXPECTS(in_use_ == 0);
  for (unsigned which = 0; which != classes; ++which) {
    while (free_[which] != nullptr) {
      unpoison(free_[which], smallest << which);
      ::operator delete(std::exchange(free_[which], free_[which]->next));
    }
  }
}

unsigned block_pool::class_of(std::size_t size) noexcept {
  return size <= smallest ? 0u : static_cast<unsigned>(std::bit_width((size - 1) / smallest));
}

PENSTOCK_HOT void* block_pool::allocate(void* self, std::size_t size) noexcept {
  block_pool& pool = *static_cast<block_pool*>(self);
  const unsigned which = class_of(size);
  void* memory = nullptr;
  if (which >= classes) {
    memory = ::operator new(size, std::nothrow);
  } else if (pool.free_[which] != nullptr) {
    const std::size_t rounded = smallest << which;
    memory = pool.free_[which];
    unpoison(memory, rounded);
    pool.free_[which] = pool.free_[which]->next;
    pool.in_class_[which] -= rounded;
    pool.kept_ -= rounded;
    poison(static_cast<char*>(memory) + size, rounded - size);
  } else {
    const std::size_t rounded = pooling() ? smallest << which : size;
    memory = ::operator new(rounded, std::nothrow);
    if (memory != nullptr) poison(static_cast<char*>(memory) + size, rounded - size);
  }
  if (memory != nullptr) pool.in_use_ += size;
  return memory;
}

PENSTOCK_HOT void block_pool::release(void* self, void* memory, std::size_t size) noexcept {
  block_pool& pool = *static_cast<block_pool*>(self);
  const unsigned which = class_of(size);
  const std::size_t rounded = which < classes ? smallest << which : 0;
  pool.in_use_ -= size;
  if (which >= classes || !pooling() || pool.in_class_[which] + rounded > most_kept) {
    if (which < classes && pooling()) unpoison(memory, rounded);
    return ::operator delete(memory);
  }
  unpoison(memory, sizeof(free_block));
  pool.free_[which] = new (memory) free_block{pool.free_[which]};
  pool.in_class_[which] += rounded;
  pool.kept_ += rounded;
  poison(memory, rounded);
}

}}  // namespace penstock::v0
