// SPDX-License-Identifier: BSL-1.0
// Two connected streams in one loop.
#pragma once

#include <utility>

#include <penstock/contract.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/memory/event_loop.hpp>
#include <penstock/memory/fault_plan.hpp>

namespace penstock { inline namespace v0 { namespace memory {

struct duplex_options {
  stream_options first = {};
  stream_options second = {};
  fault_plan to_second = {};  // the way of what the first one sends
  fault_plan to_first = {};
};

// No aggregate: g++ 12 moves the members of an aggregate temporary twice inside a co_await expression.
struct duplex_end {
  duplex_end(stream_reader reader, stream_writer writer) noexcept : in(std::move(reader)), out(std::move(writer)) {}
  stream_reader in;
  stream_writer out;
};

struct duplex_pair {
  duplex_end first;  // "sockname" first, "peername" second
  duplex_end second;
};

PENSTOCK_API duplex_pair duplex(event_loop& loop, const duplex_options& options = {});

}}}  // namespace penstock::v0::memory
