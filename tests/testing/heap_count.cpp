// SPDX-License-Identifier: BSL-1.0
// Replaces operator new by one that counts: the size stands in front of each block.
#include "heap_count.hpp"

#include <cstdlib>
#include <new>

namespace {

std::size_t in_use = 0;
constexpr std::size_t in_front = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

void* allocate(std::size_t n) noexcept {
  void* const memory = std::malloc(n + in_front);
  if (memory == nullptr) return nullptr;
  in_use += n;
  *static_cast<std::size_t*>(memory) = n;
  return static_cast<char*>(memory) + in_front;
}

void release(void* block) noexcept {
  if (block == nullptr) return;
  void* const memory = static_cast<char*>(block) - in_front;
  in_use -= *static_cast<std::size_t*>(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t n) {
  if (void* const block = allocate(n)) return block;
  throw std::bad_alloc();
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n); }
void operator delete(void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { release(block); }

std::size_t penstock_tests::heap_in_use() { return in_use; }
