// SPDX-License-Identifier: BSL-1.0
// The free lists behind blocks.
#include <penstock/coro/block_pool.hpp>

#include <algorithm>
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

std::size_t block_pool::kept() const noexcept {
  std::size_t sum = 0;
  for (const std::size_t bytes : in_class_) sum += bytes;
  return sum;
}

// Under AddressSanitizer only what was asked for can be read, and of a free block only its link.
void* block_pool::lent(void* memory, std::size_t size, std::size_t rounded) noexcept {
  const std::size_t open = std::max(size, sizeof(free_block));
  unpoison(memory, rounded);
  if (open < rounded) poison(static_cast<char*>(memory) + open, rounded - open);
  return memory;
}

void block_pool::close(void* memory, std::size_t rounded) noexcept {
  poison(static_cast<free_block*>(memory) + 1, rounded - sizeof(free_block));
}

// Both call nothing but at their end: most turns take a block and give it back.
PENSTOCK_HOT void* block_pool::allocate(void* self, std::size_t size) noexcept {
  block_pool& pool = *static_cast<block_pool*>(self);
  const unsigned which = class_of(size);
  if (which >= classes || pool.free_[which] == nullptr) return pool.allocate_new(which, size);
  free_block* const block = pool.free_[which];
  const std::size_t rounded = smallest << which;
  pool.free_[which] = block->next;
  pool.in_class_[which] -= rounded;
  pool.in_use_ += size;
  return detail::poisoning() ? lent(block, size, rounded) : block;
}

PENSTOCK_HOT void block_pool::release(void* self, void* memory, std::size_t size) noexcept {
  block_pool& pool = *static_cast<block_pool*>(self);
  const unsigned which = class_of(size);
  pool.in_use_ -= size;
  if (which >= classes || !pooling() || pool.in_class_[which] >= most_kept) return give_back(memory, which);
  const std::size_t rounded = smallest << which;
  pool.in_class_[which] += rounded;
  pool.free_[which] = new (memory) free_block{pool.free_[which]};
  if (detail::poisoning()) close(memory, rounded);
}

void* block_pool::allocate_new(unsigned which, std::size_t size) noexcept {
  const std::size_t rounded = which < classes && pooling() ? smallest << which : size;
  void* const memory = ::operator new(rounded, std::nothrow);
  if (memory == nullptr) return nullptr;
  in_use_ += size;
  return lent(memory, size, rounded);
}

void block_pool::give_back(void* memory, unsigned which) noexcept {
  if (which < classes && pooling()) unpoison(memory, smallest << which);
  ::operator delete(memory);
}

}}  // namespace penstock::v0
