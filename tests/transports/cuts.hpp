// SPDX-License-Identifier: BSL-1.0
// Ways to cut and delay bytes in memory, from whole to single bytes.
#pragma once

#include <array>
#include <cstdint>

#include <penstock/memory/fault_plan.hpp>

namespace penstock_test {

inline std::array<penstock::memory::fault_plan, 5> cuts(std::uint64_t seed) {
  using penstock::duration;
  using penstock::memory::fault_plan;
  return {fault_plan{.seed = seed}, fault_plan{.seed = seed, .capacity = 9, .fragment_min = 1, .fragment_max = 1},
          fault_plan{.seed = seed, .capacity = 16, .fragment_min = 1, .fragment_max = 8},
          fault_plan{.seed = seed,
                     .fragment_min = 1,
                     .fragment_max = 20,
                     .delay_min = duration::nanoseconds(0),
                     .delay_max = duration::nanoseconds(25)},
          fault_plan{.seed = seed,
                     .capacity = 30,
                     .fragment_min = 3,
                     .fragment_max = 12,
                     .delay_min = duration::nanoseconds(4),
                     .delay_max = duration::nanoseconds(6)}};
}

}  // namespace penstock_test
