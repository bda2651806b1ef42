// SPDX-License-Identifier: BSL-1.0
// The cancel explorer: a scenario is run once undisturbed, then again for each of its waits and each
// way to give that wait up, and must read and write the same bytes (I-25).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/testing/ground.hpp>
#include <penstock/testing/persistence.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// Connects parties and lets them talk; throws what it finds wrong itself.
struct scenario {
  std::string_view name;
  task<> (*run)(persistence&, ground&);
};

struct exploration {
  unsigned longest_after = 3;      // each strike comes 0 to so many rounds after its wait began
  std::uint64_t random_runs = 20;  // runs in which one wait in two is given up
  std::uint64_t seed = 1;          // of those
};

struct findings {
  std::uint64_t waits = 0;  // of the undisturbed run
  std::uint64_t runs = 0;
  std::uint64_t points = 0;    // strikes, in all runs
  std::uint64_t given_up = 0;  // waits that ended by one; the others had an answer first
  std::string difference;      // the first one, and how to see it again; then nothing more was run
};

// The ground repeats itself: each one that `make` makes cuts and delays the same way.
PENSTOCK_API findings explore(const scenario& what, const std::function<std::unique_ptr<ground>()>& make,
                              const exploration& how = {});

}}}  // namespace penstock::v0::testing
