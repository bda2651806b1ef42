// SPDX-License-Identifier: BSL-1.0
// Proves that no size wraps (I-31): the largest std::size_t, and its neighbours, as every argument
// that takes one, with 64 bits and with 32.
#include <penstock/read_half.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/framing.hpp>
#include <penstock/read_operations.hpp>
#include <penstock/write_half.hpp>

#include "support/answer.hpp"
#include "support/counting_blocks.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
// Around the places where a sum, a double, a difference or a header would wrap.
constexpr std::size_t huge[] = {most, most - 1, most - 64, most / 2 + 1, most / 2, most / 2 - 64};

// Never read: only its size counts.
std::string_view unreadable(std::size_t size) {
  static const char byte = 'x';
  return {&byte, size};
}

}  // namespace

// R11, I-31: limits at which twice the limit and one more does not fit
TEST(Extremes, OfTheLimit) {
  for (const std::size_t limit : huge) {
    SCOPED_TRACE(limit);
    ps::read_half in({.limit = limit, .max_buffered = 0});
    const std::size_t room = limit > most / 2 ? most : 2 * limit + 1;
    EXPECT_EQ(in.input_room(), room);
    EXPECT_EQ(in.max_buffered(), room);
    in.feed("abc\nd");
    EXPECT_EQ(in.input_room(), room - 5);
    EXPECT_FALSE(in.paused());
    EXPECT_EQ(ask(in, ps::readline()), delivered("abc\n"));
    EXPECT_EQ(ask(in, ps::readuntil({"\r\n", "\n"})), need_more());
    in.await_input(ps::readuntil({"\r\n", "\n"}));
    EXPECT_EQ(in.input_room(), room - 1);
    in.await_input(ps::readline());
    EXPECT_EQ(in.input_room(), room - 1);
    in.feed("\n");
    EXPECT_EQ(ask(in, ps::readuntil({"\r\n", "\n"})), delivered("d\n"));
    in.validate();
  }
}

// R43, I-31: the same, set later, and back
TEST(Extremes, OfALimitThatIsSet) {
  ps::read_half in({.limit = 4});
  in.feed("xxxxxxxxx");
  for (const std::size_t limit : huge) {
    EXPECT_FALSE(in.set_limit(limit));
    EXPECT_FALSE(in.paused());
    EXPECT_GT(in.input_room(), most / 2);
  }
  EXPECT_FALSE(in.set_limit(4));
  EXPECT_EQ(in.input_room(), 0U);
}

// I-10, I-31: the cap
TEST(Extremes, OfTheCap) {
  for (const std::size_t cap : huge) {
    ps::read_half in({.limit = 4, .max_buffered = cap});
    EXPECT_EQ(in.max_buffered(), cap);
    EXPECT_EQ(in.input_room(), 9U);
    in.feed("abc");
    in.await_input(ps::read_to_eof());
    EXPECT_EQ(in.input_room(), cap - 3);
    in.await_input(ps::readexactly(most));
    EXPECT_EQ(in.input_room(), cap - 3);
  }
}

// R26, R28, I-31: sizes asked for
TEST(Extremes, OfWhatIsAskedFor) {
  for (const std::size_t n : huge) {
    SCOPED_TRACE(n);
    ps::read_half in({.limit = 4, .max_buffered = 16});
    in.feed("abc");
    EXPECT_EQ(ask(in, ps::readexactly(n)), need_more());
    in.await_input(ps::readexactly(n));
    EXPECT_EQ(in.input_room(), 13U);
    EXPECT_EQ(ask(in, ps::read_to_eof(n)), need_more());
    in.await_input(ps::read_to_eof(n));
    EXPECT_EQ(in.input_room(), 13U);
    EXPECT_EQ(ask(in, ps::read_some(n)), delivered("abc"));
    in.feed("de");
    in.feed_eof();
    EXPECT_EQ(ask(in, ps::readexactly(n)), incomplete("de", n));
    EXPECT_EQ(ask(in, ps::read_to_eof(n)), delivered(""));
  }
}

// R30, R43, I-31: a limit of its own above the cap is refused; without a cap it counts
TEST(Extremes, OfAnOperationsOwnLimit) {
  for (const std::size_t limit : huge) {
    SCOPED_TRACE(limit);
    ps::read_half in;
    EXPECT_EQ(ask(in, ps::readline(limit)), failed(ps::errc::bad_option));
    EXPECT_EQ(ask(in, ps::readuntil("\r\n", limit)), failed(ps::errc::bad_option));
    ps::read_half wide({.limit = 4, .max_buffered = most});
    wide.feed("abcdefgh");
    EXPECT_EQ(ask(wide, ps::readline(limit)), need_more());
    wide.await_input(ps::readline(limit));
    EXPECT_GE(wide.input_room(), limit - 8);
    EXPECT_EQ(ask(wide, ps::readuntil("\r\n", limit)), need_more());
    wide.await_input(ps::readuntil("\r\n", limit));
    EXPECT_GE(wide.input_room(), limit - 8);
    wide.feed("\r\n");
    EXPECT_EQ(ask(wide, ps::readuntil("\r\n", limit)), delivered("abcdefgh\r\n"));
    wide.feed("x\n");
    EXPECT_EQ(ask(wide, ps::readline(limit)), delivered("x\n"));
  }
}

// I-30, I-31: memory that cannot be there is refused without a question, and changes nothing
TEST(Extremes, OfWhatIsBroughtIn) {
  for (const std::size_t n : huge) {
    SCOPED_TRACE(n);
    counting_blocks blocks;
    blocks.fail_from(1);  // one block is granted; what asks for more is refused here at the latest
    ps::read_half in({}, blocks);
    in.feed("abc");
    EXPECT_TRUE(in.prepare(n).empty());
    EXPECT_EQ(in.buffered(), "abc");
    EXPECT_FALSE(in.error());
    in.unread(unreadable(n));
    EXPECT_EQ(in.buffered(), "abc");
    EXPECT_EQ(in.error(), ps::errc::no_memory);

    ps::read_half fed({}, blocks);
    fed.feed(unreadable(n));
    EXPECT_TRUE(fed.buffered().empty());
    EXPECT_EQ(fed.error(), ps::errc::no_memory);
    EXPECT_EQ(ask(fed, ps::read_some(1)), failed(ps::errc::no_memory));
  }
}

// R30, I-31: separators of 4 GiB are refused where they can exist
TEST(Extremes, OfASeparatorsSize) {
  if constexpr (sizeof(std::size_t) > 4) {
    const std::string_view large = unreadable(std::size_t{1} << 16 << 16);
    ps::read_half in;
    EXPECT_EQ(ask(in, ps::readuntil(large)), failed(ps::errc::bad_option));
    EXPECT_EQ(ask(in, ps::readuntil({std::string_view("\n"), large})), failed(ps::errc::bad_option));
    EXPECT_EQ(ask(in, ps::skip_until(unreadable(most))), failed(ps::errc::bad_option));
  }
  // One of almost 4 GiB is never there, and asks for no less than it is long.
  const std::string_view long_one = unreadable(0xffffffff);
  ps::read_half in({.limit = most});
  in.feed("abc");
  EXPECT_EQ(ask(in, ps::readuntil(long_one)), need_more());
  in.await_input(ps::readuntil(long_one));
  EXPECT_EQ(in.input_room(), most - 3);
  EXPECT_EQ(ask(in, ps::skip_until(long_one)), need_more());
  EXPECT_EQ(in.buffered(), "abc");
}

// I-31: lengths in frames, the header included
TEST(Extremes, OfALengthPrefix) {
  ps::read_half in;
  in.feed("\xff\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(ask(in, ps::length_prefixed(8, most)), failed(ps::errc::limit_overrun));
  if constexpr (sizeof(std::size_t) == 4) {
    EXPECT_EQ(ask(in, ps::length_prefixed(4, most)), failed(ps::errc::limit_overrun));
  }
  EXPECT_EQ(in.buffered().size(), 8U);
}

// I-31: a netstring's header and its comma count, too, also before its colon has come
TEST(Extremes, OfANetstringsLength) {
  for (const std::size_t length : huge) {
    SCOPED_TRACE(length);
    for (const bool colon : {false, true}) {
      ps::read_half in;
      in.feed(std::to_string(length) + (colon ? ":" : ""));
      ps::netstring op(most);
      const answer before = ask(in, op);
      if (before == need_more()) {
        EXPECT_GT(op.asks(in), length) << "wrapped";
      }
      in.feed_eof();
      const answer after = ask(in, op);
      if (before == need_more()) {
        EXPECT_EQ(after.status, ps::read_status::incomplete);
        EXPECT_GT(after.expected, length) << "wrapped";
      } else {
        EXPECT_EQ(before, failed(ps::errc::limit_overrun));
        EXPECT_EQ(after, before);
      }
    }
  }
}

// R72, R75, I-31: marks, and writes that cannot be
TEST(Extremes, OfWhatIsWritten) {
  for (const std::size_t n : huge) {
    SCOPED_TRACE(n);
    counting_blocks blocks;
    ps::write_half out({.high = n, .low = n, .max_pending = n}, blocks);
    blocks.fail_from(0);
    EXPECT_EQ(out.write(unreadable(n)), ps::errc::no_memory) << "an empty queue accepts any size";
    EXPECT_EQ(out.pending(), 0U);
    blocks.fail_no_more();
    EXPECT_FALSE(out.write("abc"));
    EXPECT_EQ(out.write(unreadable(n)), ps::errc::buffer_full);
    EXPECT_FALSE(out.full());
    const std::string_view parts[] = {unreadable(n), unreadable(most - 1), unreadable(3)};
    EXPECT_EQ(out.writelines(parts), ps::errc::buffer_full);
    EXPECT_EQ(out.pending(), 3U);
    EXPECT_FALSE(out.set_limits({.high = most, .low = 0, .max_pending = 0}));
    EXPECT_FALSE(out.full());
    out.validate();
  }
}
