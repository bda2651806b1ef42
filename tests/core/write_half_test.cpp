// SPDX-License-Identifier: BSL-1.0
// Proves the sending half: every byte that was accepted leaves once and in order at every split of
// what leaves, then the FIN, and a drop says what it cost. Its marks and its entries have files of
// their own.
#include <penstock/write_half.hpp>

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/counting_blocks.hpp"
#include "support/printing.hpp"

namespace ps = penstock;
using penstock_test::counting_blocks;

namespace {

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

// What the kernel would see: takes at most `n` bytes of what is gathered in `room` views.
std::string sent(ps::write_half& out, std::size_t n, std::size_t room = ps::write_half::useful_segments) {
  std::vector<std::string_view> views(room);
  views.resize(out.gather(views));
  std::string bytes;
  for (const std::string_view view : views) bytes += view.substr(0, n - bytes.size());
  out.consume(bytes.size());
  out.validate();
  return bytes;
}

}  // namespace

// I-3: the sink sees what was accepted, wherever a send stops and whatever was written in between.
TEST(WriteHalf, SendsWhatWasAcceptedAtEverySplit) {
  const std::string large(1500, 'L');
  const std::string expected = "one" + large + "two,three,four" + "tail";
  for (std::size_t split = 0; split <= expected.size() - 4; ++split) {
    ps::write_half out;
    const std::array<std::string_view, 4> parts{"two,", "", "three,", "four"};
    ASSERT_FALSE(out.write("one"));
    ASSERT_FALSE(out.write(ps::owned_bytes(std::string(large))));
    ASSERT_FALSE(out.writelines(parts));
    std::string seen = sent(out, split);
    ASSERT_EQ(seen.size(), split);
    out.settle();
    ASSERT_FALSE(out.write("tail"));
    while (out.next() == ps::write_step::send) seen += sent(out, most);
    ASSERT_EQ(seen, expected) << split;
  }
}

// I-3, R10: the same for every size of a send and every number of views.
TEST(WriteHalf, SendsWhatWasAcceptedInPiecesOfAnySize) {
  for (const std::size_t room : {1U, 2U, 64U, 100U}) {
    for (const std::size_t piece : {1U, 2U, 7U, 1024U, 1025U, 100'000U}) {
      SCOPED_TRACE(testing::Message() << piece << " bytes from " << room << " views");
      ps::write_half out;
      std::string expected;
      for (int i = 0; i < 5; ++i) {
        const std::string small(static_cast<std::size_t>(10 + i), static_cast<char>('a' + i));
        const std::string large(static_cast<std::size_t>(1024 + i), static_cast<char>('A' + i));
        ASSERT_FALSE(out.write(small));
        ASSERT_FALSE(out.write(ps::owned_bytes(std::string(large))));
        expected += small + large;
      }
      std::string seen;
      while (out.next() == ps::write_step::send) seen += sent(out, piece, room);
      EXPECT_EQ(seen, expected);
      EXPECT_EQ(out.pending(), 0U);
    }
  }
}

// I-27: gathered views live until the next consume, settle or close: an application may write while
// a transport's send is under way.
TEST(WriteHalf, KeepsGatheredViewsAliveWhileMoreIsWritten) {
  for (const std::size_t before : {10U, 1000U, 4000U}) {
    SCOPED_TRACE(before);
    ps::write_half out;
    const std::string queued(before, 'q');
    ASSERT_FALSE(out.write(queued));
    std::string_view view;
    ASSERT_EQ(out.gather({&view, 1}), 1U);
    const std::array<std::string_view, 2> parts{"lines", "more lines"};
    EXPECT_FALSE(out.write("small"));
    EXPECT_FALSE(out.write(ps::owned_bytes(std::string(5000, 'o'))));
    EXPECT_FALSE(out.write(std::string(5000, 'c')));
    EXPECT_FALSE(out.writelines(parts));
    EXPECT_FALSE(out.set_limits({.high = 5, .low = 1}));
    EXPECT_FALSE(out.write_eof());
    std::string_view again;
    ASSERT_EQ(out.gather({&again, 1}), 1U);
    EXPECT_EQ(static_cast<const void*>(again.data()), view.data());
    EXPECT_EQ(again.substr(0, before), queued);
  }
}

// R72: one call is one write of the joined parts; a gathered list of parts is no other than one.
TEST(WriteHalf, WritesLinesAsOneWriteOfThemJoined) {
  ps::write_half joined;
  ps::write_half lines;
  const std::array<std::string_view, 3> parts{"first\n", "second\n", "third"};
  ASSERT_FALSE(joined.write("first\nsecond\nthird"));
  ASSERT_FALSE(lines.writelines(parts));
  EXPECT_EQ(joined.pending(), lines.pending());
  EXPECT_EQ(sent(joined, most), sent(lines, most));
  EXPECT_FALSE(lines.writelines({}));
  EXPECT_EQ(lines.pending(), 0U);
}

// R73: an empty last chunk does not keep the queue from being empty.
TEST(WriteHalf, SkipsEmptyChunks) {
  ps::write_half out;
  const std::array<std::string_view, 4> parts{"", "a", "", ""};
  ASSERT_FALSE(out.write(""));
  ASSERT_FALSE(out.writelines(parts));
  ASSERT_FALSE(out.write(ps::owned_bytes(std::string())));
  ASSERT_FALSE(out.write(""));
  EXPECT_EQ(sent(out, 1), "a");
  EXPECT_EQ(out.next(), ps::write_step::idle);
  EXPECT_EQ(out.capacity(), 0U);
}

// R71, R76: bytes leave at the end of the turn, until then they count; asking is not a walk.
TEST(WriteHalf, CountsWhatWasWrittenAndHasNotLeft) {
  ps::write_half out;
  EXPECT_EQ(out.pending(), 0U);
  ASSERT_FALSE(out.write("12345"));
  EXPECT_EQ(out.pending(), 5U);
  ASSERT_FALSE(out.write(ps::owned_bytes(std::string(5000, 'x'))));
  EXPECT_EQ(out.pending(), 5005U);
  out.consume(6);
  EXPECT_EQ(out.pending(), 4999U);
}

// R80: the FIN follows the bytes, once.
TEST(WriteHalf, ShutsDownOnceAllBytesHaveLeft) {
  ps::write_half out;
  ASSERT_FALSE(out.write("ab"));
  EXPECT_FALSE(out.write_eof());
  EXPECT_TRUE(out.ending());
  EXPECT_EQ(out.next(), ps::write_step::send);
  EXPECT_EQ(sent(out, 1), "a");
  EXPECT_EQ(out.next(), ps::write_step::send);
  EXPECT_EQ(sent(out, 1), "b");
  EXPECT_EQ(out.next(), ps::write_step::shutdown);
  EXPECT_EQ(out.next(), ps::write_step::shutdown) << "until it was done";
  out.shut_down();
  EXPECT_EQ(out.next(), ps::write_step::idle);
  EXPECT_FALSE(out.write_eof()) << "again is nothing";
  EXPECT_EQ(out.next(), ps::write_step::idle);
}

TEST(WriteHalf, ShutsDownAtOnceWithNothingToSend) {
  ps::write_half out;
  EXPECT_EQ(out.next(), ps::write_step::idle);
  EXPECT_FALSE(out.write_eof());
  EXPECT_EQ(out.next(), ps::write_step::shutdown);
}

// R79, R55, I-3: what leaves is a prefix, the loss is told, and nobody drains for ever.
TEST(WriteHalf, SaysThatBytesWereLostOnlyIfTheyWere) {
  ps::write_half all_sent;
  ASSERT_FALSE(all_sent.write("abc"));
  EXPECT_EQ(sent(all_sent, most), "abc");
  all_sent.drop();
  EXPECT_FALSE(all_sent.bytes_lost());

  ps::write_half some_sent({.high = 1, .low = 0});
  ASSERT_FALSE(some_sent.write("abc"));
  EXPECT_EQ(sent(some_sent, 2), "ab");
  EXPECT_TRUE(some_sent.full());
  some_sent.drop();
  EXPECT_TRUE(some_sent.bytes_lost());
  EXPECT_FALSE(some_sent.full());
  EXPECT_EQ(some_sent.pending(), 0U);
  EXPECT_EQ(some_sent.next(), ps::write_step::idle);
  some_sent.drop();
  EXPECT_TRUE(some_sent.bytes_lost());
}

TEST(WriteHalf, SendsNoFinAfterItWasDropped) {
  ps::write_half out;
  ASSERT_FALSE(out.write("abc"));
  ASSERT_FALSE(out.write_eof());
  out.drop();
  EXPECT_EQ(out.next(), ps::write_step::idle);
}

// R57, R78: close flushes: what was queued and the FIN that was asked for still leave.
TEST(WriteHalf, SendsWhatIsQueuedWhenItTakesNoMore) {
  ps::write_half out;
  ASSERT_FALSE(out.write("abc"));
  ASSERT_FALSE(out.write_eof());
  out.refuse();
  EXPECT_EQ(sent(out, most), "abc");
  EXPECT_EQ(out.next(), ps::write_step::shutdown);
  EXPECT_FALSE(out.bytes_lost());
}

// I-11: an idle half holds nothing, one that rests little.
TEST(WriteHalf, HoldsLittleAtRestAndNothingWhenIdle) {
  counting_blocks books;
  ps::write_half out({}, books);
  EXPECT_EQ(books.live_bytes(), 0U);
  ASSERT_FALSE(out.write(std::string(50'000, 'x')));
  out.consume(49'999);
  out.settle();
  EXPECT_EQ(out.capacity(), books.live_bytes());
  EXPECT_LE(out.capacity(), 2U + 4096U);
  EXPECT_EQ(out.moved(), 50'001U) << "each written byte once, and the one that is left";
  out.consume(1);
  EXPECT_EQ(books.live_bytes(), 0U);
}

// I-31: sizes are compared, never added, where the sum could wrap.
TEST(WriteHalf, HoldsItsCapForSizesWhoseSumsWrap) {
  ps::write_half out({.max_pending = most});
  const std::string_view absurd("x", most);
  EXPECT_EQ(out.write(absurd), ps::errc::no_memory) << "into an empty queue: allowed, but not to be had";
  EXPECT_FALSE(out.write("x"));
  EXPECT_EQ(out.write(absurd), ps::errc::buffer_full);
  EXPECT_EQ(out.write(ps::owned_bytes(absurd, nullptr, nullptr)), ps::errc::buffer_full);
  const std::array<std::string_view, 2> parts{"x", absurd};
  EXPECT_EQ(out.writelines(parts), ps::errc::buffer_full);
  EXPECT_EQ(out.pending(), 1U);
  EXPECT_FALSE(out.full());
  out.validate();
}

// R74, I-13: short writes ask little, and yet the marks, the cap and the end are met at their byte.
TEST(WriteHalf, ShortWritesMeetTheMarksAtTheirByte) {
  for (const std::size_t size : {1U, 2U, 16U, 40U, 64U}) {
    ps::write_half out({.high = 1000, .low = 10, .max_pending = 1500});
    std::size_t written = 0;
    while (written + size <= 1500) {
      ASSERT_FALSE(out.write(std::string(size, 'x')));
      written += size;
      ASSERT_EQ(out.pending(), written);
      ASSERT_EQ(out.moved(), written);
      ASSERT_EQ(out.full(), written > 1000) << written;
    }
    EXPECT_EQ(out.write(std::string(size, 'x')), written + size > 1500 ? ps::errc::buffer_full : ps::errc());
    out.consume(written);
    EXPECT_FALSE(out.full());
    out.validate();
  }
  ps::write_half cap_first({.high = 1000, .low = 10, .max_pending = 100});
  for (int i = 0; i != 50; ++i) ASSERT_FALSE(cap_first.write("xx"));
  EXPECT_EQ(cap_first.write("x"), ps::errc::buffer_full);
}

// R71, I-22: however much room a short write had, an end leaves none.
TEST(WriteHalf, ShortWritesAreRefusedBehindAnEnd) {
  ps::write_half ended;
  ASSERT_FALSE(ended.write("first"));
  ASSERT_FALSE(ended.write("second"));
  ASSERT_FALSE(ended.write_eof());
  EXPECT_EQ(ended.write("third"), ps::errc::write_after_eof);
  ps::write_half refusing;
  ASSERT_FALSE(refusing.write("first"));
  refusing.refuse();
  EXPECT_EQ(refusing.write("second"), ps::errc::not_connected);
  ps::write_half dropped;
  ASSERT_FALSE(dropped.write("first"));
  dropped.drop();
  EXPECT_EQ(dropped.write("second"), ps::errc::not_connected);
  EXPECT_TRUE(dropped.bytes_lost());
  ps::write_half narrowed;
  ASSERT_FALSE(narrowed.write("first"));
  ASSERT_FALSE(narrowed.set_limits({.high = 6, .low = 6, .max_pending = 8}));
  EXPECT_FALSE(narrowed.write("ab"));
  EXPECT_TRUE(narrowed.full());
  EXPECT_EQ(narrowed.write("cd"), ps::errc::buffer_full);
}
