// SPDX-License-Identifier: BSL-1.0
// Preloaded into a server: counts what malloc and its kin are asked for, says how often at exit.
// Stands on glibc's own names behind them, so that nothing has to be looked up.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>

// NOLINTBEGIN: glibc's names, and declarations of its header under other ones
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}
// NOLINTEND

namespace {

constinit std::atomic<unsigned long long> calls{0};

void count() noexcept { calls.fetch_add(1, std::memory_order_relaxed); }

__attribute__((destructor)) void report() {
  std::fprintf(stderr, "allocations %llu\n", calls.load(std::memory_order_relaxed));
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}

EXPORTED void* calloc(std::size_t n, std::size_t size) {
  count();
  return __libc_calloc(n, size);
}

EXPORTED void* realloc(void* memory, std::size_t size) {
  count();
  return __libc_realloc(memory, size);
}

EXPORTED void* memalign(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

EXPORTED void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

EXPORTED int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  count();
  void* const made = __libc_memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}
