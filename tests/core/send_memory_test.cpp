// SPDX-License-Identifier: BSL-1.0
// Proves that a queue at rest holds at most twice its unsent bytes and 4 KiB, whatever was written
// and whatever has left, and that shrinking costs a bounded number of copies a byte.
#include <penstock/send_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/counting_blocks.hpp"

namespace ps = penstock;
using penstock_test::counting_blocks;

namespace {

const std::string source_text = [] {
  std::string bytes(200'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>('a' + (i * 31 + i / 26) % 26);
  return bytes;
}();

// A queue, all that was written to it and the books of its memory.
class model {
 public:
  void copied(std::size_t n) {
    const std::string_view bytes = next(n);
    ASSERT_TRUE(queue_.append(std::span(&bytes, 1), n));
  }
  void owned(std::size_t n) {
    ps::owned_bytes bytes{std::string(next(n))};
    ASSERT_TRUE(queue_.append(bytes));
  }
  void leave(std::size_t n) {
    n = std::min(n, queue_.pending());
    queue_.consume(n);
    left_ += n;
  }
  void leave_all_but(std::size_t n) { leave(queue_.pending() - std::min(n, queue_.pending())); }

  // I-11: after settle the memory held, headers included, is bounded by what is unsent.
  void rest() {
    queue_.settle();
    ASSERT_EQ(queue_.capacity(), books_.live_bytes());
    if (queue_.pending() == 0) {
      ASSERT_EQ(queue_.capacity(), 0U);
    } else {
      ASSERT_LE(queue_.capacity(), 2 * queue_.pending() + 4096) << queue_.pending() << " unsent bytes";
    }
  }
  void compare() {
    queue_.validate();
    std::vector<std::string_view> views(queue_.pending());
    views.resize(queue_.gather(views));
    std::string seen;
    for (const std::string_view view : views) seen += view;
    ASSERT_EQ(queue_.pending(), written_ - left_);
    ASSERT_TRUE(seen == std::string_view(expected_).substr(left_));
  }
  // I-16: at most 4 bytes moved for each that was written or has left.
  void expect_linear() { EXPECT_LE(queue_.moved(), 4 * (written_ + left_)); }

  const ps::send_queue& queue() const { return queue_; }

 private:
  std::string_view next(std::size_t n) {
    const std::string_view bytes = std::string_view(source_text).substr(written_ % 1000, n);
    expected_ += bytes;
    written_ += n;
    return bytes;
  }

  counting_blocks books_;
  ps::send_queue queue_{books_};
  std::string expected_;
  std::size_t written_ = 0;
  std::size_t left_ = 0;
};

}  // namespace

TEST(SendMemory, IsBoundedAfterOneWriteOfAnySizeAndAnyPartOfItSent) {
  for (const std::size_t size :
       {1U, 2U, 255U, 256U, 257U, 1000U, 4047U, 4048U, 4049U, 5000U, 16384U, 65536U, 150'000U}) {
    for (const std::size_t kept : {1U, 100U, 1023U, 1024U, 1025U, 4000U, 20'000U}) {
      if (kept > size) continue;
      SCOPED_TRACE(testing::Message() << size << " written, " << kept << " kept");
      model m;
      m.copied(size);
      m.rest();
      m.leave_all_but(kept);
      m.rest();
      m.compare();
      m.leave_all_but(0);
      m.rest();
    }
  }
}

TEST(SendMemory, IsNoneOnceEverythingHasLeft) {
  model m;
  m.copied(100'000);
  m.owned(50'000);
  m.copied(3);
  m.leave_all_but(0);
  EXPECT_EQ(m.queue().capacity(), 0U) << "not even before the turn ends";
  m.rest();
}

TEST(SendMemory, IsBoundedForSmallWritesBetweenOwnedBuffers) {
  model m;
  for (int i = 0; i < 40; ++i) {
    m.copied(1);
    m.owned(1024);
  }
  m.rest();
  m.compare();
}

TEST(SendMemory, IsBoundedForSmallWritesBetweenOwnedBuffersInTurnsOfTheirOwn) {
  model m;
  for (int i = 0; i < 40; ++i) {
    m.copied(1);
    m.rest();
    m.owned(1024);
    m.rest();
  }
  m.compare();
}

TEST(SendMemory, IsBoundedWhenHeadAndTailAreBothHalfEmpty) {
  // The head as wide as it may stay, the tail as empty as it may stay, at every pair of margins.
  for (std::size_t before_tail = 1900; before_tail <= 2300; before_tail += 7) {
    for (std::size_t head = 900; head <= 1100; head += 3) {
      model m;
      m.copied(ps::send_queue::first_block);
      m.leave_all_but(before_tail);
      m.copied(1);
      m.leave_all_but(head + 1);
      m.rest();
      if (testing::Test::HasFatalFailure()) FAIL() << before_tail << " before the tail, " << head << " in the head";
    }
  }
}

TEST(SendMemory, ShrinksWithoutMovingAByteOften) {
  struct row {
    const char* name;
    std::size_t write;
    std::size_t leave;
  };
  for (const row& r :
       {row{"one byte at a time", 1, 1}, row{"small in, smaller out", 100, 90}, row{"pages in, bytes out", 4096, 100},
        row{"large in, small out", 50'000, 999}, row{"as much out as in", 5000, 5000}}) {
    SCOPED_TRACE(r.name);
    model m;
    for (int turn = 0; turn < 100; ++turn) {
      m.copied(r.write);
      m.rest();
      for (int part = 0; part < 4; ++part) {
        m.leave(r.leave);
        m.rest();
      }
    }
    while (m.queue().pending() != 0) {
      m.leave(10 * r.leave);
      m.rest();
    }
    m.expect_linear();
  }
}

TEST(SendMemory, KeepsItsPromisesInRandomScripts) {
  constexpr std::array<std::size_t, 12> sizes{1, 2, 10, 100, 255, 257, 1000, 1023, 1024, 1500, 5000, 20'000};
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const std::size_t largest = 1 + below(sizes.size());
    model m;
    for (int step = 0; step < 200; ++step) {
      switch (below(6)) {
        case 0:
        case 1: m.copied(sizes[below(largest)]); break;
        case 2: m.owned(sizes[below(largest)]); break;
        case 3: m.leave(sizes[below(largest)] * 2); break;
        case 4: m.leave(below(m.queue().pending() + 1)); break;
        default: m.rest();
      }
      if (testing::Test::HasFatalFailure()) FAIL() << "at step " << step;
    }
    m.compare();
    m.rest();
    m.expect_linear();
    if (testing::Test::HasFailure()) return;
  }
}

// I-11: owned bytes end the block behind which they come: what is copied between them takes no room for more of it.
// Also within a turn.
TEST(SendMemory, SmallCopiesBetweenOwnedBytesTakeLittle) {
  for (const std::size_t copied : {1U, 20U, 200U, 1000U}) {
    counting_blocks books;
    ps::send_queue queue(books);
    const std::string header(copied, 'h');
    for (int i = 0; i != 1000; ++i) {
      ASSERT_TRUE(queue.append(std::string_view(header)));
      ps::owned_bytes body{std::string(1024, 'b')};
      ASSERT_TRUE(queue.append(body));
      ASSERT_LE(queue.capacity(), 2 * queue.pending() + 4096) << i;
    }
  }
}
