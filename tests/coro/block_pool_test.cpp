// SPDX-License-Identifier: BSL-1.0
// Proves that blocks are recycled by size class within bounds, that the pool lives as long as
// whoever holds it, and that kept blocks and the ends of lent ones trap.
#include <penstock/coro/block_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/coro/pooling.hpp>
#include <penstock/memory.hpp>

#include "support/sanitized.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

class BlockPool : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!ps::pooling()) GTEST_SKIP() << "pools pass through";
  }
  ~BlockPool() override { pool_.let_go(); }

  char* take(std::size_t size) {
    void* const block = pool_.source().allocate(size);
    EXPECT_NE(block, nullptr);
    std::memset(block, 'x', size);
    return static_cast<char*>(block);
  }
  void give(void* block, std::size_t size) { pool_.source().release(block, size); }

  ps::block_pool& pool_ = ps::block_pool::create();
};

ps::task<> read_exactly(ps::stream_reader& in, std::size_t n, std::size_t* seen) {
  *seen = (co_await in.readexactly(n)).size();
}

}  // namespace

TEST_F(BlockPool, CountsWhatIsOutAndWhatIsKept) {
  char* const a = take(600);
  char* const b = take(1025);
  EXPECT_EQ(pool_.in_use(), 1625U);
  EXPECT_EQ(pool_.kept(), 0U);
  give(a, 600);
  EXPECT_EQ(pool_.in_use(), 1025U);
  EXPECT_EQ(pool_.kept(), 1024U);  // the whole class
  give(b, 1025);
  EXPECT_EQ(pool_.in_use(), 0U);
  EXPECT_EQ(pool_.kept(), 3072U);
}

TEST_F(BlockPool, UsesABlockAgainWithinItsClassOnly) {
  char* const a = take(513);
  give(a, 513);
  char* const smaller = take(512);
  EXPECT_NE(smaller, a);
  char* const b = take(1024);
  EXPECT_EQ(b, a);
  give(smaller, 512);
  give(b, 1024);
}

TEST_F(BlockPool, KeepsAtMostSoMuchOfAClass) {
  for (std::size_t size = 512; size <= 256 * 1024; size *= 2) {
    SCOPED_TRACE(size);
    const std::size_t before = pool_.kept();
    std::vector<char*> blocks;
    for (std::size_t out = 0; out <= 300 * 1024 + size; out += size) blocks.push_back(take(size));
    for (char* const block : blocks) give(block, size);
    EXPECT_EQ(pool_.kept() - before, 256U * 1024);
    EXPECT_EQ(pool_.in_use(), 0U);
  }
}

TEST_F(BlockPool, KeepsNoLargeBlocks) {
  char* const large = take(256 * 1024 + 1);
  EXPECT_EQ(pool_.in_use(), 256U * 1024 + 1);
  give(large, 256 * 1024 + 1);
  EXPECT_EQ(pool_.kept(), 0U);
}

TEST_F(BlockPool, AnswersNullWhereNoMemoryIs) {
  if (under_asan()) GTEST_SKIP() << "the sanitizer ends the program instead";
  EXPECT_EQ(pool_.source().allocate(~std::size_t{0} / 2 + 1), nullptr);
  EXPECT_EQ(pool_.in_use(), 0U);
}

TEST_F(BlockPool, EverySizeIsWritableAndComesBack) {
  for (std::size_t size = 1; size < 300'000; size += 1 + size / 7) {
    char* const a = take(size);
    char* const b = take(size);
    give(a, size);
    char* const c = take(std::max<std::size_t>(size / 2 + 1, 1));
    give(c, std::max<std::size_t>(size / 2 + 1, 1));
    give(b, size);
  }
  EXPECT_EQ(pool_.in_use(), 0U);
}

TEST_F(BlockPool, LivesAsLongAsOneHoldsIt) {
  char* const block = take(700);
  pool_.hold();
  pool_.let_go();
  give(block, 700);
  EXPECT_EQ(pool_.kept(), 1024U);
}

// What is unread in a stream whose loop is gone is still memory of the loop's pool.
TEST(BlockPoolOfALoop, LivesAsLongAsItsStreams) {
  std::optional<ps::memory::duplex_pair> pair;
  {
    ps::memory::event_loop loop;
    pair.emplace(ps::memory::duplex(loop));
    EXPECT_FALSE(pair->second.out.write(std::string(10'000, 'x')));
    loop.run();
    EXPECT_EQ(pair->first.in.peek().size(), 10'000U);
    EXPECT_GE(loop.blocks().in_use(), 10'000U);
  }
  EXPECT_EQ(pair->first.in.peek(), std::string(10'000, 'x'));
}

// I-11: a loop at rest whose streams hold nothing has no block out.
TEST(BlockPoolOfALoop, IsWholeAgainAtRest) {
  ps::memory::event_loop loop;
  auto [mine, other] = ps::memory::duplex(loop, {.to_second = {.capacity = 1000}});
  EXPECT_FALSE(mine.out.write(std::string(100'000, 'x')));
  for (int round = 0; round != 3; ++round) loop.step();
  EXPECT_NE(loop.blocks().in_use(), 0U);
  std::size_t seen = 0;
  ps::spawn(loop, read_exactly(other.in, 100'000, &seen));
  EXPECT_EQ(loop.run(), "");
  EXPECT_EQ(seen, 100'000U);
  EXPECT_EQ(loop.blocks().in_use(), 0U);
}

TEST_F(BlockPool, ThatEndsWhileABlockIsOutAborts) {
  EXPECT_DEATH(
      {
        ps::block_pool& pool = ps::block_pool::create();
        static_cast<void>(pool.source().allocate(100));
        pool.let_go();
      },
      "in_use_ == 0");
}

TEST_F(BlockPool, KeptBlocksTrap) {
  if (!under_asan()) GTEST_SKIP() << "only AddressSanitizer sees it";
  char* const block = take(1000);
  give(block, 1000);
  volatile char* const behind_its_link = block + sizeof(void*);  // a block's header stands there, never a view
  EXPECT_DEATH(*behind_its_link = 'y', "use-after-poison");
  EXPECT_NE(__asan_address_is_poisoned(block + 1023), 0);
}

TEST_F(BlockPool, TheRestOfAClassTraps) {
  if (!under_asan()) GTEST_SKIP() << "only AddressSanitizer sees it";
  for (const bool used_before : {false, true}) {
    SCOPED_TRACE(used_before);
    char* const block = take(904);
    EXPECT_EQ(__asan_address_is_poisoned(block + 903), 0);
    EXPECT_NE(__asan_address_is_poisoned(block + 904), 0);
    EXPECT_NE(__asan_address_is_poisoned(block + 1023), 0);
    give(block, 904);
  }
}
