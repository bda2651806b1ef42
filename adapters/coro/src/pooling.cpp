// SPDX-License-Identifier: BSL-1.0
// The switch itself.
#include <penstock/coro/pooling.hpp>

#include <atomic>

namespace penstock { inline namespace v0 {
namespace {

std::atomic<bool> on = true;

}  // namespace

void set_pooling(bool wanted) noexcept { on.store(wanted, std::memory_order_relaxed); }
PENSTOCK_HOT bool pooling() noexcept { return on.load(std::memory_order_relaxed); }

}}  // namespace penstock::v0
