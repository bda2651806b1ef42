// SPDX-License-Identifier: BSL-1.0
// The cancel explorer by hand: seeds from 1 on until so many points were visited.
//   penstock_cancel_explorer [points]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <penstock/testing/explorer.hpp>
#include <penstock/testing/memory_ground.hpp>

#include "cuts.hpp"

#include "scenarios.hpp"

int main(int argc, char** argv) {
  const unsigned long long wanted = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  const auto start = std::chrono::steady_clock::now();
  unsigned long long points = 0;
  unsigned long long given_up = 0;
  unsigned long long runs = 0;
  unsigned long long seed = 0;
  while (points < wanted) {
    ++seed;
    for (const penstock::testing::scenario& what : penstock_test::scenarios::all) {
      int number = 0;
      for (const penstock::memory::fault_plan& cut : penstock_test::cuts(seed)) {
        const auto make = [&] { return std::make_unique<penstock::testing::memory_ground>(cut); };
        const auto found = penstock::testing::explore(what, make, {.seed = seed * 1000});
        points += found.points;
        given_up += found.given_up;
        runs += found.runs;
        if (!found.difference.empty()) {
          std::printf("seed %llu, cut %d: %s\n", seed, number, found.difference.c_str());
          return 1;
        }
        ++number;
      }
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%llu points in %llu runs, %llu waits given up, seeds 1 to %llu: %.1f s, %.0f points a second\n", points,
              runs, given_up, seed, took.count(), static_cast<double>(points) / took.count());
  return 0;
}
