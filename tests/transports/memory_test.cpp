// SPDX-License-Identifier: BSL-1.0
// Proves that the memory transport passes every conformance check: as it is, cut into single bytes,
// into pieces, and with delays and little room under way.
#include <cstddef>
#include <memory>

#include <gtest/gtest.h>

#include "conformance.hpp"

namespace {

using penstock::duration;
using penstock::memory::fault_plan;
using penstock::testing::memory_ground;

auto with(const fault_plan& plan, std::size_t many = 1'000'000) {
  return [=] { return std::make_unique<memory_ground>(plan, many); };
}

const bool plain = penstock_test::register_conformance("Memory", with({}));
const bool pieces = penstock_test::register_conformance(
    "MemoryInPieces", with({.seed = 1, .capacity = 5000, .fragment_min = 1, .fragment_max = 3000}));
const bool slow = penstock_test::register_conformance("MemorySlow", with({.seed = 2,
                                                                          .capacity = 20'000,
                                                                          .fragment_min = 100,
                                                                          .fragment_max = 10'000,
                                                                          .delay_min = duration::nanoseconds(10),
                                                                          .delay_max = duration::nanoseconds(2000)}));
const bool bytes = penstock_test::register_conformance(
    "MemoryByteByByte", with({.seed = 3, .capacity = 10, .fragment_min = 1, .fragment_max = 2}, 150'000));

}  // namespace
