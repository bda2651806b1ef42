// SPDX-License-Identifier: BSL-1.0
// Whether memory is kept for the next user of its size: yes, but for tests that hunt stale views.
#pragma once

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

// For the whole process. Off: frames and blocks come from operator new and go back at once, so that
// a sanitizer or valgrind sees each one's end. Changed while no block is out: a pool takes each back as
// it would have given it. What pools keep already stays there.
PENSTOCK_API void set_pooling(bool) noexcept;

namespace detail {

PENSTOCK_API extern bool pooling_is_on;  // read by every thread

}  // namespace detail

inline bool pooling() noexcept { return __atomic_load_n(&detail::pooling_is_on, __ATOMIC_RELAXED); }

}}  // namespace penstock::v0
