// SPDX-License-Identifier: BSL-1.0
// The reads of a session: each operation is asked and compared, and its work accounted for.
#include <algorithm>

#include <penstock/describe.hpp>

#include "reader_session.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::string_view newline_alone[] = {"\n"};
constexpr std::size_t much = 4 * 1024;  // of this a script alone brings too little to try anybody's patience

bool seeks(opcode op) noexcept {
  return op == opcode::readuntil || op == opcode::readuntil_limit || op == opcode::readline ||
         op == opcode::readline_limit || op == opcode::skip_until;
}

std::span<const std::string_view> sought_by(const question& asked) noexcept {
  const opcode op = asked.asked.op;
  if (op == opcode::readline || op == opcode::readline_limit) return newline_alone;
  return asked.words;
}

}  // namespace

// A new question gives up the wait of the one before it.
bool reader_session::begin(const step& one) {
  if (model_.waiting()) {
    test_.call("stop_awaiting");
    in_.stop_awaiting();
    model_.stop_awaiting();
  }
  if (in_turns_) {
    mean(which_ ^ 1);
    declare(one);
    mean(which_ ^ 1);
  }
  declare(one);
  poll();
  return true;
}

void reader_session::declare(const step& one) {
  now().asked = {one, words_};
  test_.declare(now().asked);
  make_operation(one);
  if (seeks(one.op)) {
    const std::uint64_t key = separators(sought_by(now().asked)).key();
    const bool known = key != 0 && key == known_key_;
    work_.begin_search(known ? known_position_ : 0, sought_by(now().asked));
  }
}

void reader_session::make_operation(const step& asked) {
  const std::size_t n = asked.size(0);
  const opcode op = asked.op;
  operation& made = now().op;
  if (op == opcode::read_some) made.emplace<read_some>(n);
  if (op == opcode::read_to_eof) made.emplace<read_to_eof>(n);
  if (op == opcode::readexactly) made.emplace<readexactly>(n);
  if (op == opcode::readuntil) made.emplace<readuntil>(separators(words_));
  if (op == opcode::readuntil_limit) made.emplace<readuntil>(separators(words_), n);
  if (op == opcode::readline) made.emplace<readline>();
  if (op == opcode::readline_limit) made.emplace<readline>(n);
  if (op == opcode::skip_until) made.emplace<skip_until>(separators(words_));
  if (op == opcode::length_prefixed)
    made.emplace<length_prefixed>(n, asked.size(1),
                                  asked.numbers[2] % 2 == 0 ? byte_order::big_endian : byte_order::little_endian);
  if (op == opcode::netstring) made.emplace<netstring>(n);
}

bool reader_session::ask(const step&) {
  if (in_turns_) mean(which_ ^ 1);
  if (std::holds_alternative<std::monostate>(now().op)) return false;
  poll();
  return true;
}

bool reader_session::await_input(const step&) {
  if (!may_wait_) return false;
  test_.await_input();
  std::visit(
      [this](const auto& op) {
        if constexpr (read_operation<std::remove_cvref_t<decltype(op)>>) in_.await_input(op);
      },
      now().op);
  model_.await_input(now().asked);
  // I-14: where more bytes could change the answer, there is room for them.
  if (!model_.ended() && !model_.full()) expect("a wait has room", in_.wants_input());
  return true;
}

bool reader_session::stop_awaiting(const step&) {
  test_.call("stop_awaiting");
  in_.stop_awaiting();
  model_.stop_awaiting();
  return true;
}

template <class Op>
read_outcome reader_session::poll(Op& op) {
  if constexpr (read_operation<Op>)
    return in_.poll(op);
  else
    return read_outcome::need_more();
}

// Asks the operation and the model; neither may allocate or move a byte.
void reader_session::poll() {
  const std::uint64_t allocations = blocks_.allocations();
  const work_counters before = in_.work();
  const std::size_t available = model_.buffered().size();
  if (available > much) patience_used_ += available * std::max<std::size_t>(now().asked.words.size(), 1);
  if (model_.skipping_line()) work_.look_ahead();  // the rest of a line, then the next one
  const read_outcome expected = model_.poll(now().asked);
  test_.poll(expected);
  const read_outcome observed = std::visit([this](auto& op) { return poll(op); }, now().op);
  if (out_.wants_steps()) outcome_ = describe(observed);
  compare_answer(expected, observed);
  expect_equal("allocations while asking", allocations, blocks_.allocations());
  expect_equal("bytes moved while asking", before.moved, in_.work().moved);
  expect_equal("calls counted", before.calls + 1, in_.work().calls);
  account(position_ + available);
  remember_view(observed.text());
  last_ = observed;
  may_wait_ = observed.status() == read_status::need_more;
  if (!may_wait_) work_.answered(observed.status() == read_status::limit_overrun);
}

void reader_session::compare_answer(const read_outcome& expected, const read_outcome& observed) {
  const bool equal = expected.status() == observed.status() && expected.text() == observed.text() &&
                     expected.expected() == observed.expected() && expected.consumed() == observed.consumed() &&
                     expected.error() == observed.error();
  if (!equal) throw mismatch{"the answer", describe(expected), describe(observed)};
}

// What the search looked at, and what the half may remember of it: bytes at rest in a block.
void reader_session::account(std::uint64_t end) {
  if (seeks(now().asked.asked.op)) {
    work_.searched(position_, position_ + model_.sought(), end);
    if (model_.sought_in_vain() && !lent_ && !model_.buffered().empty()) {
      known_key_ = separators(sought_by(now().asked)).key();
      known_position_ = end;
    }
  }
  position_ += model_.taken();
  work_.left(model_.taken());
}

}  // namespace penstock::fuzz
