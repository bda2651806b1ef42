// SPDX-License-Identifier: BSL-1.0
// Proves that full() follows its marks to the byte: above high it turns true, at or below low
// false, and so again when the marks change. Tables of sizes one by one, and every short walk.
#include <penstock/write_half.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ps = penstock;

namespace {

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

// Brings the half to `n` unsent bytes by one write or one partial send.
void bring_to(ps::write_half& out, std::size_t n) {
  if (n > out.pending()) {
    ASSERT_FALSE(out.write(std::string(n - out.pending(), 'x')));
  } else {
    out.consume(out.pending() - n);
  }
  out.validate();
}

}  // namespace

// R3, R74
TEST(Watermarks, Are64KiBAnd16KiBUnlessToldOtherwise) {
  ps::write_half out;
  bring_to(out, 65536);
  EXPECT_FALSE(out.full());
  bring_to(out, 65537);
  EXPECT_TRUE(out.full());
  bring_to(out, 16385);
  EXPECT_TRUE(out.full());
  bring_to(out, 16384);
  EXPECT_FALSE(out.full());
}

// I-13, R53, R74: each row goes through the sizes in turn and says after which ones full() holds.
TEST(Watermarks, AreFollowedToTheByte) {
  struct step {
    std::size_t pending;
    bool full;
  };
  struct row {
    const char* name;
    std::size_t high;
    std::size_t low;
    std::vector<step> steps;
  };
  const row rows[] = {
      {"above high only", 10, 4, {{9, false}, {10, false}, {11, true}}},
      {"at or below low only", 10, 4, {{11, true}, {10, true}, {5, true}, {4, false}}},
      {"below low", 10, 4, {{11, true}, {3, false}}},
      {"just above low stays", 10, 4, {{11, true}, {5, true}, {6, true}, {4, false}, {5, false}, {10, false}}},
      {"again", 10, 4, {{11, true}, {4, false}, {10, false}, {11, true}, {0, false}}},
      {"low 0: empty", 10, 0, {{11, true}, {1, true}, {0, false}, {10, false}}},
      {"high 0: anything", 0, 0, {{0, false}, {1, true}, {2, true}, {1, true}, {0, false}}},
      {"high = low", 5, 5, {{5, false}, {6, true}, {5, false}, {6, true}, {4, false}}},
      {"far above", 10, 4, {{100, true}, {10, true}, {4, false}}},
      {"no mark", most, 0, {{100'000, false}, {0, false}}},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    ps::write_half out({.high = r.high, .low = r.low});
    EXPECT_FALSE(out.full());
    for (const step& s : r.steps) {
      bring_to(out, s.pending);
      EXPECT_EQ(out.full(), s.full) << "at " << s.pending;
    }
  }
}

// I-13, R120: in any walk full() turns true only by passing high, and false only by reaching low.
TEST(Watermarks, MakeFullAndNotFullAlternate) {
  constexpr std::size_t high = 4;
  constexpr std::size_t low = 2;
  for (std::size_t first = 0; first <= 6; ++first)
    for (std::size_t second = 0; second <= 6; ++second)
      for (std::size_t third = 0; third <= 6; ++third) {
        ps::write_half out({.high = high, .low = low});
        bool full = false;
        for (const std::size_t pending : {first, second, third}) {
          bring_to(out, pending);
          full = pending > high || (full && pending > low);
          ASSERT_EQ(out.full(), full) << first << ' ' << second << ' ' << third;
        }
      }
}

// R75, R74 (as mended: both marks are looked at again), I-13
TEST(Watermarks, AreLookedAtAgainWhenTheyChange) {
  struct row {
    const char* name;
    std::size_t pending;
    bool was_full;  // by marks that make it so
    ps::write_options limits;
    bool full;
  };
  const row rows[] = {
      {"high falls below", 10, false, {.high = 9, .low = 3}, true},
      {"high falls to it", 10, false, {.high = 10, .low = 3}, false},
      {"low rises to it", 10, true, {.high = 20, .low = 10}, false},
      {"low rises below it", 10, true, {.high = 20, .low = 9}, true},
      {"high rises above it, low does not reach", 10, true, {.high = 100, .low = 3}, true},
      {"stays between", 10, false, {.high = 20, .low = 3}, false},
      {"both at it", 10, true, {.high = 10, .low = 10}, false},
      {"none allowed", 10, false, {.high = 0, .low = 0}, true},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    ps::write_half out(r.was_full ? ps::write_options{.high = 5, .low = 1} : ps::write_options{.high = 50, .low = 1});
    bring_to(out, r.pending);
    ASSERT_EQ(out.full(), r.was_full);
    EXPECT_FALSE(out.set_limits(r.limits));
    EXPECT_EQ(out.full(), r.full);
    out.validate();
    bring_to(out, r.limits.low);
    EXPECT_FALSE(out.full());
    bring_to(out, r.limits.high + 1);
    EXPECT_TRUE(out.full());
  }
}

// R75
TEST(Watermarks, StayWhenNewOnesAreInTheWrongOrder) {
  ps::write_half out({.high = 10, .low = 4, .max_pending = 100});
  bring_to(out, 11);
  EXPECT_EQ(out.set_limits({.high = 4, .low = 5}), ps::errc::bad_option);
  EXPECT_EQ(out.limits().high, 10U);
  EXPECT_EQ(out.limits().low, 4U);
  EXPECT_EQ(out.limits().max_pending, 100U);
  EXPECT_TRUE(out.full());
  EXPECT_EQ(ps::check(ps::write_options{.high = 4, .low = 5}), ps::errc::bad_option);
  EXPECT_FALSE(ps::check(ps::write_options{.high = 4, .low = 4}));
  EXPECT_FALSE(ps::check(ps::write_options{.high = 0, .low = 0, .max_pending = 0}));
}
