// SPDX-License-Identifier: BSL-1.0
// Proves the bound on held memory (I-11) and what keeping it costs (I-16): feeds of single bytes,
// random reads, and the patterns that make a block grow and shrink again as often as possible.
#include <penstock/read_half.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/counting_blocks.hpp"
#include "support/sanitized.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// A half, its memory, and the work that I-16 allows it: 4 a byte in or out, 64 a call.
struct watched {
  counting_blocks blocks;
  ps::read_half in;
  std::uint64_t bytes = 0;
  std::uint64_t calls = 0;

  explicit watched(ps::read_options options = {}) : in(options, blocks) {}

  void feed(std::size_t n) {
    const std::string piece(n, 'x');
    in.feed(piece);
    bytes += n;
    ++calls;
  }
  void take(std::size_t n) {
    EXPECT_EQ(ask(in, ps::readexactly(n)).text.size(), n);
    bytes += n;
    ++calls;
  }
  void settle() {
    in.settle();
    ++calls;
    expect_bounded();
  }
  void expect_bounded() const {
    EXPECT_EQ(in.capacity(), blocks.live_bytes());
    EXPECT_LE(in.capacity(), 2 * in.buffered().size() + 4 * kib);
    if (in.buffered().empty()) {
      EXPECT_EQ(blocks.live(), 0U);
    }
  }
  void expect_linear(const char* pattern) const {
    const ps::work_counters work = in.work();
    std::cout << pattern << ": moved " << work.moved << " for " << bytes << " bytes in and out, " << calls
              << " calls: " << static_cast<double>(work.moved) / static_cast<double>(bytes) << " a byte\n";
    EXPECT_LE(work.examined + work.moved, 4 * bytes + 64 * calls) << pattern;
  }
};

}  // namespace

// I-11, I-16: single bytes, settled after each, up to 20 KB and down again
TEST(HeldMemory, IsBoundedForSingleBytes) {
  watched w;
  for (int i = 0; i < 20'000; ++i) {
    w.feed(1);
    w.settle();
    ASSERT_FALSE(HasFailure());
  }
  for (int i = 0; i < 20'000; ++i) {
    w.take(1);
    w.settle();
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(w.blocks.live(), 0U);
  w.expect_linear("single bytes up and down");
}

// I-01, I-11, I-16: any pattern of feeding, lending, receiving, taking and settling
TEST(HeldMemory, IsBoundedForAnyPattern) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    // Sizes of all magnitudes, so that the small ones are not lost among the large.
    const auto some = [&random](std::size_t most) {
      return std::min<std::size_t>(random() % (std::size_t{1} << random() % 16), most);
    };
    watched w({.limit = 32 * kib});
    arena memory;
    for (int step = 0; step < 400 && !HasFailure(); ++step) {
      const std::size_t buffered = w.in.buffered().size();
      switch (random() % 6) {
        case 0: w.feed(some(64 * kib)); break;
        case 1: {
          const std::size_t n = some(w.in.input_room());
          memory.lend(w.in, std::string(n, 'x'));
          w.bytes += n;
          break;
        }
        case 2: {
          const std::span<char> to = w.in.prepare(some(w.in.input_room()));
          const std::size_t n = some(to.size());
          std::fill_n(to.begin(), n, 'x');
          w.in.commit(n);
          w.bytes += n;
          break;
        }
        case 3: w.take(random() % 4 == 0 ? buffered : some(buffered)); break;
        default: break;
      }
      w.settle();
      memory.shut();
      w.in.validate();
    }
    EXPECT_EQ(w.in.buffered(), std::string(w.in.buffered().size(), 'x'));
  }
}

// I-11: nothing is held once everything has been taken, however much it was
TEST(HeldMemory, IsGivenBackWhenAllIsTaken) {
  watched w;
  for (const std::size_t n : {1U, 255U, 256U, 257U, 4096U, 100'000U, 1'000'000U}) {
    w.feed(n);
    w.settle();
    EXPECT_EQ(w.blocks.live(), 1U);
    w.take(n);
    w.settle();
    EXPECT_EQ(w.blocks.live(), 0U);
  }
}

// I-16: a byte more makes the block grow, a few KiB less make it shrink, and so on
TEST(HeldMemory, CostsLinearWorkWhenItGrowsAndShrinks) {
  watched w;
  w.feed(100 * kib);
  w.settle();
  for (int cycle = 0; cycle < 200; ++cycle) {
    const std::size_t base = w.in.buffered().size();
    w.feed(base / 2 + 1);  // past what a shrunken block holds
    w.settle();
    w.take(2100);  // below half of a doubled one
    w.settle();
    while (w.in.buffered().size() > base) {  // and on down in the steps at which it shrinks again
      w.take(std::min(w.in.buffered().size() - base, w.in.buffered().size() / 4 + 2100));
      w.settle();
    }
  }
  w.expect_linear("grow and shrink");
}

// I-16: a few KiB go and a byte comes, until nothing is left: each shrunken block has room for it
TEST(HeldMemory, CostsLinearWorkWhenItDrainsInSmallSteps) {
  watched w;
  w.feed(1000 * kib);
  while (w.in.buffered().size() > 2100) {
    w.take(2100);
    w.settle();
    w.feed(1);
    w.settle();
  }
  w.expect_linear("drained in small steps");
}

// I-16: the same with steps of random size around the places where blocks change
TEST(HeldMemory, CostsLinearWorkForAnySteps) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    watched w;
    w.feed(64 * kib);
    for (int step = 0; step < 300; ++step) {
      const std::size_t buffered = w.in.buffered().size();
      if (buffered < 8 * kib || (random() % 2 == 0 && buffered < 512 * kib))
        w.feed(std::max<std::size_t>(1, buffered * (random() % 60) / 100));
      else
        w.take(buffered * (random() % 40) / 100);
      w.settle();
    }
    EXPECT_LE(w.in.work().moved, 4 * w.bytes + 64 * w.calls) << "seed " << seed;
  }
}

// I-11, I-16: a transport asks for all the room there is, and the peer sends a byte each turn
TEST(HeldMemory, CostsLinearWorkForATrickle) {
  for (const std::size_t rest : {5 * kib, 20 * kib, 60 * kib}) {
    counting_blocks blocks;
    ps::connection c({}, {}, blocks);
    c.in().feed(std::string(rest, 'x'));
    c.settle_input();
    const std::uint64_t before = c.in().work().moved;
    constexpr std::uint64_t turns = 500;
    for (std::uint64_t turn = 0; turn < turns; ++turn) {
      const std::span<char> to = c.prepare_input(c.input_room());
      ASSERT_FALSE(to.empty());
      to[0] = 'x';
      c.commit_input(1);
      c.settle_input();
      ASSERT_LE(c.in().capacity(), 2 * c.in().buffered().size() + 4 * kib);
    }
    const std::uint64_t moved = c.in().work().moved - before;
    std::cout << "a trickle of " << turns << " bytes behind " << rest << ": moved " << moved << '\n';
    // What is there may move twice, as it does when the block doubles once.
    EXPECT_LE(moved, 2 * (rest + turns) + 4 * turns + 64 * 4 * turns);
  }
}

// I-16: a rest in front of each piece that is lent
TEST(HeldMemory, CostsLinearWorkForARestEveryTurn) {
  for (const std::size_t rest : {10U, 1000U, 4096U, 4097U}) {
    watched w;
    arena memory;
    w.feed(rest);
    w.settle();
    for (int turn = 0; turn < 500; ++turn) {
      memory.lend(w.in, std::string(rest, 'x'));
      w.bytes += rest;
      ++w.calls;
      w.take(rest);
      w.settle();
      memory.shut();
    }
    w.expect_linear("a rest as large as what arrives");
  }
}
