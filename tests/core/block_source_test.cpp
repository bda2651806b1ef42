// SPDX-License-Identifier: BSL-1.0
// Proves that memory comes from the source that a half was given and goes back to it with the size
// that was asked for, that none is held at rest, and that poisoned bytes are out of bounds.
#include <penstock/block_source.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>

#include "support/counting_blocks.hpp"
#include "support/sanitized.hpp"

namespace ps = penstock;
using penstock_test::counting_blocks;
using penstock_test::under_asan;

namespace {

bool poisoned(const char* byte) { return under_asan() && __asan_address_is_poisoned(byte) != 0; }

}  // namespace

TEST(BlockSource, PassesItsContextAndTheSizeBothWays) {
  struct seen {
    std::size_t asked = 0;
    std::size_t returned = 0;
    char memory[64] = {};
  } context;
  ps::block_source source(
      [](void* c, std::size_t size) noexcept -> void* {
        static_cast<seen*>(c)->asked = size;
        return static_cast<seen*>(c)->memory;
      },
      [](void* c, void* memory, std::size_t size) noexcept {
        EXPECT_EQ(memory, static_cast<seen*>(c)->memory);
        static_cast<seen*>(c)->returned = size;
      },
      &context);
  void* const block = source.allocate(48);
  EXPECT_EQ(block, context.memory);
  source.release(block, 48);
  EXPECT_EQ(context.asked, 48U);
  EXPECT_EQ(context.returned, 48U);
}

TEST(BlockSource, HasAnEmptyBlockThatLeadsBackToIt) {
  counting_blocks books;
  ps::block_source& source = books;
  EXPECT_EQ(source.empty()->source, &source);
  EXPECT_EQ(source.empty()->capacity, 0U);
}

TEST(DefaultBlocks, AreOneSourceOfAlignedMemory) {
  ps::block_source& source = ps::default_blocks();
  EXPECT_EQ(&source, &ps::default_blocks());
  void* const block = source.allocate(100);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
  source.release(block, 100);
}

// I-31: a size that cannot be had is an answer, not a crash. Not under the sanitizer, whose
// operator new aborts by default.
TEST(DefaultBlocks, AnswerNullForWhatCannotBeHad) {
  constexpr std::size_t absurd = std::numeric_limits<std::size_t>::max() - 64;  // half of 32 bits can be had
  if (under_asan()) GTEST_SKIP() << "the sanitizer's operator new ends the process instead";
  EXPECT_EQ(ps::default_blocks().allocate(absurd), nullptr);
}

// I-11: an idle connection holds no memory.
TEST(AConnection, HoldsNoMemoryBeforeItsFirstByteNorAfterItsLast) {
  counting_blocks books;
  {
    ps::connection stream({}, {}, books);
    EXPECT_EQ(books.asked(), 0U);

    EXPECT_FALSE(stream.write("bytes"));
    std::string arrived = "more";
    stream.lend_input(arrived, 0);
    stream.settle_input();
    EXPECT_EQ(books.live(), 2U);

    stream.consume_output(5);
    stream.in().consume(4);
    stream.settle_input();
    EXPECT_EQ(books.live_bytes(), 0U);
  }
  EXPECT_EQ(books.live(), 0U);
}

TEST(AConnection, GivesAllMemoryBackWhenDestroyed) {
  counting_blocks books;
  {
    ps::connection stream({}, {}, books);
    EXPECT_FALSE(stream.write(std::string(100'000, 'w')));
    stream.in().feed(std::string(100'000, 'r'));
    EXPECT_GE(books.live_bytes(), 200'000U);
  }
  EXPECT_EQ(books.live_bytes(), 0U);
}

TEST(Poison, MakesBytesUnreachableUntilTheyAreAllowedAgain) {
  alignas(8) char memory[64] = {};
  memory[8] = 'a';
  ps::poison(memory + 8, 16);
  EXPECT_EQ(poisoned(memory + 8), under_asan());
  EXPECT_EQ(poisoned(memory + 23), under_asan());
  EXPECT_FALSE(poisoned(memory + 7));
  EXPECT_FALSE(poisoned(memory + 24));
  ps::unpoison(memory + 8, 16);
  EXPECT_FALSE(poisoned(memory + 8));
  EXPECT_EQ(memory[8], 'a');
}

// I-27: a view that outlived its bytes is seen by the sanitizer.
TEST(Poison, CoversWhatHasLeftAQueue) {
  ps::write_half out;
  EXPECT_FALSE(out.write(std::string(64, 'x')));
  std::string_view view;
  ASSERT_EQ(out.gather({&view, 1}), 1U);
  EXPECT_FALSE(poisoned(view.data()));
  out.consume(32);
  EXPECT_EQ(poisoned(view.data()), under_asan());
  EXPECT_FALSE(poisoned(view.data() + 32));
}

TEST(Poison, CoversWhatWasConsumedOfABufferOnceItRests) {
  ps::read_half in;
  in.feed(std::string(64, 'x'));
  const char* const first = in.buffered().data();
  in.consume(32);
  EXPECT_FALSE(poisoned(first)) << "the view just handed out must stay readable";
  in.settle();
  EXPECT_EQ(poisoned(first), under_asan());
}
