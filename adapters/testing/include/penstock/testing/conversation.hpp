// SPDX-License-Identifier: BSL-1.0
// Two parties that talk as a seed decides, and what each call answered: the same on every transport.
#pragma once

#include <cstdint>
#include <string>

#include <penstock/contract.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/testing/ground.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// One connection of the ground: reads of every kind, reads that are given up, writes, marks, limits,
// pauses, and an end. Answers a line for each call with what it answered, in order, and not when; what
// depends on how bytes were cut is left out. `use` says which ends there may be. Throws failure where
// an answer is not what was written.
PENSTOCK_API task<std::string> converse(ground& g, std::uint64_t seed, abilities use);

}}}  // namespace penstock::v0::testing
