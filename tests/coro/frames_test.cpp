// SPDX-License-Identifier: BSL-1.0
// Proves that coroutine frames are recycled within bounds, find their way back from wherever they
// end, and trap while they are kept.
#include <penstock/coro/frames.hpp>

#include <cstddef>
#include <cstring>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/coro/pooling.hpp>
#include <penstock/memory.hpp>

#include "support/sanitized.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// A recycler that is this thread's while it lives.
class in_use {
 public:
  in_use() : mine_(*ps::frame_recycler::create()), before_(ps::frame_recycler::use(&mine_)) {}
  in_use(const in_use&) = delete;
  in_use& operator=(const in_use&) = delete;
  ~in_use() {
    ps::frame_recycler::use(before_);
    mine_.retire();
  }
  ps::frame_recycler& recycler() noexcept { return mine_; }

 private:
  ps::frame_recycler& mine_;
  ps::frame_recycler* before_;
};

std::vector<void*> frames(std::size_t count, std::size_t size) {
  std::vector<void*> all;
  for (std::size_t i = 0; i != count; ++i) {
    all.push_back(ps::frame_recycler::allocate(size));
    std::memset(all.back(), 'x', size);
  }
  return all;
}
void release(const std::vector<void*>& all, std::size_t size) {
  for (void* const frame : all) ps::frame_recycler::release(frame, size);
}
std::set<void*> set_of(const std::vector<void*>& all) { return {all.begin(), all.end()}; }

class Frames : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!ps::pooling()) GTEST_SKIP() << "pools pass through";
  }
};

ps::task<int> wait_long(int result) {
  co_await ps::sleep(ps::duration::nanoseconds(1'000'000));
  co_return result;
}
ps::task<> keep_frame(std::optional<ps::task<int>>* to) {
  to->emplace(wait_long(1));
  (*to)->start();
  co_return;
}

}  // namespace

TEST_F(Frames, AreUsedAgainBySize) {
  const in_use here;
  void* const first = ps::frame_recycler::allocate(100);
  ps::frame_recycler::release(first, 100);
  void* const other_size = ps::frame_recycler::allocate(300);
  EXPECT_NE(other_size, first);
  void* const second = ps::frame_recycler::allocate(97);
  EXPECT_EQ(second, first);
  ps::frame_recycler::release(other_size, 300);
  ps::frame_recycler::release(second, 97);
}

TEST_F(Frames, AtMostSixtyFourOfASizeAreKept) {
  in_use here;
  const std::vector<void*> all = frames(100, 200);
  EXPECT_EQ(here.recycler().live(), 100U);
  EXPECT_EQ(set_of(all).size(), 100U);
  release(all, 200);
  EXPECT_EQ(here.recycler().live(), 0U);
  // the first 64 that came back are there, those behind them are gone
  const std::vector<void*> again = frames(64, 200);
  EXPECT_EQ(set_of(again), set_of({all.begin(), all.begin() + 64}));
  release(again, 200);
}

TEST_F(Frames, LargeOnesComeFromOperatorNew) {
  in_use here;
  const std::vector<void*> large = frames(1, 3000);
  EXPECT_EQ(here.recycler().live(), 0U);
  release(large, 3000);
  const std::vector<void*> small = frames(1, 2000);
  EXPECT_EQ(here.recycler().live(), 1U);
  release(small, 2000);
}

TEST_F(Frames, EverySizeIsWritableAndComesBack) {
  in_use here;
  for (std::size_t size = 1; size != 2300; ++size) {
    const std::vector<void*> all = frames(3, size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(all[1]) % alignof(std::max_align_t), 0U);
    release(all, size);
    EXPECT_EQ(here.recycler().live(), 0U) << size;
  }
}

TEST(FramesAnywhere, WithoutARecyclerComeFromOperatorNew) {
  ps::frame_recycler* const before = ps::frame_recycler::use(nullptr);
  const std::vector<void*> some = frames(2, 100);
  const in_use here;
  release(some, 100);  // not to the recycler of this moment
  const std::vector<void*> others = frames(2, 100);
  release(others, 100);
  ps::frame_recycler::use(before);
}

TEST(FramesAnywhere, MayOutliveTheirRecycler) {
  std::vector<void*> some;
  {
    const in_use here;
    some = frames(3, 100);
    const std::vector<void*> kept = frames(5, 400);
    release(kept, 400);
  }
  std::memset(some[2], 'y', 100);
  const in_use another;
  release(some, 100);
}

// What their recycler's thread does meanwhile is apart, and so is which is last, the owner or a frame:
// ThreadSanitizer sees it.
TEST(FramesAnywhere, MayComeBackOnAnotherThread) {
  for (int i = 0; i != 100; ++i) {
    std::thread other;
    {
      in_use here;
      const std::vector<void*> all = frames(20, 100);
      other = std::thread([all] { release(all, 100); });
      for (int n = 0; n != 5; ++n) release(frames(3, 100), 100);
    }
    other.join();
  }
}

TEST_F(Frames, ThatComeBackElsewhereCountAsBack) {
  in_use here;
  const std::vector<void*> some = frames(3, 100);
  {
    const in_use another;
    release({some[0]}, 100);
  }
  ps::frame_recycler* const before = ps::frame_recycler::use(nullptr);
  release({some[1]}, 100);
  ps::frame_recycler::use(before);
  EXPECT_EQ(here.recycler().live(), 1U);
  release({some[2]}, 100);
  EXPECT_EQ(here.recycler().live(), 0U);
}

TEST(FramesAnywhere, OfATaskMayOutliveItsLoop) {
  std::optional<ps::task<int>> kept;
  {
    ps::memory::event_loop loop;
    loop.run_until(keep_frame(&kept));
    EXPECT_FALSE(kept->done());
  }
  kept.reset();
}

TEST(FramesAnywhere, OfWaitingTasksEndWithTheirLoop) {
  ps::memory::event_loop loop;
  for (int i = 0; i != 200; ++i) ps::spawn(loop, [](int n) -> ps::task<> { co_await wait_long(n); }(i));
}

TEST_F(Frames, ThatAreKeptTrap) {
  if (!under_asan()) GTEST_SKIP() << "only AddressSanitizer sees it";
  const in_use here;
  char* const frame = static_cast<char*>(ps::frame_recycler::allocate(100));
  frame[0] = 'x';
  frame[99] = 'x';
  ps::frame_recycler::release(frame, 100);
  EXPECT_DEATH(*static_cast<volatile char*>(frame) = 'y', "use-after-poison");
  EXPECT_NE(__asan_address_is_poisoned(frame + 99), 0);
  void* const again = ps::frame_recycler::allocate(100);
  EXPECT_EQ(again, frame);
  EXPECT_EQ(__asan_address_is_poisoned(frame), 0);
  EXPECT_EQ(__asan_address_is_poisoned(frame + 99), 0);
  ps::frame_recycler::release(again, 100);
}

TEST(Pooling, OffNothingIsKept) {
  const bool before = ps::pooling();
  ps::set_pooling(false);
  {
    in_use here;
    const std::vector<void*> some = frames(2, 100);
    EXPECT_EQ(here.recycler().live(), 0U);
    release(some, 100);
  }
  ps::block_pool& pool = ps::block_pool::create();
  void* const block = pool.source().allocate(1000);
  EXPECT_EQ(pool.in_use(), 1000U);
  pool.source().release(block, 1000);
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(pool.kept(), 0U);
  pool.let_go();
  ps::set_pooling(before);
}

TEST(Pooling, TurnedOffFramesThatAreOutGoBackAtOnce) {
  if (!ps::pooling()) GTEST_SKIP() << "pools pass through";
  in_use here;
  const std::vector<void*> some = frames(2, 100);
  ps::set_pooling(false);
  release(some, 100);
  ps::set_pooling(true);
  EXPECT_EQ(here.recycler().live(), 0U);
}
