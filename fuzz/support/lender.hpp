// SPDX-License-Identifier: BSL-1.0
// A transport's memory: what is lent lies alone in its own block, so that a sanitizer sees every
// byte read or written beside it and every view that outlives settle().
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "check.hpp"

namespace penstock::fuzz {

class lender {
 public:
  // The bytes with `headroom` writable ones in front.
  std::span<char> place(std::string_view bytes, std::size_t headroom) {
    loan& one = loans_.emplace_back();
    one.memory = std::make_unique<char[]>(headroom + bytes.size());
    std::fill_n(one.memory.get(), headroom, '\xEE');
    const std::span<char> arrived(one.memory.get() + headroom, bytes.size());
    std::ranges::copy(bytes, arrived.begin());
    return arrived;
  }
  // Bytes that must not be written to; `bytes` must outlive the loan.
  std::string_view place(std::string_view bytes) {
    const std::span<char> arrived = place(bytes, 0);
    loans_.back().unchanged = bytes;
    return {arrived.data(), arrived.size()};
  }
  // The turn has ended: the memory is the transport's again.
  void take_back() {
    for (const loan& one : loans_)
      expect_equal("memory lent to be read only", one.unchanged,
                   std::string_view(one.memory.get(), one.unchanged.size()));
    loans_.clear();
  }

 private:
  struct loan {
    std::unique_ptr<char[]> memory;
    std::string_view unchanged;
  };
  std::vector<loan> loans_;
};

}  // namespace penstock::fuzz
