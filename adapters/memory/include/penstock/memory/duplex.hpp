// SPDX-License-Identifier: BSL-1.0
// Two connected streams in one loop.
#pragma once

#include <penstock/contract.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/memory/event_loop.hpp>
#include <penstock/memory/fault_plan.hpp>

namespace penstock { inline namespace v0 { namespace memory {

struct duplex_options {
  stream_options first = {};
  stream_options second = {};
  fault_plan to_second = {};  // the way of what the first one sends
  fault_plan to_first = {};
};

using duplex_end = open_streams;

struct duplex_pair {
  duplex_end first;  // "sockname" first, "peername" second
  duplex_end second;
};

// Two connected streams in the loop; each lives as its handles and the loop hold it. Throws std::invalid_argument for
// options out of their range, std::bad_alloc, a filter's std::system_error.
PENSTOCK_API duplex_pair duplex(event_loop& loop, const duplex_options& options = {});

}}}  // namespace penstock::v0::memory
