// SPDX-License-Identifier: BSL-1.0
// The switch itself.
#include <penstock/coro/pooling.hpp>

namespace penstock { inline namespace v0 {

constinit bool detail::pooling_is_on = true;

void set_pooling(bool wanted) noexcept { __atomic_store_n(&detail::pooling_is_on, wanted, __ATOMIC_RELAXED); }

}}  // namespace penstock::v0
