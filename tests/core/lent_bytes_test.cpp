// SPDX-License-Identifier: BSL-1.0
// Proves what the receiving half does with bytes that are not its own yet or no more (R43): lent
// ones, read where they are, and bytes that were taken and are put back in front.
#include <penstock/read_half.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/feed.hpp"

namespace ps = penstock;
using namespace penstock_test;

// R43: lent bytes are read where they are, until the turn ends
TEST(LentBytes, AreReadInPlace) {
  ps::read_half in;
  arena memory;
  const std::span<char> arrived = memory.receive("one\ntwo\nthr");
  in.lend(arrived, 4096);
  EXPECT_EQ(in.buffered().data(), arrived.data());
  EXPECT_EQ(ask(in, ps::readline()), delivered("one\n"));
  EXPECT_EQ(in.buffered().data(), arrived.data() + 4);
  EXPECT_EQ(in.capacity(), 0U);
  EXPECT_EQ(ask(in, ps::readline()), delivered("two\n"));
  memory.settle(in);
  EXPECT_EQ(in.buffered(), "thr");
}

// R43, I-01: a rest moves in front of what is lent if it fits there, else the bytes follow it
TEST(LentBytes, JoinTheRest) {
  struct row {
    const char* name;
    std::size_t rest, headroom, arriving;
    bool in_place;
  };
  const row rows[] = {
      {"no rest", 0, 0, 1, true},
      {"fits the headroom exactly", 10, 10, 20, true},
      {"one byte larger than the headroom", 11, 10, 20, false},
      {"as large as what arrives", 20, 64, 20, true},
      {"larger than what arrives", 21, 64, 20, false},
      {"4 KiB", 4096, 8192, 5000, true},
      {"more than 4 KiB", 4097, 8192, 5000, false},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.name);
    ps::read_half in;
    arena memory(8192, r.headroom);
    in.feed(std::string(r.rest, 'r'));
    const std::span<char> arrived = memory.receive(std::string(r.arriving, 'a'));
    in.lend(arrived, r.headroom);
    const std::string expected = std::string(r.rest, 'r') + std::string(r.arriving, 'a');
    EXPECT_EQ(in.buffered(), expected);
    EXPECT_EQ(in.buffered().data() == arrived.data() - r.rest, r.in_place);
    memory.settle(in);
    EXPECT_EQ(in.buffered(), expected);
    in.validate();
  }
}

// R43, I-01: several loans and feeds in one turn
TEST(LentBytes, MayComeSeveralTimesATurn) {
  ps::read_half in;
  arena first, second;
  first.lend(in, "abc");
  static_cast<void>(in.consume(1));
  second.lend(in, "defgh");
  first.shut();  // what was left of it has been moved
  in.feed("ij");
  EXPECT_EQ(in.buffered(), "bcdefghij");
  second.settle(in);
  EXPECT_EQ(in.buffered(), "bcdefghij");
}

// R43: peek sees all that is unread, as often as asked, and takes nothing
TEST(UnreadBytes, CanBeLookedAt) {
  ps::read_half in;
  in.feed("abc");
  EXPECT_EQ(in.buffered(), "abc");
  EXPECT_EQ(in.buffered(), "abc");
  EXPECT_EQ(ask(in, ps::read_some(1)), delivered("a"));
  EXPECT_EQ(in.buffered(), "bc");
}

// R43, I-01: bytes put back come first, in every state of the memory behind
TEST(UnreadBytes, IncludeWhatIsPutBack) {
  for_every_way({}, [](ps::read_half& in, way how) {
    bringer source(in, how);
    in.unread("");
    EXPECT_TRUE(in.buffered().empty());
    in.unread("on empty ");
    source.bring("abcdef");
    EXPECT_EQ(in.buffered(), "on empty abcdef");
    static_cast<void>(in.consume(11));
    in.unread("XY");
    EXPECT_EQ(in.buffered(), "XYcdef");
    in.unread(std::string(5000, 'z'));
    EXPECT_EQ(in.buffered(), std::string(5000, 'z') + "XYcdef");
    source.end_turn();
    EXPECT_EQ(in.buffered(), std::string(5000, 'z') + "XYcdef");
    in.validate();
  });
}

// R43: the very bytes that were just taken may be put back, also where they must move
TEST(UnreadBytes, CanBePutBackFromAView) {
  for_every_way({}, [](ps::read_half& in, way how) {
    bringer source(in, how);
    source.bring("abcdef");
    const std::string_view taken = in.consume(4);
    in.unread(taken);
    EXPECT_EQ(in.buffered(), "abcdef");
    in.unread(in.buffered());
    EXPECT_EQ(in.buffered(), "abcdefabcdef");
    source.end_turn();
    EXPECT_EQ(in.buffered(), "abcdefabcdef");
  });
}

// R17, R43: bytes may be put back after the end, and are delivered before it
TEST(UnreadBytes, CanBePutBackAfterTheEnd) {
  ps::read_half in;
  in.feed_eof();
  in.unread("ab");
  EXPECT_FALSE(in.at_eof());
  EXPECT_EQ(ask(in, ps::readline()), delivered("ab"));
  EXPECT_EQ(ask(in, ps::readline()), eof());
}
