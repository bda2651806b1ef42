// SPDX-License-Identifier: BSL-1.0
// Proves that under AddressSanitizer reading a dead view dies (I-27): one view of each kind is kept
// past the call that ends it, and read. Recycled or consumed memory would hide that otherwise.
#include <penstock/read_half.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>
#include <penstock/write_half.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/sanitized.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

class DeadViews : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!under_asan()) GTEST_SKIP() << "only AddressSanitizer sees a dead view being read";
  }
};

constexpr const char* caught = "AddressSanitizer: (use-after-poison|heap-use-after-free)";

// Each byte of it, so that whichever is out of bounds is found.
void read(std::string_view view) {
  for (const char& byte : view) static_cast<void>(*static_cast<const volatile char*>(&byte));
}

// Whether reading it would die: the same question without the price of a death.
bool dead(std::string_view view) {
  for (const char& byte : view)
    if (__asan_address_is_poisoned(&byte) != 0) return true;
  return false;
}

// A half with 128 bytes, the first 64 of which have been taken: `taken` and the rest `unread`.
struct half_taken {
  ps::read_half in;
  std::string_view taken;
  std::string_view unread;

  half_taken() {
    in.feed(std::string(128, 'x'));
    taken = in.consume(64);
    unread = in.buffered();
    read(taken);
    read(unread);
  }
};

}  // namespace

// I-27: feed
TEST_F(DeadViews, AfterAFeedThatMoves) {
  half_taken h;
  h.in.feed(std::string(10'000, 'x'));
  EXPECT_DEATH(read(h.unread), caught);
  EXPECT_TRUE(dead(h.taken));
}

// I-27: feed, consumed range
TEST_F(DeadViews, AfterAFeedThatDoesNotMove) {
  half_taken h;
  h.in.feed("x");
  EXPECT_DEATH(read(h.taken), caught);
  read(h.in.buffered());
}

// I-27: prepare
TEST_F(DeadViews, AfterPrepare) {
  half_taken small;
  EXPECT_EQ(small.in.prepare(1).size(), 1U);
  EXPECT_DEATH(read(small.taken), caught);
  read(small.in.buffered());
  half_taken large;
  const std::span<char> free = large.in.prepare(10'000);
  ASSERT_EQ(free.size(), 10'000U);
  std::ranges::fill(free, 'p');
  large.in.commit(free.size());  // it is known how much arrived: what was unread moves to it
  EXPECT_TRUE(dead(large.unread));
}

// I-27: lend moves the rest in front of what is lent, or appends to it
TEST_F(DeadViews, AfterLend) {
  half_taken in_front;
  arena memory;
  memory.lend(in_front.in, std::string(100, 'y'));
  EXPECT_DEATH(read(in_front.unread), caught);
  EXPECT_TRUE(dead(in_front.taken));
  read(in_front.in.buffered());
  memory.settle(in_front.in);
  half_taken appended;
  appended.in.lend(std::string_view("y"));
  EXPECT_TRUE(dead(appended.taken));
}

// I-27: settle, of lent bytes and of a block
TEST_F(DeadViews, AfterSettle) {
  ps::read_half in;
  arena memory;
  memory.lend(in, std::string(128, 'x'));
  const std::string_view taken = in.consume(64);
  const std::string_view unread = in.buffered();
  memory.settle(in);
  EXPECT_DEATH(read(taken), caught);
  EXPECT_TRUE(dead(unread));
  read(in.buffered());

  half_taken h;
  h.in.settle();
  EXPECT_TRUE(dead(h.taken));
  const std::string_view last = h.in.consume(64);
  h.in.settle();
  EXPECT_TRUE(dead(last));
}

// I-27: settle that takes a smaller block
TEST_F(DeadViews, AfterASettleThatShrinks) {
  ps::read_half in;
  in.feed(std::string(100'000, 'x'));
  static_cast<void>(in.consume(99'000));
  const std::string_view unread = in.buffered();
  in.settle();
  EXPECT_DEATH(read(unread), caught);
}

// I-27, R43: unread
TEST_F(DeadViews, AfterUnread) {
  half_taken h;
  h.in.unread(std::string(10'000, 'x'));
  EXPECT_DEATH(read(h.unread), caught);
  EXPECT_TRUE(dead(h.taken));
}

// I-27: an outcome's text is such a view
TEST_F(DeadViews, OfAnOutcome) {
  ps::read_half in;
  in.feed(std::string(63, 'x') + "\nnext");
  ps::readline op;
  const ps::read_outcome out = in.poll(op);
  read(out.text());
  in.feed("y");
  EXPECT_DEATH(read(out.text()), caught);
}

// I-27: the half itself
TEST_F(DeadViews, AfterTheHalfIsGone) {
  std::string_view unread;
  {
    half_taken h;
    unread = h.unread;
  }
  EXPECT_DEATH(read(unread), caught);
}

// I-27: what was prepared and not committed cannot be written to
TEST_F(DeadViews, OfPreparedBytes) {
  ps::read_half in;
  const std::span<char> to = in.prepare(128);
  for (char& byte : to) byte = 'x';
  in.commit(64);
  const std::string_view rest(to.data() + 64, 64);
  EXPECT_DEATH(read(rest), caught);
  EXPECT_DEATH(*static_cast<volatile char*>(&to[64]) = 'y', caught);
  EXPECT_TRUE(dead({in.buffered().data(), 65})) << "nor what lies behind the unread bytes";
}

// I-27: a segment that was gathered, once some of it, or all, has left
TEST_F(DeadViews, OfUnsentSegments) {
  ps::write_half out;
  EXPECT_FALSE(out.write(std::string(128, 'x')));
  std::string_view segment;
  ASSERT_EQ(out.gather(std::span(&segment, 1)), 1U);
  read(segment);
  out.consume(64);
  EXPECT_DEATH(read(segment.substr(0, 64)), caught);
  read(segment.substr(64));
  out.consume(64);
  EXPECT_TRUE(dead(segment.substr(64)));
}

// I-27: settle that moves unsent bytes to a smaller block, and drop
TEST_F(DeadViews, OfSegmentsThatMovedOrWereDropped) {
  ps::write_half out;
  EXPECT_FALSE(out.write(std::string(100'000, 'x')));
  out.consume(99'000);
  std::string_view segment;
  ASSERT_EQ(out.gather(std::span(&segment, 1)), 1U);
  out.settle();
  EXPECT_DEATH(read(segment), caught);
  ASSERT_EQ(out.gather(std::span(&segment, 1)), 1U);
  read(segment);
  out.drop();
  EXPECT_TRUE(dead(segment));
}
