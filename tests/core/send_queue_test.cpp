// SPDX-License-Identifier: BSL-1.0
// Proves that unsent bytes keep their order and come out whole, that they hold no more memory than
// they need, and that keeping that promise moves few of them: tables of directed cases, and long
// random scripts compared with a string.
#include <penstock/send_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
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

// A buffer of the user's own with a count of its releases.
struct counted {
  std::string bytes;
  int releases = 0;
  ps::owned_bytes own() {
    return {bytes, [](void* context) noexcept { ++static_cast<counted*>(context)->releases; }, this};
  }
};

bool append(ps::send_queue& queue, std::string_view bytes) { return queue.append(std::span(&bytes, 1), bytes.size()); }

bool append_owned(ps::send_queue& queue, std::string bytes) {
  ps::owned_bytes owned(std::move(bytes));
  return queue.append(owned);
}

std::vector<std::string_view> segments(const ps::send_queue& queue) {
  std::vector<std::string_view> views(4096);
  views.resize(queue.gather(views));
  return views;
}

std::string content(const ps::send_queue& queue) {
  std::string all;
  for (const std::string_view view : segments(queue)) all += view;
  return all;
}

std::string text(std::size_t n, std::size_t seed = 0) {
  std::string bytes(n, '\0');
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + seed) % 26);
  return bytes;
}

}  // namespace

// R71: small writes coalesce.
TEST(SendQueue, JoinsCopiedBytesInOneSegment) {
  counting_blocks books;
  ps::send_queue queue(books);
  std::string expected;
  for (std::size_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(append(queue, text(20, i)));
    expected += text(20, i);
  }
  EXPECT_EQ(segments(queue).size(), 1U);
  EXPECT_EQ(content(queue), expected);
  EXPECT_EQ(books.asked(), 1U);
  EXPECT_LE(books.live_bytes(), 4096U);
}

TEST(SendQueue, FillsABlockToItsEndBeforeItTakesAnother) {
  counting_blocks books;
  ps::send_queue queue(books);
  const std::string most = text(ps::send_queue::first_block - 3);
  ASSERT_TRUE(append(queue, most));
  ASSERT_TRUE(append(queue, "0123456789"));
  const std::vector<std::string_view> views = segments(queue);
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0], most + "012");
  EXPECT_EQ(views[1], "3456789");
  queue.validate();
}

TEST(SendQueue, SplitsPartsAtTheEndOfABlock) {
  const std::array<std::string_view, 5> parts{"ab", "", "cdef", "g", "hij"};
  for (std::size_t room = 0; room <= 12; ++room) {
    SCOPED_TRACE(room);
    ps::send_queue queue(ps::default_blocks());
    const std::string most = text(ps::send_queue::first_block - room);
    ASSERT_TRUE(append(queue, most));
    ASSERT_TRUE(queue.append(parts, 10));
    EXPECT_EQ(content(queue), most + "abcdefghij");
    EXPECT_EQ(queue.pending(), most.size() + 10);
    queue.validate();
  }
}

TEST(SendQueue, KeepsJoiningAfterItShrank) {
  counting_blocks books;
  ps::send_queue queue(books);
  ASSERT_TRUE(append(queue, text(9000)));
  queue.consume(8000);
  queue.settle();
  EXPECT_LE(books.live_bytes(), 2 * 1000U + 4096U);
  ASSERT_TRUE(append(queue, text(200)));
  EXPECT_EQ(segments(queue).size(), 1U);
  EXPECT_EQ(content(queue), text(9000).substr(8000) + text(200));
}

// R73: a part of no bytes leaves no segment behind that would never be sent.
TEST(SendQueue, KeepsNothingOfEmptyParts) {
  counting_blocks books;
  ps::send_queue queue(books);
  const std::array<std::string_view, 3> parts{"", {}, ""};
  EXPECT_TRUE(queue.append(parts, 0));
  EXPECT_TRUE(append(queue, ""));
  EXPECT_TRUE(append_owned(queue, ""));
  EXPECT_EQ(queue.pending(), 0U);
  EXPECT_TRUE(segments(queue).empty());
  EXPECT_EQ(books.asked(), 0U);
}

TEST(SendQueue, CopiesSmallOwnedBytesAndGivesThemBackAtOnce) {
  ps::send_queue queue(ps::default_blocks());
  ASSERT_TRUE(append(queue, "<"));
  counted small{text(ps::send_queue::worth_owning - 1)};
  ps::owned_bytes owned = small.own();
  ASSERT_TRUE(queue.append(owned));
  EXPECT_EQ(small.releases, 1);
  EXPECT_EQ(segments(queue).size(), 1U);
  EXPECT_EQ(content(queue), "<" + small.bytes);
}

// R71: large ones are kept by reference.
TEST(SendQueue, KeepsLargeOwnedBytesWhereTheyAreUntilTheyHaveLeft) {
  ps::send_queue queue(ps::default_blocks());
  ASSERT_TRUE(append(queue, "<"));
  counted large{text(ps::send_queue::worth_owning)};
  ps::owned_bytes owned = large.own();
  ASSERT_TRUE(queue.append(owned));
  ASSERT_TRUE(append(queue, ">"));
  EXPECT_EQ(queue.moved(), 2U);

  const std::vector<std::string_view> views = segments(queue);
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[1].data(), large.bytes.data());
  EXPECT_EQ(content(queue), "<" + large.bytes + ">");

  queue.consume(large.bytes.size());
  EXPECT_EQ(large.releases, 0) << "its last byte has not left";
  queue.consume(1);
  EXPECT_EQ(large.releases, 1);
  EXPECT_EQ(content(queue), ">");
}

TEST(SendQueue, GivesOwnedBytesBackOnceWhenClearedOrDestroyed) {
  counted large{text(5000)};
  {
    ps::send_queue queue(ps::default_blocks());
    ps::owned_bytes first = large.own();
    ASSERT_TRUE(queue.append(first));
    queue.consume(4999);
    queue.clear();
    EXPECT_EQ(large.releases, 1);
    EXPECT_EQ(queue.pending(), 0U);
    ps::owned_bytes second = large.own();
    ASSERT_TRUE(queue.append(second));
    EXPECT_EQ(large.releases, 1);
  }
  EXPECT_EQ(large.releases, 2);
}

// R10: as many views as there is room for, the first ones first.
TEST(SendQueue, GathersAsManySegmentsAsFit) {
  ps::send_queue queue(ps::default_blocks());
  std::string expected;
  for (std::size_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(append_owned(queue, text(1024, i)));
    expected += text(1024, i);
  }
  std::array<std::string_view, 200> views;
  for (const std::size_t room : {0U, 1U, 2U, 63U, 64U, 65U, 99U, 100U, 101U, 200U}) {
    SCOPED_TRACE(room);
    const std::size_t count = queue.gather(std::span(views).first(room));
    EXPECT_EQ(count, std::min<std::size_t>(room, 100));
    std::string seen;
    for (const std::string_view view : std::span(views).first(count)) seen += view;
    EXPECT_EQ(seen, expected.substr(0, 1024 * count));
  }
}

// I-3: at every split of what leaves.
TEST(SendQueue, LosesNothingAtAnySplitAcrossItsSegments) {
  std::string all = "head" + text(1030) + "middle" + text(1025, 5) + "tail";
  for (std::size_t split = 0; split <= all.size(); ++split) {
    ps::send_queue queue(ps::default_blocks());
    ASSERT_TRUE(append(queue, "head") && append_owned(queue, text(1030)) && append(queue, "middle") &&
                append_owned(queue, text(1025, 5)) && append(queue, "tail"));
    queue.consume(split);
    ASSERT_EQ(content(queue), all.substr(split)) << split;
    queue.settle();
    ASSERT_EQ(content(queue), all.substr(split)) << split;
    ASSERT_TRUE(append(queue, "+"));
    ASSERT_EQ(content(queue), all.substr(split) + "+") << split;
    queue.validate();
  }
}

// I-30: all or, without memory, none.
TEST(SendQueue, IsUnchangedWhenMemoryCannotBeHad) {
  counting_blocks books;
  ps::send_queue queue(books);
  const std::size_t room = ps::send_queue::first_block - 4000;
  ASSERT_TRUE(append(queue, text(4000)));
  books.fail_from(0);
  EXPECT_FALSE(append(queue, text(100, 3))) << room << " bytes would fit, none may be taken";
  counted large{text(2000)};
  ps::owned_bytes owned = large.own();
  EXPECT_FALSE(queue.append(owned));
  EXPECT_EQ(owned.view(), large.bytes);
  EXPECT_EQ(large.releases, 0);
  EXPECT_EQ(content(queue), text(4000));
  EXPECT_TRUE(append(queue, text(room, 3))) << "what fits needs no memory";
  EXPECT_EQ(content(queue), text(4000) + text(room, 3));
  queue.consume(4000);
  queue.settle();
  EXPECT_EQ(content(queue), text(room, 3)) << "settling needs memory only to hold less of it";
  queue.validate();
}

// I-31: sizes that no memory can have are refused before any sum of them wraps.
TEST(SendQueue, RefusesSizesThatNoMemoryCanHave) {
  counting_blocks books;
  ps::send_queue queue(books);
  for (const std::size_t size : {~std::size_t{0}, ~std::size_t{0} - 1, ~std::size_t{0} / 2, ~std::size_t{0} / 2 + 1}) {
    const std::string_view absurd("x", size);
    EXPECT_FALSE(queue.append(std::span(&absurd, 1), size)) << size;
  }
  EXPECT_EQ(queue.pending(), 0U);
  EXPECT_EQ(books.asked(), 0U);
}

// What is written within the room is counted as any other bytes, and every change but that closes it.
TEST(SendQueue, TakesShortBytesIntoTheRoomThatIsOpen) {
  ps::send_queue queue(ps::default_blocks());
  EXPECT_FALSE(queue.append_in_room("a")) << "an empty queue has none";
  queue.open_room(100);
  EXPECT_FALSE(queue.append_in_room("a")) << "nor can any be opened there";
  std::string all = text(10);
  ASSERT_TRUE(queue.append(all));
  queue.open_room(150);
  EXPECT_EQ(queue.pending(), 10U);
  std::size_t left = 150;
  for (const std::size_t size : {1U, 15U, 16U, 17U, 32U, 33U, 36U}) {  // 150 bytes
    EXPECT_FALSE(queue.append_in_room(text(left + 1)));
    EXPECT_FALSE(queue.append_in_room({}));
    ASSERT_TRUE(queue.append_in_room(text(size, left)));
    all += text(size, left);
    left -= size;
    EXPECT_EQ(queue.pending(), all.size());
    EXPECT_EQ(queue.moved(), all.size());
    EXPECT_EQ(content(queue), all);
    queue.validate();
  }
  EXPECT_FALSE(queue.append_in_room("a"));
  for (const std::size_t size : {48U, 63U, 64U, 65U, 1000U}) {
    queue.open_room(size);
    ASSERT_TRUE(queue.append_in_room(text(size, size)));
    all += text(size, size);
    EXPECT_EQ(content(queue), all);
  }

  const auto closes = [&](const char* what, auto change) {
    queue.open_room(100);
    ASSERT_TRUE(queue.append_in_room("b")) << what;
    all += "b";
    change();
    EXPECT_FALSE(queue.append_in_room("c")) << what;
    EXPECT_EQ(queue.pending(), all.size()) << what;
    EXPECT_EQ(content(queue), all) << what;
    queue.validate();
  };
  closes("an append", [&] {
    ASSERT_TRUE(append(queue, "d"));
    all += "d";
  });
  closes("an owned one", [&] {
    ASSERT_TRUE(append_owned(queue, text(1024)));
    all += text(1024);
  });
  queue.open_room(100);
  EXPECT_FALSE(queue.append_in_room("c")) << "nothing is copied behind owned bytes";
  ASSERT_TRUE(append(queue, "e"));
  all += "e";
  closes("sending", [&] {
    queue.consume(3);
    all.erase(0, 3);
  });
  closes("settling", [&] { queue.settle(); });
  closes("closing it", [&] { queue.close_room(); });
  queue.open_room(100);
  queue.clear();
  EXPECT_EQ(queue.pending(), 0U);
  EXPECT_FALSE(queue.append_in_room("c"));
}
