// SPDX-License-Identifier: BSL-1.0
// Proves by the work counters, not by a clock, that searching and moving stay linear in the bytes
// (I-16), whatever the chunks, the separators and the order of feeding, asking and taking.
#include <penstock/read_half.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/counting_blocks.hpp"
#include "support/sanitized.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;
using texts = std::vector<std::string_view>;

namespace {

constexpr std::size_t chunk_sizes[] = {1, 2, 7, 64, 1000, 4096, 128 * kib};

std::string repeated(std::string_view unit, std::size_t size) {
  std::string text;
  while (text.size() < size) text += unit;
  text.resize(size);
  return text;
}

// Feeds `input` in chunks of this size and asks after each; answers the work that was done.
template <class Ask>
ps::work_counters fed_in_chunks(std::string_view input, std::size_t chunk, const Ask& ask_once) {
  ps::read_half in({.limit = 1 << 30});
  for (std::size_t at = 0; at < input.size(); at += chunk) {
    in.feed(input.substr(at, chunk));
    ask_once(in);
  }
  return in.work();
}

struct searching {
  const char* name;
  texts separators;
  std::string input;   // in which nothing matches
  std::uint64_t most;  // bytes examined: by search.hpp's promise
};

// n + 64 stands for a window's start.
std::vector<searching> searches() {
  const std::size_t n = 64 * kib;
  static const std::string as = repeated("a", 63) + "b";
  static const std::string tail = "b" + repeated("a", 63);
  static const std::string middle = repeated("a", 31) + "b" + repeated("a", 32);
  std::vector<searching> all = {
      {"one byte", {"\n"}, repeated("abc", n), n},
      {"two bytes, half of them everywhere", {"\r\n"}, repeated("\r", n), n},
      {"three bytes, two of them everywhere", {"aab"}, repeated("a", n), 2 * n},
      {"four bytes, every place a candidate", {"abba"}, repeated("aaab", n), 3 * n},
      {"64 bytes, the last one missing", {as}, repeated("a", n), 4 * n + 512},
      {"64 bytes, the first one missing", {tail}, repeated("a", n), 4 * n + 512},
      {"64 bytes, the middle one missing", {middle}, repeated("a", n), 4 * n + 512},
      {"64 bytes, all but one again and again", {as}, repeated(repeated("a", 62) + "cb", n), 4 * n + 512},
      {"a period", {"abababac"}, repeated("ab", n), 4 * n + 64},
      {"two newlines", {"\n", "\r\n"}, repeated("\r", n), 2 * (2 * n + 64)},
      {"eight", {"1", "22", "333", "4444", "a2", "aa3", "aaa4", "aaaa5"}, repeated("a", n), 8 * 4 * (2 * n + 64)},
  };
  return all;
}

}  // namespace

// I-16: one search is linear, whatever the chunks: it goes on where it stopped
TEST(Work, OfASearchIsLinearInAnyChunks) {
  for (const searching& s : searches()) {
    SCOPED_TRACE(s.name);
    for (const std::size_t chunk : chunk_sizes) {
      ps::readuntil op(std::span<const std::string_view>(s.separators));
      const ps::work_counters work =
          fed_in_chunks(s.input, chunk, [&](ps::read_half& in) { EXPECT_EQ(ask(in, op), need_more()); });
      EXPECT_LE(work.examined, s.most) << "chunks of " << chunk;
      EXPECT_EQ(work.calls, (s.input.size() + chunk - 1) / chunk);
    }
  }
}

// I-16: so is dropping through one, and reading the lines of a stream, and skipping a long one
TEST(Work, OfTheOtherSearchesIsLinearInAnyChunks) {
  const std::size_t n = 64 * kib;
  const std::string lines = repeated("a line of 32 bytes and a newline\n", n);
  for (const std::size_t chunk : chunk_sizes) {
    SCOPED_TRACE(chunk);
    ps::skip_until skip("\r\n\r\n");
    EXPECT_LE(fed_in_chunks(repeated("\r", n), chunk, [&](ps::read_half& in) { EXPECT_EQ(ask(in, skip), need_more()); })
                  .examined,
              3 * n);
    ps::readline line;
    const auto all_lines = [&](ps::read_half& in) {
      while (ask(in, line) != need_more()) {
      }
    };
    EXPECT_LE(fed_in_chunks(lines, chunk, all_lines).examined, 2 * n);
    const auto one_skipped = [&](ps::read_half& in) { static_cast<void>(ask(in, ps::readline(16))); };
    EXPECT_LE(fed_in_chunks(repeated("x", n), chunk, one_skipped).examined, 2 * n);
  }
}

// I-16, I-25: asking anew after each chunk, as after a timeout, goes on where the last one stopped
TEST(Work, OfARepeatedQuestionIsLinearForSeparatorsWithAKey) {
  const std::size_t n = 64 * kib;
  const texts with_key[] = {{"\n"}, {"\r\n"}, {"\r\n\r\n"}, {"seven b"}, {"\n", "\r\n"}, {"a1", "b2"}};
  for (const texts& separators : with_key) {
    ASSERT_NE(ps::separators(std::span<const std::string_view>(separators)).key(), 0U);
    for (const std::size_t chunk : {1U, 7U, 64U}) {
      const ps::work_counters work = fed_in_chunks(repeated("\r", n), chunk, [&](ps::read_half& in) {
        ps::readuntil fresh{ps::separators(std::span<const std::string_view>(separators))};
        EXPECT_EQ(ask(in, fresh), need_more());
      });
      const std::uint64_t longest = separators.back().size();
      EXPECT_LE(work.examined, separators.size() * (4 * n + 2 * longest * work.calls))
          << ps::quoted(separators.front()) << " in chunks of " << chunk;
    }
    const ps::work_counters lines =
        fed_in_chunks(repeated("x", n), 1, [&](ps::read_half& in) { EXPECT_EQ(ask(in, ps::readline()), need_more()); });
    EXPECT_LE(lines.examined, n);
  }
}

// I-16: also where the bytes are lent, moved and settled between the questions
TEST(Work, OfARepeatedQuestionIsLinearThroughTurns) {
  ps::read_half in;
  arena memory;
  const std::size_t n = 60 * kib;
  const std::string input = repeated("x", n);
  for (std::size_t at = 0; at < n; at += 500) {
    memory.lend(in, std::string_view(input).substr(at, 500));
    EXPECT_EQ(ask(in, ps::readline()), need_more());
    memory.settle(in);
  }
  std::cout << "60 KiB in turns of 500 bytes: examined " << in.work().examined << ", moved " << in.work().moved << '\n';
  EXPECT_LE(in.work().examined, 4 * n);
  EXPECT_LE(in.work().moved, 3 * n);
}

// I-16: a rare separator is not sought through all that is buffered for each record of another
TEST(Work, OfSeveralSeparatorsIsBoundedByTheRecord) {
  const std::size_t n = 64 * kib;
  ps::read_half in({.limit = n});
  const std::string input = repeated("0123456789abcde\n", n);
  in.feed(input);
  ps::readuntil op({"\n", "rare", "rarer still"});
  for (std::size_t i = 0; i < n / 16; ++i) ASSERT_EQ(ask(in, op).text.size(), 16U);
  EXPECT_LE(in.work().examined, 3U * (n / 16) * (2 * 16 + 64 + 16));
}

// I-16: sixteen MiB for one readexactly cost at most two moved bytes each, however they come
TEST(Work, OfALargeReadIsTwoMovedBytesAByte) {
  const std::size_t n = scaled(16 * kib * kib);
  const std::string piece(128 * kib, 'x');
  const auto report = [n](const char* how, const ps::read_half& in) {
    std::cout << "readexactly of " << n / kib << " KiB, " << how << ": moved " << in.work().moved << '\n';
    EXPECT_LE(in.work().moved, 2 * n);
    EXPECT_EQ(in.work().examined, 0U);
  };
  ps::readexactly op(n);
  ps::read_half by_byte;
  for (std::size_t i = 0; i < n; ++i) by_byte.feed({piece.data(), 1});
  EXPECT_EQ(by_byte.poll(op).text().size(), n);
  report("fed byte by byte", by_byte);

  ps::read_half fed, lent, received;
  arena memory;
  for (std::size_t at = 0; at < n; at += piece.size()) {
    for (ps::read_half* in : {&fed, &lent, &received}) {
      EXPECT_EQ(in->poll(op).status(), ps::read_status::need_more);
      in->await_input(op);
    }
    fed.feed(piece);
    fed.settle();
    memory.lend(lent, piece);
    memory.settle(lent);
    const std::span<char> to = received.prepare(std::min(received.input_room(), piece.size()));
    std::fill(to.begin(), to.end(), 'x');
    received.commit(to.size());
    received.settle();
  }
  for (ps::read_half* in : {&fed, &lent, &received}) EXPECT_EQ(in->poll(op).text().size(), n);
  report("fed in pieces of 128 KiB", fed);
  report("lent in pieces of 128 KiB", lent);
  report("prepared in pieces of 128 KiB", received);
  EXPECT_LE(received.work().moved, n) << "received in place, only growing moves";
}

// I-16: small reads from a large buffer
TEST(Work, OfTinyReadsIsLinear) {
  const std::size_t n = 256 * kib;
  for (const std::size_t size : {1U, 100U}) {
    ps::read_half in;
    in.feed(std::string(n, 'x'));
    std::uint64_t calls = 1;
    for (std::size_t taken = 0; taken < n; taken += size, calls += 2) {
      EXPECT_NE(ask(in, ps::read_some(size)), need_more());
      in.settle();
    }
    EXPECT_EQ(in.capacity(), 0U);
    EXPECT_LE(in.work().moved, 4 * 2 * n);
  }
}

// I-19: a steady stream of messages allocates nothing, in whole pieces or with a rest each turn
TEST(Work, OfASteadyStreamAllocatesNothing) {
  counting_blocks blocks;
  ps::read_half in({}, blocks);
  arena memory;
  ps::readline op;
  for (int turn = 0; turn < 1000; ++turn) {
    memory.lend(in, "first\nsecond\n");
    EXPECT_EQ(ask(in, op), delivered("first\n"));
    EXPECT_EQ(ask(in, op), delivered("second\n"));
    memory.settle(in);
  }
  EXPECT_EQ(blocks.asked(), 0U);
  memory.lend(in, "whole\npart");
  EXPECT_EQ(ask(in, op), delivered("whole\n"));
  memory.settle(in);
  for (int turn = 0; turn < 1000; ++turn) {
    memory.lend(in, "ial\nwhole\npart");
    EXPECT_EQ(ask(in, op), delivered("partial\n"));
    EXPECT_EQ(ask(in, op), delivered("whole\n"));
    EXPECT_EQ(ask(in, op), need_more());
    memory.settle(in);
  }
  EXPECT_EQ(blocks.asked(), 1U);
}
