// SPDX-License-Identifier: BSL-1.0
// Proves that operations which live side by side on one half answer as if each were alone: asked in turns, with
// the same separators, which share what the half remembers, and with others, which do not.
#include <penstock/read_operations.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "support/answer.hpp"
#include "support/feed.hpp"
#include "support/naive.hpp"

namespace ps = penstock;
using namespace penstock_test;
using texts = std::vector<std::string_view>;

namespace {

constexpr std::size_t limit = 65'536;

enum class kind { until, line, skip };

// One operation that is kept, and what it seeks.
class asker {
 public:
  asker(kind what, const texts& separators) : what_(what), separators_(separators), op_(ps::readline()) {
    const ps::separators ends{std::span<const std::string_view>(separators_)};
    if (what == kind::until) op_.emplace<ps::readuntil>(ends);
    if (what == kind::skip) op_.emplace<ps::skip_until>(ends);
  }

  answer ask(ps::read_half& in) {
    return std::visit([&in](auto& op) { return penstock_test::ask(in, op); }, op_);
  }
  // The same by the rules alone; `unread` loses what the operation takes.
  answer by_the_rules(std::string& unread) const {
    answer now = naive_readuntil(unread, separators_, limit);
    if (what_ != kind::skip) {
      unread.erase(0, now.text.size());
      return now;
    }
    const auto size = [](std::string_view one) { return one.size(); };
    if (now == need_more()) {  // all but what could be the beginning of a separator
      const std::size_t longest = std::ranges::max(separators_, {}, size).size();
      unread.erase(0, unread.size() - std::min(unread.size(), longest - 1));
      return now;
    }
    unread.erase(0, now.text.size());
    std::string_view shortest;
    for (const std::string_view one : separators_)
      if (now.text.ends_with(one) && (shortest.empty() || one.size() < shortest.size())) shortest = one;
    return delivered(shortest);
  }

 private:
  kind what_;
  texts separators_;
  std::variant<ps::readuntil, ps::readline, ps::skip_until> op_;
};

using list = std::vector<std::pair<kind, texts>>;

// After each piece so many questions, each to the next operation: so one is behind the others in what it has seen.
void check(const list& kinds, const split& s, way how, std::size_t first, std::size_t questions) {
  SCOPED_TRACE(testing::Message() << "brought by " << how << ", beginning with " << first << ", " << questions
                                  << " questions a piece");
  std::vector<asker> askers;
  askers.reserve(kinds.size());
  for (const auto& [what, separators] : kinds) askers.emplace_back(what, separators);
  ps::read_half in({.limit = limit});
  bringer source(in, how);
  std::string unread;
  std::size_t turn = first;
  for (const std::string_view piece : s.pieces) {
    source.bring(piece);
    unread += piece;
    for (std::size_t left = questions; left != 0; --left, ++turn) {
      const answer expected = askers[turn % askers.size()].by_the_rules(unread);
      ASSERT_EQ(askers[turn % askers.size()].ask(in), expected) << "operation " << turn % askers.size();
      ASSERT_EQ(in.buffered(), unread);
    }
    source.end_turn();
    in.validate();
  }
}

void check_all(const list& kinds) {
  const std::string_view input =
      "one\r\ntwo\nthree\r\r\n\r\n--=-=--=--four and something that is long enough to be looked ahead into\r\n"
      "5\r\n6\r\n7\n8\r\n--=--9 once more as much, so that a line is sought through a window\r\n\n--=--\r\r\n\r\n";
  std::size_t round = 0;
  for_every_cut(input, [&](const split& s) {
    for (const way how : every_way)
      for (const std::size_t questions : {std::size_t{1}, kinds.size() + 1, 4 * kinds.size() + 3})
        check(kinds, s, how, ++round % kinds.size(), questions);
  });
}

}  // namespace

// I-02, I-04, I-25: two of one kind, and two of different kinds, that seek the same
TEST(KeptOperations, OfTheSameSeparatorAnswerInTurns) {
  check_all({{kind::until, {"\r\n"}}, {kind::until, {"\r\n"}}});
  check_all({{kind::line, {"\n"}}, {kind::until, {"\n"}}, {kind::line, {"\n"}}});
  check_all({{kind::until, {"\n", "--"}}, {kind::until, {"--", "\n"}}});
  check_all({{kind::until, {"--=--"}}, {kind::skip, {"--=--"}}});
}

// I-02, I-04, I-25: others overwrite what the half remembers, and take what one has looked ahead to
TEST(KeptOperations, OfOtherSeparatorsAnswerInTurns) {
  check_all({{kind::until, {"\r\n"}}, {kind::line, {"\n"}}});
  check_all({{kind::until, {"\r\n"}}, {kind::until, {"\n"}}, {kind::until, {"\r\n"}}});
  check_all({{kind::until, {"--=--"}}, {kind::until, {"\r\n", "--"}}, {kind::line, {"\n"}}, {kind::skip, {"\r\n"}}});
}

// I-02, I-04, I-25: separators for which the half remembers nothing
TEST(KeptOperations, OfLongSeparatorsAnswerInTurns) {
  check_all({{kind::until, {"long enough to be looked"}}, {kind::until, {"long enough to be looked"}}});
  check_all({{kind::until, {"window\r\n"}}, {kind::until, {"window\r\n", "=--four"}}, {kind::line, {"\n"}}});
}
