// SPDX-License-Identifier: BSL-1.0
// The sums of the work ledger.
#include "work_ledger.hpp"

namespace penstock::fuzz {

void work_ledger::begin_search(std::uint64_t from, std::span<const std::string_view> separators) noexcept {
  end_search();
  separators_ = separators;
  covered_ = from;
}

void work_ledger::searched(std::uint64_t from, std::uint64_t to, std::uint64_t available) noexcept {
  const std::uint64_t begin = std::max(from, covered_);
  if (looks_ahead_) to = available;
  if (to > begin) sought_ += to - begin;
  if (available > begin) available_ += available - begin;
  covered_ = std::max(covered_, to);
}

void work_ledger::answered(bool kept) noexcept {
  closed_ += allowed();
  if (kept) covered_ = 0;
  sought_ = 0;
  available_ = 0;
  looks_ahead_ = separators_.size() == 1;
}

void work_ledger::end_search() noexcept {
  closed_ += allowed();
  separators_ = {};
  sought_ = 0;
  available_ = 0;
  covered_ = 0;
  looks_ahead_ = false;
}

std::uint64_t work_ledger::allowed() const noexcept {
  std::uint64_t sum = 0;
  const bool several = separators_.size() > 1;
  const std::uint64_t n = several ? std::min(2 * sought_ + 64, available_) : sought_;
  for (const std::string_view one : separators_) {
    const std::uint64_t k = one.size();
    const std::uint64_t rate = k <= 2 ? 1 : std::min<std::uint64_t>(k - 1, 4);
    sum += rate * n + (k > 4 ? 8 * k : k);
  }
  return sum;
}

}  // namespace penstock::fuzz
