// SPDX-License-Identifier: BSL-1.0
// Plain loops around memchr, memmem and AVX2.
#include "flat.hpp"

#include <benchmark/benchmark.h>

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bench {

std::size_t flat_memchr(std::string_view text, char separator) {
  std::size_t count = 0;
  std::size_t sum = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const void* const found = std::memchr(at, separator, static_cast<std::size_t>(end - at));
    if (found == nullptr) break;
    const char* const behind = static_cast<const char*>(found) + 1;
    sum += static_cast<std::size_t>(behind - at);
    benchmark::DoNotOptimize(sum);
    at = behind;
    ++count;
  }
  return count;
}

std::size_t flat_memmem(std::string_view text, std::string_view separator) {
  std::size_t count = 0;
  std::size_t sum = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const void* const found = ::memmem(at, static_cast<std::size_t>(end - at), separator.data(), separator.size());
    if (found == nullptr) break;
    const char* const behind = static_cast<const char*>(found) + separator.size();
    sum += static_cast<std::size_t>(behind - at);
    benchmark::DoNotOptimize(sum);
    at = behind;
    ++count;
  }
  return count;
}

#if defined(__x86_64__)

bool has_simd() noexcept { return __builtin_cpu_supports("avx2"); }

namespace {

__attribute__((target("avx2"), always_inline)) inline const char* next_match(const char* at, const char* end,
                                                                             const char* separator, std::size_t size,
                                                                             __m256i first, __m256i last) {
  for (; at + 32 + size - 1 <= end; at += 32) {
    const __m256i heads = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i tails = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + size - 1));
    const __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(heads, first), _mm256_cmpeq_epi8(tails, last));
    auto candidates = static_cast<unsigned>(_mm256_movemask_epi8(both));
    for (; candidates != 0; candidates &= candidates - 1) {
      const char* const here = at + __builtin_ctz(candidates);
      if (size == 2 || std::memcmp(here + 1, separator + 1, size - 2) == 0) return here;
    }
  }
  for (; at + size <= end; ++at)
    if (*at == *separator && std::memcmp(at, separator, size) == 0) return at;
  return nullptr;
}

__attribute__((target("avx2"))) std::size_t flat_avx2(std::string_view text, std::string_view separator) {
  const __m256i first = _mm256_set1_epi8(separator.front());
  const __m256i last = _mm256_set1_epi8(separator.back());
  std::size_t count = 0;
  std::size_t sum = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (const char* const found = next_match(at, end, separator.data(), separator.size(), first, last)) {
    const char* const behind = found + separator.size();
    sum += static_cast<std::size_t>(behind - at);
    benchmark::DoNotOptimize(sum);
    at = behind;
    ++count;
  }
  return count;
}

}  // namespace

std::size_t flat_simd(std::string_view text, std::string_view separator) {
  return has_simd() ? flat_avx2(text, separator) : flat_memmem(text, separator);
}

#else

bool has_simd() noexcept { return false; }
std::size_t flat_simd(std::string_view text, std::string_view separator) { return flat_memmem(text, separator); }

#endif

}  // namespace bench
