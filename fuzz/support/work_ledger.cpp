// SPDX-License-Identifier: BSL-1.0
// The sums of the work ledger.
#include "work_ledger.hpp"

namespace penstock::fuzz {

void work_ledger::begin_search(std::uint64_t from, std::span<const std::string_view> separators) noexcept {
  end_search();
  now().separators = separators;
  now().covered = from;
}

void work_ledger::searched(std::uint64_t from, std::uint64_t to, std::uint64_t available) noexcept {
  search& one = now();
  const std::uint64_t begin = std::max(from, one.covered);
  if (one.looks_ahead) to = available;
  if (to > begin) one.sought += to - begin;
  if (available > begin) one.available += available - begin;
  one.covered = std::max(one.covered, to);
}

void work_ledger::answered(bool kept) noexcept {
  search& one = now();
  closed_ += one.allowed();
  if (kept) one.covered = 0;
  one.sought = 0;
  one.available = 0;
  one.looks_ahead = one.separators.size() == 1;
}

void work_ledger::end_search() noexcept {
  closed_ += now().allowed();
  now() = {};
}

std::uint64_t work_ledger::search::allowed() const noexcept {
  std::uint64_t sum = 0;
  const bool several = separators.size() > 1;
  const std::uint64_t n = several ? std::min(2 * sought + 64, available) : sought;
  for (const std::string_view one : separators) {
    const std::uint64_t k = one.size();
    const std::uint64_t rate = k <= 2 ? 1 : std::min<std::uint64_t>(k - 1, 4);
    sum += rate * n + (k > 4 ? 8 * k : k);
  }
  return sum;
}

}  // namespace penstock::fuzz
