// SPDX-License-Identifier: BSL-1.0
// The size stands in front of each block.
#include "support/refusing_heap.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t in_front = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

std::atomic<std::size_t> in_use = 0;

struct plan {
  bool active = false;
  bool all = false;
  bool refused = false;
  std::size_t left = 0;
};
thread_local plan of_this_thread;

bool is_refused() noexcept {
  plan& its = of_this_thread;
  if (!its.active) return false;
  if (its.left != 0) return --its.left, false;
  its.active = its.all;
  return its.refused = true;
}

void* allocate(std::size_t n) noexcept {
  if (is_refused()) return nullptr;
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
// A sanitizer's are its own, and do not come here by themselves.
void* operator new[](std::size_t n) { return operator new(n); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return allocate(n); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete[](void* block, std::size_t) noexcept { release(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { release(block); }

namespace penstock_test {

refusal::refusal(std::size_t n, of which) noexcept { of_this_thread = {true, which == of::all_from_there, false, n}; }
refusal::~refusal() { of_this_thread = {}; }
bool refusal::happened() const noexcept { return of_this_thread.refused; }

std::size_t heap_in_use() noexcept { return in_use; }

}  // namespace penstock_test
