// SPDX-License-Identifier: BSL-1.0
// Proves that what a search remembers never shows: questions given up, repeated, asked in turns
// with others, over bytes that were taken or put back, answer as if each were asked for the first
// time. Then all of that at random, against the rules read naively.
#include <penstock/read_operations.hpp>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/feed.hpp"
#include "support/naive.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::string_view_literals;
using texts = std::vector<std::string_view>;

// R33, R34, I-15: an overrun consumes nothing, so it comes again, and to whoever asks
TEST(SearchMemory, RepeatsAnOverrun) {
  for (const std::string_view input : {"abcdef"sv, "abcdef\n"sv}) {
    ps::read_half in({.limit = 3});
    in.feed(input);
    ps::readuntil op("\n");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(in, op), overrun(6));
    EXPECT_EQ(ask(in, ps::readuntil("\n")), overrun(6));
    EXPECT_EQ(in.buffered(), input);
  }
}

// R23, I-25: what one question has seen is still there for the next one
TEST(SearchMemory, LosesNothingWhenItIsGivenUp) {
  for_every_split("ab\r\n", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      bringer source(in, how);
      answer got;
      for (const std::string_view piece : s.pieces) {
        source.bring(piece);
        ps::readuntil op("\r\n");  // a new one each time
        if (got == need_more()) got = ask(in, op);
        source.end_turn();
      }
      EXPECT_EQ(got, delivered("ab\r\n"));
      EXPECT_EQ(in.buffered(), s.trailing);
    });
  });
}

// I-01, I-04: one object asks for record after record, whatever others take in between
TEST(SearchMemory, GoesOnAfterOthersHaveConsumed) {
  ps::read_half in;
  ps::readuntil op("\r\n");
  in.feed("abcdef\r");
  EXPECT_EQ(ask(in, op), need_more());
  EXPECT_EQ(ask(in, ps::read_some(3)), delivered("abc"));
  EXPECT_EQ(ask(in, op), need_more());
  in.feed("\n");
  EXPECT_EQ(ask(in, op), delivered("def\r\n"));
  in.feed("xyz\r");
  EXPECT_EQ(ask(in, op), need_more());
  EXPECT_EQ(ask(in, ps::read_some(4)), delivered("xyz\r"));
  in.feed("\nq\r\n");
  EXPECT_EQ(ask(in, op), delivered("\nq\r\n"));
}

// R43, I-04: bytes put back in front are searched although their places had been seen
TEST(SearchMemory, SeesWhatWasPutBack) {
  ps::read_half in;
  ps::readuntil op("\n");
  in.feed("abc");
  EXPECT_EQ(ask(in, op), need_more());
  in.unread("x\ny");
  EXPECT_EQ(ask(in, op), delivered("x\n"));
  EXPECT_EQ(ask(in, op), need_more());
  EXPECT_EQ(ask(in, ps::read_some(9)), delivered("yabc"));
  in.unread("\n");
  EXPECT_EQ(ask(in, op), delivered("\n"));
}

// I-04: what is known about one separator is not taken for another one
TEST(SearchMemory, KeepsTheSeparatorsApart) {
  ps::read_half in;
  in.feed("a;b,c");
  EXPECT_EQ(ask(in, ps::readuntil("\n")), need_more());
  EXPECT_EQ(ask(in, ps::readuntil(":")), need_more());
  EXPECT_EQ(ask(in, ps::readuntil({"\n", ":"})), need_more());
  EXPECT_EQ(ask(in, ps::readuntil(",")), delivered("a;b,"));
  EXPECT_EQ(ask(in, ps::readuntil({"\n", "c"})), delivered("c"));
}

// I-01, I-04, I-25: any questions in any order, over bytes that come, go and come back
TEST(SearchMemory, AnswersAsIfAskedForTheFirstTime) {
  const texts newline = {"\n"}, crlf = {"\r\n"}, three = {"aab"}, several = {"\n", "ba", "\r\n\r\n"};
  const std::string_view alphabet = "aaab\r\n";
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    // Some seeds with many separators to look ahead to, some with few.
    const std::size_t rare = seed % 3 == 0 ? 30 : 1;
    const auto some_bytes = [&](std::size_t most) {
      std::string bytes(random() % most, 'a');
      for (char& byte : bytes)
        if (random() % rare == 0) byte = alphabet[random() % alphabet.size()];
      return bytes;
    };
    ps::read_half in;
    arena memory;
    std::string model;
    ps::readline line;
    ps::readuntil by_newline("\n"), by_crlf("\r\n"), by_three("aab"), by_several({"\n", "ba", "\r\n\r\n"});
    const auto check = [&](auto& op, const texts& separators) {
      const answer got = ask(in, op);
      EXPECT_EQ(got, naive_readuntil(model, separators, 65536));
      model.erase(0, got.text.size());
    };
    for (int step = 0; step < 300 && !::testing::Test::HasFailure(); ++step) {
      const unsigned dice = static_cast<unsigned>(random() % 16);
      if (dice < 3) {
        const std::string bytes = some_bytes(dice == 0 ? 300 : 8);
        model += bytes;
        if (dice == 1) {
          in.feed(bytes);
        } else {
          memory.settle(in);
          memory.lend(in, bytes);
        }
      } else if (dice == 3) {
        const std::string bytes = some_bytes(5);
        model.insert(0, bytes);
        in.unread(bytes);
      } else if (dice == 4) {
        memory.settle(in);
      } else if (dice == 5) {
        const std::size_t n = random() % (model.size() + 1);
        EXPECT_EQ(ask(in, ps::readexactly(n)), delivered(model.substr(0, n)));
        model.erase(0, n);
      } else if (dice == 6) {
        check(by_newline, newline);
      } else if (dice == 7) {
        check(by_three, three);
      } else if (dice == 8) {
        check(by_several, several);
      } else if (dice < 12) {
        check(by_crlf, crlf);
      } else {
        check(line, newline);
      }
      EXPECT_TRUE(in.buffered() == model);
      in.validate();
    }
  }
}
