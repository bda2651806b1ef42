// SPDX-License-Identifier: BSL-1.0
// Proves readline against R39-R42 as section 14 mends them: lines in every cutting, the exact
// limit, and over-long lines, which are one limit_overrun each and leave no tail behind.
#include <penstock/read_operations.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/counting_blocks.hpp"
#include "support/feed.hpp"
#include "support/values.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// All answers of one readline after another while the pieces come and, behind them, the end.
std::vector<answer> lines(ps::read_half& in, const split& s, way how) {
  bringer source(in, how);
  std::vector<answer> all;
  ps::readline op;
  const auto read_all = [&] {
    for (answer a = ask(in, op); a != need_more() && a != eof(); a = ask(in, op)) all.push_back(a);
    if (!in.ended()) in.await_input(op);
  };
  for (const std::string_view piece : s.pieces) {
    source.bring(piece);
    read_all();
    source.end_turn();
    in.validate();
  }
  in.feed_eof();
  read_all();
  EXPECT_EQ(ask(in, op), eof());
  return all;
}

}  // namespace

// R39, R42, I-01, I-02: each line with its newline, empty ones too; the last may lack it; then eof
TEST(Readline, GivesLineAfterLine) {
  for_every_cut("ab\n\n\nc\r\nlast", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      const std::vector<answer> expected = {delivered("ab\n"), delivered("\n"), delivered("\n"), delivered("c\r\n"),
                                            delivered("last")};
      EXPECT_EQ(lines(in, s, how), expected);
    });
  });
}

// R39, I-02: what follows the line stays
TEST(Readline, LeavesWhatFollows) {
  for_every_split("line\n", [](const split& s) {
    for_every_way({}, [&](ps::read_half& in, way how) {
      ps::readline op;
      EXPECT_EQ(ask_while_bringing(in, op, s, how), delivered("line\n"));
      EXPECT_EQ(in.buffered(), s.trailing);
    });
  });
}

// R41: seven bytes and a newline pass at limit 7, eight do not, in every cutting
TEST(Readline, CountsTheLimitBeforeTheNewline) {
  for_every_split("1234567\n", [](const split& s) {
    for_every_way({.limit = 7}, [&](ps::read_half& in, way how) {
      ps::readline op;
      EXPECT_EQ(ask_while_bringing(in, op, s, how), delivered("1234567\n"));
      EXPECT_EQ(in.buffered(), s.trailing);
    });
  });
  for_every_cut("12345678\n", [](const split& s) {
    for_every_way({.limit = 7}, [&](ps::read_half& in, way how) {
      // With its newline there all nine are dropped; if exactly eight came before it, those.
      const bool eight_seen = s.pieces.size() == 9 || s.pieces.front().size() == 8;
      ps::readline op;
      EXPECT_EQ(ask_while_bringing(in, op, s, how), overrun(eight_seen ? 8 : 9));
      EXPECT_EQ(in.buffered(), eight_seen ? "\n" : "");
    });
  });
}

// R39, R40, I-02: an over-long line is one overrun, however it is cut; the next line is whole
TEST(Readline, DropsAnOverLongLineWhole) {
  constexpr std::string_view input = "abcdefgh\nok\n";  // the long line is 9 bytes, its newline included
  for_every_cut(input, [&](const split& s) {
    for_every_way({.limit = 3}, [&](ps::read_half& in, way how) {
      const std::size_t first = s.pieces.front().size();
      const bool by_bytes = s.pieces.size() == input.size();
      const std::size_t dropped = by_bytes ? 4 : first >= 4 && first < 9 ? first : 9;
      const std::vector<answer> expected = {overrun(dropped), delivered("ok\n")};
      EXPECT_EQ(lines(in, s, how), expected);
    });
  });
}

// R39, R40: a line's end inside a piece ends the skipping, also when it is the piece's only byte
TEST(Readline, SkipsTheRestOnceOnly) {
  ps::read_half in({.limit = 3});
  ps::readline op;
  in.feed("abcd");
  EXPECT_EQ(ask(in, op), overrun(4));
  EXPECT_TRUE(in.buffered().empty());
  in.feed("ef");
  EXPECT_EQ(ask(in, op), need_more());
  EXPECT_TRUE(in.buffered().empty()) << "the rest is dropped as it comes";
  in.feed("\n");
  EXPECT_EQ(ask(in, op), need_more());
  in.feed("\n");
  EXPECT_EQ(ask(in, op), delivered("\n")) << "an empty line is no rest";
  in.feed("wxyz");
  EXPECT_EQ(ask(in, op), overrun(4)) << "a second long line is told, too";
  in.feed("\nq\n");
  EXPECT_EQ(ask(in, ps::readline()), delivered("q\n")) << "the half remembers, not the operation";
}

// R40: any other read sees the raw bytes, and the readline after it does not skip
TEST(Readline, LeavesTheRestToOtherReads) {
  ps::read_half in({.limit = 3});
  in.feed("abcd");
  EXPECT_EQ(ask(in, ps::readline()), overrun(4));
  in.feed("efg\nok\n");
  EXPECT_EQ(in.buffered(), "efg\nok\n");
  EXPECT_EQ(ask(in, ps::read_some(0)), delivered("")) << "takes nothing, so nothing is forgotten";
  EXPECT_EQ(ask(in, ps::readexactly(1)), delivered("e"));
  EXPECT_EQ(ask(in, ps::readline()), delivered("fg\n"));
  EXPECT_EQ(ask(in, ps::readline()), delivered("ok\n"));
}

// R40: a question that takes nothing does not end the skipping
TEST(Readline, StillSkipsAfterAFruitlessQuestion) {
  ps::read_half in({.limit = 3});
  in.feed("abcd");
  EXPECT_EQ(ask(in, ps::readline()), overrun(4));
  in.feed("ef\nok\n");
  EXPECT_EQ(ask(in, ps::readexactly(100)), need_more());
  EXPECT_EQ(ask(in, ps::readuntil("\r")), overrun(6));
  EXPECT_EQ(ask(in, ps::readline()), delivered("ok\n"));
}

// R39, R40, I-05: the end of the stream ends an over-long line
TEST(Readline, AnswersEofBehindAnOverLongLastLine) {
  for_every_cut("abcdef", [](const split& s) {
    for_every_way({.limit = 3}, [&](ps::read_half& in, way how) {
      const std::size_t first = s.pieces.front().size();
      const std::size_t dropped = s.pieces.size() == 6 ? 4 : first >= 4 ? first : 6;
      EXPECT_EQ(lines(in, s, how), std::vector<answer>{overrun(dropped)});
      EXPECT_TRUE(in.at_eof());
    });
  });
}

// R20, R24, I-23: complete lines before an error, a broken one is left; a skipped one has no rest
TEST(Readline, DeliversWhatIsCompleteBeforeAnError) {
  ps::read_half in;
  ps::readline op;
  in.feed("one\ntw");
  in.fail(reset);
  EXPECT_EQ(ask(in, op), delivered("one\n"));
  EXPECT_EQ(ask(in, op), failed(reset));
  EXPECT_EQ(in.buffered(), "tw");

  ps::read_half skipping({.limit = 3});
  skipping.feed("abcd");
  EXPECT_EQ(ask(skipping, op), overrun(4));
  skipping.fail(reset);
  EXPECT_EQ(ask(skipping, op), failed(reset));
  EXPECT_EQ(ask(skipping, op), failed(reset));
}

// R11, R30, R43: a limit of its own; a bad one is told before anything else, in every state
TEST(Readline, MayHaveALimitOfItsOwn) {
  ps::read_half in({.limit = 3});
  in.feed("abcdef\nghijkl\n");
  EXPECT_EQ(ask(in, ps::readline(6)), delivered("abcdef\n"));
  EXPECT_EQ(ask(in, ps::readline(0)), failed(ps::errc::bad_option));
  EXPECT_EQ(ask(in, ps::readline(in.max_buffered() + 1)), failed(ps::errc::bad_option));
  EXPECT_EQ(ask(in, ps::readline(5)), overrun(7));
  EXPECT_EQ(ask(in, ps::readline(0)), failed(ps::errc::bad_option));
  in.fail(reset);
  EXPECT_EQ(ask(in, ps::readline(0)), failed(ps::errc::bad_option));
}

// R30, R43: a bad limit is told at once while a line is being skipped, too
TEST(Readline, RefusesABadLimitWhileSkipping) {
  ps::read_half in({.limit = 3});
  in.feed("abcd");
  EXPECT_EQ(ask(in, ps::readline()), overrun(4));
  EXPECT_EQ(ask(in, ps::readline(0)), failed(ps::errc::bad_option));
  in.feed("ef\nok\n");
  EXPECT_EQ(ask(in, ps::readline(0)), failed(ps::errc::bad_option));
  EXPECT_EQ(in.buffered(), "ef\nok\n");
  EXPECT_EQ(ask(in, ps::readline()), delivered("ok\n"));
}

// R39, R37: dropping a line lets reading go on
TEST(Readline, UnpausesByDropping) {
  ps::read_half in({.limit = 3});
  in.feed("abcdefg");
  EXPECT_TRUE(in.paused());
  EXPECT_EQ(ask(in, ps::readline()), overrun(7));
  EXPECT_FALSE(in.paused());
  EXPECT_EQ(in.input_room(), 7U);
}

// R40, I-11, I-15: skipping a line of 4 MiB takes the memory of one piece
TEST(Readline, SkipsInBoundedMemory) {
  counting_blocks blocks;
  ps::read_half in({.limit = 1000}, blocks);
  ps::readline op;
  const std::string piece(1024, 'x');
  int overruns = 0;
  for (int i = 0; i < 4096; ++i) {
    in.feed(piece);
    const answer a = ask(in, op);
    if (a == overrun(1024)) ++overruns;
    in.settle();
    ASSERT_TRUE(in.buffered().empty());
    ASSERT_EQ(blocks.live(), 0U);
  }
  EXPECT_EQ(overruns, 1);
  EXPECT_LE(blocks.peak_bytes(), 2048U);
  in.feed("\nok\n");
  EXPECT_EQ(ask(in, op), delivered("ok\n"));
}
