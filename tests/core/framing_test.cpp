// SPDX-License-Identifier: BSL-1.0
// Proves the two framings, which use the open concept as any user would: every frame in every
// cutting, ends, errors and lengths that cannot be.
#include <penstock/framing.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/feed.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::string_view_literals;

namespace {

const std::error_code malformed = std::make_error_code(std::errc::bad_message);

static_assert(ps::read_operation<ps::length_prefixed> && ps::read_operation<ps::netstring>);

// `input` in every cutting and followed by others: one answer, and nothing behind it is touched.
template <class Op>
void expect_frame(const Op& prototype, std::string_view input, std::string_view payload) {
  for_every_split(input, [&](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      Op op = prototype;
      EXPECT_EQ(ask_while_bringing(in, op, s, how), delivered(payload));
      EXPECT_EQ(in.buffered(), s.trailing);
    });
  });
}

template <class Op>
answer asked_of(std::string_view buffered, Op op, bool ended = false) {
  ps::read_half in;
  in.feed(buffered);
  if (ended) in.feed_eof();
  const answer a = ask(in, op);
  if (a.status == ps::read_status::failed || a.status == ps::read_status::need_more) {
    EXPECT_EQ(in.buffered(), buffered);
  }
  return a;
}

}  // namespace

// I-01, I-02: every width, both orders, in every cutting
TEST(LengthPrefixed, GivesThePayload) {
  using ps::byte_order;
  using ps::length_prefixed;
  expect_frame(length_prefixed(1),
               "\x03"
               "abc"sv,
               "abc");
  expect_frame(length_prefixed(2),
               "\0\x03"
               "abc"sv,
               "abc");
  expect_frame(length_prefixed(2, 1024, byte_order::little_endian),
               "\x03\0"
               "abc"sv,
               "abc");
  expect_frame(length_prefixed(4),
               "\0\0\0\x03"
               "abc"sv,
               "abc");
  expect_frame(length_prefixed(4, 1024, byte_order::little_endian),
               "\x03\0\0\0"
               "abc"sv,
               "abc");
  expect_frame(length_prefixed(8),
               "\0\0\0\0\0\0\0\x03"
               "abc"sv,
               "abc");
  expect_frame(length_prefixed(8, 1024, byte_order::little_endian),
               "\x03\0\0\0\0\0\0\0"
               "abc"sv,
               "abc");
  expect_frame(length_prefixed(1), "\0"sv, "");
}

// I-31: lengths are unsigned, each byte in its place
TEST(LengthPrefixed, ReadsTheLengthWithoutItsSign) {
  const std::string payload(0x180, 'x');
  expect_frame(ps::length_prefixed(1), "\xff" + payload.substr(0, 0xff), payload.substr(0, 0xff));
  EXPECT_EQ(asked_of("\x01\x80" + payload, ps::length_prefixed(2)), delivered(payload));
  EXPECT_EQ(asked_of("\x80\x01" + payload, ps::length_prefixed(2, 1024, ps::byte_order::little_endian)),
            delivered(payload));
}

// I-05: eof between frames, incomplete inside one, with the size of the whole frame
TEST(LengthPrefixed, TellsWhereTheStreamEnded) {
  EXPECT_EQ(asked_of("", ps::length_prefixed(2), true), eof());
  EXPECT_EQ(asked_of("\0"sv, ps::length_prefixed(2), true), incomplete("\0"sv, 2));
  EXPECT_EQ(asked_of("\0\x03"sv, ps::length_prefixed(2), true), incomplete("\0\x03"sv, 5));
  EXPECT_EQ(asked_of("\0\x03"
                     "ab"sv,
                     ps::length_prefixed(2), true),
            incomplete("\0\x03"
                       "ab"sv,
                       5));
  EXPECT_EQ(asked_of("\0\x03"
                     "abc"sv,
                     ps::length_prefixed(2), true),
            delivered("abc"));
}

// I-10, I-15: a length above the maximum is told as soon as it is known, and takes nothing
TEST(LengthPrefixed, RefusesWhatIsTooLong) {
  EXPECT_EQ(asked_of("\x04", ps::length_prefixed(1, 3)), failed(ps::errc::limit_overrun));
  EXPECT_EQ(asked_of("\x03", ps::length_prefixed(1, 3)), need_more());
  EXPECT_EQ(asked_of("\xff\xff\xff\xff\xff\xff\xff\xff", ps::length_prefixed(8)), failed(ps::errc::limit_overrun));
  EXPECT_EQ(asked_of("\x04", ps::length_prefixed(1, 3), true), failed(ps::errc::limit_overrun));
}

// R30: a width that is none is told at once, before a stored error
TEST(LengthPrefixed, RefusesOtherWidths) {
  for (const std::size_t width : {0UL, 3UL, 5UL, 7UL, 9UL, ~0UL}) {
    ps::read_half in;
    EXPECT_EQ(ask(in, ps::length_prefixed(width)), failed(ps::errc::bad_option));
    in.fail(reset);
    EXPECT_EQ(ask(in, ps::length_prefixed(width)), failed(ps::errc::bad_option));
  }
}

// R20, I-23: whole frames before an error; a part is left
TEST(LengthPrefixed, DeliversWholeFramesBeforeAnError) {
  ps::read_half in;
  in.feed(
      "\x01"
      "a\x02"
      "b"sv);
  in.fail(reset);
  ps::length_prefixed op(1);
  EXPECT_EQ(ask(in, op), delivered("a"));
  EXPECT_EQ(ask(in, op), failed(reset));
  EXPECT_EQ(in.buffered(),
            "\x02"
            "b"sv);
}

// R22, I-02: a frame of more than twice the limit gets its room
TEST(LengthPrefixed, AsksForItsWholeFrame) {
  ps::read_half in({.limit = 2});
  ps::length_prefixed op(2);
  EXPECT_EQ(op.asks(in), 2U);
  in.feed("\x01\0"sv);
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  EXPECT_EQ(op.asks(in), 258U);
  EXPECT_EQ(in.input_room(), 256U);
  in.feed(std::string(256, 'x'));
  EXPECT_EQ(ask(in, op), delivered(std::string(256, 'x')));
}

// I-01, I-02: in every cutting
TEST(Netstring, GivesThePayload) {
  expect_frame(ps::netstring(), "3:abc,", "abc");
  expect_frame(ps::netstring(), "0:,", "");
  expect_frame(ps::netstring(), "12:hello world!,", "hello world!");
  expect_frame(ps::netstring(), "3:,:,,", ",:,");
}

// I-15: what is no netstring is told as soon as it can be, and takes nothing
TEST(Netstring, RefusesWhatIsNone) {
  for (const std::string_view input : {":", ":abc,", "a", "-1:a,", "+1:a,", " 1:a,", "1 :a,", "01:a,", "00:,", "1;a,",
                                       "3:abcd", "3:abc\n", "0:a", "\xff"}) {
    SCOPED_TRACE(ps::quoted(input));
    EXPECT_EQ(asked_of(input, ps::netstring()), failed(malformed));
    EXPECT_EQ(asked_of(input, ps::netstring(), true), failed(malformed));
  }
}

// I-10: a length above the maximum is told while its digits come
TEST(Netstring, RefusesWhatIsTooLong) {
  EXPECT_EQ(asked_of("11", ps::netstring(10)), failed(ps::errc::limit_overrun));
  EXPECT_EQ(asked_of("11:", ps::netstring(10)), failed(ps::errc::limit_overrun));
  EXPECT_EQ(asked_of("10:", ps::netstring(10)), need_more());
  EXPECT_EQ(asked_of("1:a,", ps::netstring(0)), failed(ps::errc::limit_overrun));
  EXPECT_EQ(asked_of("0:,", ps::netstring(0)), delivered(""));
  EXPECT_EQ(asked_of(std::string(30, '9'), ps::netstring()), failed(ps::errc::limit_overrun));
}

// I-05: eof between frames, incomplete inside one, with the whole frame's size once it is known
TEST(Netstring, TellsWhereTheStreamEnded) {
  EXPECT_EQ(asked_of("", ps::netstring(), true), eof());
  EXPECT_EQ(asked_of("3:", ps::netstring(), true), incomplete("3:", 6));
  EXPECT_EQ(asked_of("3:ab", ps::netstring(), true), incomplete("3:ab", 6));
  EXPECT_EQ(asked_of("3:abc", ps::netstring(), true), incomplete("3:abc", 6));
  EXPECT_EQ(asked_of("12", ps::netstring(), true).status, ps::read_status::incomplete);
}

// R20, R22: an error leaves a part; a long frame gets its room
TEST(Netstring, BehavesAsTheOtherReads) {
  ps::read_half in({.limit = 2});
  ps::netstring op;
  in.feed("1:a,300:xx");
  EXPECT_EQ(ask(in, op), delivered("a"));
  EXPECT_EQ(ask(in, op), need_more());
  in.await_input(op);
  EXPECT_EQ(in.input_room(), 299U) << "4 + 300 + 1 - 6";
  in.fail(reset);
  EXPECT_EQ(ask(in, op), failed(reset));
  EXPECT_EQ(in.buffered(), "300:xx");
}
