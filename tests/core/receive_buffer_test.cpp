// SPDX-License-Identifier: BSL-1.0
// Proves where unread bytes live and what moving them costs: one contiguous range, blocks that
// double and shrink, the bound on held memory, and what a refused block leaves behind.
#include <penstock/receive_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "support/counting_blocks.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

constexpr std::size_t header = sizeof(ps::receive_block);
constexpr std::size_t slack = 4096;

std::string text(std::size_t n) {
  std::string bytes(n, ' ');
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>('a' + i % 23);
  return bytes;
}

// The bound of I-11, as it stands after settle.
void expect_bounded(const ps::receive_buffer& buffer, const counting_blocks& blocks) {
  EXPECT_EQ(buffer.capacity(), blocks.live_bytes());
  EXPECT_LE(buffer.capacity(), 2 * buffer.size() + slack);
  if (buffer.size() == 0) {
    EXPECT_EQ(blocks.live(), 0U);
  }
}

}  // namespace

// I-11: nothing is held before the first byte and after the last one is settled
TEST(ReceiveBuffer, HoldsNothingAtRest) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_EQ(buffer.memo(), nullptr);
  EXPECT_TRUE(buffer.append("abc"));
  EXPECT_EQ(blocks.live(), 1U);
  EXPECT_EQ(buffer.capacity(), ps::receive_buffer::smallest_block + header);
  buffer.consume(3);
  EXPECT_EQ(blocks.live(), 1U) << "only settle gives back";
  EXPECT_TRUE(buffer.settle());
  EXPECT_EQ(blocks.live(), 0U);
  buffer.validate();
}

// I-11: destroying gives back what is unread, too
TEST(ReceiveBuffer, GivesBackWhenDestroyed) {
  counting_blocks blocks;
  {
    ps::receive_buffer buffer(blocks);
    EXPECT_TRUE(buffer.append(text(1000)));
  }
  EXPECT_EQ(blocks.live(), 0U);
  EXPECT_EQ(blocks.live_bytes(), 0U);
}

// I-16, I-19: room is exactly what was asked for, and asking again costs nothing
TEST(ReceiveBuffer, PreparesExactlyWhatWasAskedFor) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  for (const std::size_t n : {1U, 100U, 255U, 256U}) {
    EXPECT_EQ(buffer.prepare(n).size(), n);
    EXPECT_EQ(blocks.asked(), 1U);
  }
  EXPECT_EQ(buffer.prepare(257).size(), 257U);
  EXPECT_EQ(blocks.asked(), 2U);
  EXPECT_TRUE(buffer.prepare(0).empty());
  EXPECT_EQ(buffer.moved(), 0U);
  EXPECT_EQ(buffer.size(), 0U);
}

// I-16: blocks double, so that single bytes cost two moved bytes each at most
TEST(ReceiveBuffer, DoublesItsBlocks) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  constexpr std::size_t n = 100'000;
  for (std::size_t i = 0; i < n; ++i) ASSERT_TRUE(buffer.append("x"));
  EXPECT_EQ(blocks.asked(), 10U) << "256 to 131072";
  EXPECT_LE(buffer.moved(), 2 * n + 65536);
  EXPECT_EQ(buffer.moved(), n + 256 + 512 + 1024 + 2048 + 4096 + 8192 + 16384 + 32768 + 65536);
  EXPECT_EQ(buffer.view(), std::string(n, 'x'));
}

// I-16: where half of a block was consumed, bytes move to its front instead of to a larger one
TEST(ReceiveBuffer, ReusesItsBlock) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece = text(100);
    ASSERT_TRUE(buffer.append(piece));
    expected += piece;
    buffer.consume(90);
    expected.erase(0, 90);
    if (expected.size() > 100) {
      buffer.consume(100);
      expected.erase(0, 100);
    }
    ASSERT_EQ(buffer.view(), expected);
    buffer.validate();
  }
  EXPECT_EQ(blocks.asked(), 1U) << "at most 200 of 256 bytes are in use";
  EXPECT_LE(buffer.moved(), 2U * 1000 * 100);
}

// I-27: consuming moves and gives back nothing, so that what was taken can still be read
TEST(ReceiveBuffer, KeepsConsumedBytesWhereTheyAre) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  EXPECT_TRUE(buffer.append("abcdef"));
  const std::string_view all = buffer.view();
  buffer.consume(6);
  EXPECT_EQ(all, "abcdef");
  EXPECT_EQ(buffer.view().data(), all.data() + 6);
  EXPECT_EQ(blocks.live(), 1U);
}

// I-11: whatever is left after consuming, settle keeps the bound and the bytes
TEST(ReceiveBuffer, KeepsItsBoundWhateverIsLeft) {
  const std::string all = text(100'000);
  for (const std::size_t left :
       {0U, 1U, 255U, 256U, 257U, 2000U, 4096U, 30'000U, 50'000U, 63'487U, 63'488U, 99'999U, 100'000U}) {
    SCOPED_TRACE(left);
    counting_blocks blocks;
    ps::receive_buffer buffer(blocks);
    for (std::size_t at = 0; at < all.size(); at += 1000)
      ASSERT_TRUE(buffer.append(std::string_view(all).substr(at, 1000)));
    buffer.consume(all.size() - left);
    EXPECT_TRUE(buffer.settle());
    EXPECT_EQ(buffer.view(), std::string_view(all).substr(all.size() - left));
    expect_bounded(buffer, blocks);
    buffer.validate();
  }
}

// I-11: also when much was prepared and little came
TEST(ReceiveBuffer, GivesBackWhatWasPreparedInVain) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  const std::span<char> to = buffer.prepare(1 << 20);
  ASSERT_EQ(to.size(), 1U << 20);
  std::copy_n("abc", 3, to.begin());
  buffer.commit(3);
  EXPECT_TRUE(buffer.settle());
  EXPECT_EQ(buffer.view(), "abc");
  EXPECT_EQ(buffer.capacity(), 256U + header);
  expect_bounded(buffer, blocks);
}

// I-11, I-16: lent bytes cost no block while they are lent, and one of their size afterwards
TEST(ReceiveBuffer, NeedsNoBlockForLentBytes) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  std::string memory = text(1000);
  EXPECT_TRUE(buffer.lend(memory.data(), memory.size(), 0));
  EXPECT_EQ(buffer.view().data(), memory.data());
  EXPECT_EQ(blocks.asked(), 0U);
  EXPECT_EQ(buffer.moved(), 0U);
  buffer.consume(300);
  EXPECT_TRUE(buffer.settle());
  EXPECT_EQ(buffer.view(), text(1000).substr(300));
  EXPECT_EQ(buffer.moved(), 700U);
  EXPECT_EQ(buffer.capacity(), 700U + header);
  expect_bounded(buffer, blocks);
}

// I-11, I-16, I-19: a rest at the end of every turn moves twice a turn and costs one block
TEST(ReceiveBuffer, SettlesTheSameRestAgainAndAgain) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  std::string memory(100 + 1000, 'h');
  for (int turn = 0; turn < 1000; ++turn) {
    std::fill(memory.begin() + 100, memory.end(), static_cast<char>('a' + turn % 23));
    ASSERT_TRUE(buffer.lend(memory.data() + 100, 1000, 100));
    buffer.consume(buffer.size() - 90);
    ASSERT_TRUE(buffer.settle());
    ASSERT_EQ(buffer.view(), std::string(90, static_cast<char>('a' + turn % 23)));
    expect_bounded(buffer, blocks);
  }
  EXPECT_LE(buffer.moved(), 2U * 1000 * 90);
  EXPECT_LE(blocks.asked(), 1U);
}

// R43: what was consumed leaves a gap that takes bytes back without a block
TEST(ReceiveBuffer, PutsBackIntoTheGap) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  EXPECT_TRUE(buffer.append("abcdef"));
  buffer.consume(4);
  EXPECT_TRUE(buffer.unread("WXYZ"));
  EXPECT_EQ(buffer.view(), "WXYZef");
  EXPECT_EQ(blocks.asked(), 1U);
  EXPECT_TRUE(buffer.unread("!"));
  EXPECT_EQ(buffer.view(), "!WXYZef");
  EXPECT_EQ(blocks.live(), 1U);
  buffer.validate();
}

// I-16: what a search has ruled out moves with the bytes and ends with the block
TEST(ReceiveBuffer, KeepsTheSearchMemoWithTheBytes) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  EXPECT_TRUE(buffer.append(text(200)));
  ASSERT_NE(buffer.memo(), nullptr);
  EXPECT_EQ(buffer.memo()->key, 0U);
  *buffer.memo() = {7, 200};
  EXPECT_TRUE(buffer.append(text(10'000)));
  EXPECT_EQ(buffer.memo()->key, 7U);
  buffer.consume(10'190);
  EXPECT_TRUE(buffer.settle());
  EXPECT_EQ(buffer.memo()->key, 7U);
  EXPECT_EQ(buffer.memo()->position, 200U);
  buffer.consume(10);
  EXPECT_TRUE(buffer.settle());
  EXPECT_TRUE(buffer.append("x"));
  EXPECT_EQ(buffer.memo()->key, 0U);
}

// I-30: a refused block changes nothing
TEST(ReceiveBuffer, IsAsBeforeWhenABlockIsRefused) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  char memory[64 + 8];
  blocks.fail_from(0);
  EXPECT_FALSE(buffer.append("abc"));
  EXPECT_TRUE(buffer.prepare(10).empty());
  EXPECT_FALSE(buffer.unread("abc"));
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_TRUE(buffer.settle());
  blocks.fail_no_more();
  EXPECT_TRUE(buffer.append(text(250)));
  blocks.fail_from(0);
  EXPECT_FALSE(buffer.append(text(10)));
  EXPECT_TRUE(buffer.prepare(300).empty());
  EXPECT_FALSE(buffer.unread(text(10)));
  std::fill(std::begin(memory), std::end(memory), 'x');
  EXPECT_FALSE(buffer.lend(memory + 64, 8, 64)) << "the rest is larger than what arrives";
  EXPECT_EQ(buffer.view(), text(250));
  EXPECT_TRUE(buffer.append(text(6))) << "what fits the block needs no other";
  EXPECT_EQ(buffer.view(), text(250) + text(6));
  buffer.validate();
}

// I-30: without a smaller block the large one is kept; without any, lent bytes are lost
TEST(ReceiveBuffer, SettlesAsWellAsItCan) {
  counting_blocks blocks;
  ps::receive_buffer buffer(blocks);
  EXPECT_TRUE(buffer.append(text(100'000)));
  buffer.consume(99'990);
  blocks.fail_from(0);
  EXPECT_TRUE(buffer.settle());
  EXPECT_EQ(buffer.view(), text(100'000).substr(99'990));
  blocks.fail_no_more();
  EXPECT_TRUE(buffer.settle());
  expect_bounded(buffer, blocks);
  buffer.consume(10);
  EXPECT_TRUE(buffer.settle());

  const std::string lent = text(10);
  EXPECT_TRUE(buffer.lend(lent.data(), lent.size(), 0));
  blocks.fail_from(0);
  EXPECT_FALSE(buffer.settle());
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_EQ(blocks.live(), 0U);
  buffer.validate();
}
