// SPDX-License-Identifier: BSL-1.0
// An operator new that refuses when it is told to, and counts: for programs that link refusing_heap.cpp.
#pragma once

#include <cstddef>

namespace penstock_test {

// From here to its end, in this thread: the n-th allocation is refused, counted from 0, or all from it on.
class refusal {
 public:
  enum class of { one, all_from_there };
  explicit refusal(std::size_t n, of which = of::one) noexcept;
  refusal(const refusal&) = delete;
  refusal& operator=(const refusal&) = delete;
  ~refusal();
  bool happened() const noexcept;
};

// Bytes that operator new has handed out.
std::size_t heap_in_use() noexcept;

}  // namespace penstock_test
