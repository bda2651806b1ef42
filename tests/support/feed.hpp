// SPDX-License-Identifier: BSL-1.0
// Every way to cut an input and every way to bring the pieces to a read half.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/describe.hpp>
#include <penstock/read_half.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"

namespace penstock_test {

// One cutting of an input. The pieces are views of memory that lives while the body runs.
struct split {
  std::vector<std::string_view> pieces;  // in order
  std::string_view trailing;             // what follows the input; a part of the last piece
};

inline std::ostream& operator<<(std::ostream& out, const split& s) {
  for (const std::string_view piece : s.pieces) out << penstock::quoted(piece) << ' ';
  return out << "of which trailing " << penstock::quoted(s.trailing);
}

// Runs body(split) for the input whole, byte by byte and cut in two at every place.
template <class Body>
void for_every_cut(std::string_view input, const Body& body) {
  const auto run = [&body](const split& s) {
    SCOPED_TRACE(::testing::Message() << "pieces " << s);
    body(s);
  };
  run({{input}, {}});
  split bytes;
  for (std::size_t i = 0; i < input.size(); ++i) bytes.pieces.push_back(input.substr(i, 1));
  run(bytes);
  for (std::size_t i = 1; i < input.size(); ++i) run({{input.substr(0, i), input.substr(i)}, {}});
}

// The same, and then again with bytes behind the input: whole, and cut in two at every place.
template <class Body>
void for_every_split(std::string_view input, const Body& body) {
  for_every_cut(input, body);
  const std::string longer = std::string(input) + "~trailing~";
  const std::string_view all = longer;
  const std::string_view trailing = all.substr(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) {
    split s{{all.substr(0, i), all.substr(i)}, trailing};
    if (i == 0) s.pieces.erase(s.pieces.begin());
    SCOPED_TRACE(::testing::Message() << "pieces " << s);
    body(s);
  }
}

// How bytes reach a read half.
enum class way { feed, prepare, lend, lend_view };
inline constexpr way every_way[] = {way::feed, way::prepare, way::lend, way::lend_view};

inline std::ostream& operator<<(std::ostream& out, way how) {
  constexpr std::string_view names[] = {"feed", "prepare", "lend", "lend_view"};
  return out << names[static_cast<std::size_t>(how)];
}

// A transport for one half: brings bytes in one way, and ends turns.
class bringer {
 public:
  bringer(penstock::read_half& in, way how) : in_(in), how_(how), arena_(4096, 512) {}

  // What cannot be lent, because there is no room or because bytes are lent, is fed.
  void bring(std::string_view bytes) {
    if (how_ == way::prepare && !bytes.empty()) {
      const std::span<char> to = in_.prepare(bytes.size());
      ASSERT_EQ(to.size(), bytes.size());
      std::copy(bytes.begin(), bytes.end(), to.begin());
      in_.commit(bytes.size());
      return;
    }
    std::size_t lent = 0;
    if ((how_ == way::lend || how_ == way::lend_view) && !lent_) {
      lent = std::min({bytes.size(), in_.input_room(), arena_.size()});
      lent_ = lent != 0;
      if (how_ == way::lend)
        arena_.lend(in_, bytes.substr(0, lent));
      else
        arena_.lend_view(in_, bytes.substr(0, lent));
    }
    in_.feed(bytes.substr(lent));
  }
  void end_turn() {
    arena_.settle(in_);
    lent_ = false;
  }

 private:
  penstock::read_half& in_;
  way how_;
  arena arena_;
  bool lent_ = false;
};

// Brings the pieces, a turn each, and asks after each of them; the first answer is the result.
// Pieces after it are brought, too. Before it every question must answer need_more and leave the
// bytes as they are.
template <penstock::read_operation Op>
answer ask_while_bringing(penstock::read_half& in, Op& op, const split& s, way how) {
  bringer source(in, how);
  answer first;
  std::string held(in.buffered());
  for (const std::string_view piece : s.pieces) {
    source.bring(piece);
    held += piece;
    if (first == need_more()) {
      first = ask(in, op);
      if (first == need_more()) {
        EXPECT_EQ(in.buffered(), held) << "need_more consumed";
        in.await_input(op);
      }
    }
    source.end_turn();
    in.validate();
  }
  in.stop_awaiting();
  return first;
}

// body(a read half of this limit, how) for each way to bring bytes.
template <class Body>
void for_every_way(penstock::read_options options, const Body& body) {
  for (const way how : every_way) {
    SCOPED_TRACE(::testing::Message() << "brought by " << how);
    penstock::read_half in(options);
    body(in, how);
    in.validate();
  }
}

}  // namespace penstock_test
