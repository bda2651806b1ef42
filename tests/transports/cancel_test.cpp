// SPDX-License-Identifier: BSL-1.0
// Proves that no wait that is given up costs a byte (I-25): every wait of every scenario, by stop, time
// and destruction, over several ways to cut and delay bytes. cancel_explorer.cpp goes on from here.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <penstock/testing/explorer.hpp>
#include <penstock/testing/memory_ground.hpp>

#include <tests/support/sanitized.hpp>

#include "cuts.hpp"

#include "scenarios.hpp"

namespace {

namespace ps = penstock;
using penstock::testing::memory_ground;
namespace scenarios = penstock_test::scenarios;

TEST(CancelExplorer, EveryWaitOfEveryScenario) {
  std::uint64_t points = 0;
  std::uint64_t given_up = 0;
  for (const ps::testing::scenario& what : scenarios::all) {
    for (std::uint64_t seed = 1; seed <= penstock_test::fewer(2); ++seed) {
      for (const ps::memory::fault_plan& cut : penstock_test::cuts(seed)) {
        const auto found = ps::testing::explore(what, [&] { return std::make_unique<memory_ground>(cut); });
        EXPECT_EQ(found.difference, "");
        EXPECT_GT(found.given_up, found.waits) << what.name;
        points += found.points;
        given_up += found.given_up;
      }
    }
  }
  std::printf("%llu points visited, %llu waits given up\n", static_cast<unsigned long long>(points),
              static_cast<unsigned long long>(given_up));
  EXPECT_GT(given_up, penstock_test::fewer(10'000u));
}

// asyncio's read(-1) (R27): what it has collected is its own, and gone with it.
class hoarding_read {
 public:
  explicit hoarding_read(std::size_t n) : n_(n) {}
  bool ready(const ps::read_half& in) const noexcept { return !in.buffered().empty(); }
  ps::read_outcome take(ps::read_half& in) {
    hoard_ += in.consume(std::min(in.buffered().size(), n_ - hoard_.size()));
    return hoard_.size() == n_ ? ps::read_outcome::data(hoard_) : ps::read_outcome::need_more();
  }

 private:
  std::size_t n_;
  std::string hoard_;
};

ps::task<> hoard(ps::testing::persistence& run, ps::testing::ground& g) {
  auto [a, b] = co_await g.connect();
  ps::testing::party writer(run, std::move(a));
  ps::testing::party reader(run, std::move(b));
  writer.write("abcdefgh");
  writer.out().close();
  static_cast<void>(co_await reader.read(hoarding_read(8)));
}

TEST(CancelExplorer, FindsAnOperationThatLosesBytes) {
  const ps::memory::fault_plan single_bytes = {.capacity = 3, .fragment_min = 1, .fragment_max = 1};
  const auto make = [&] { return std::make_unique<memory_ground>(single_bytes); };
  const auto found = ps::testing::explore({"hoard", &hoard}, make);
  EXPECT_NE(found.difference.find("hoard, wait "), std::string::npos) << found.difference;
}

ps::task<> fail_at_once(ps::testing::persistence&, ps::testing::ground&) {
  ps::testing::fail("on purpose");
  co_return;
}

TEST(CancelExplorer, TellsWhatAScenarioItselfFindsWrong) {
  const auto make = [] { return std::make_unique<memory_ground>(); };
  const auto found = ps::testing::explore({"fail_at_once", &fail_at_once}, make);
  EXPECT_NE(found.difference.find("on purpose"), std::string::npos);
}

}  // namespace
