// SPDX-License-Identifier: BSL-1.0
// Bringing bytes in cuts, and asking until there is an answer.
#include "chunked_reader.hpp"

#include <algorithm>
#include <optional>

#include <penstock/describe.hpp>
#include <penstock/framing.hpp>
#include <penstock/read_operations.hpp>

namespace penstock::fuzz {
namespace {

read_outcome outcome_of(const answer& one) {
  switch (one.status) {
    case read_status::need_more: return read_outcome::need_more();
    case read_status::data: return read_outcome::data(one.text);
    case read_status::eof: return read_outcome::eof();
    case read_status::incomplete: return read_outcome::incomplete(one.text, one.expected);
    case read_status::limit_overrun: return read_outcome::limit_overrun(0);
    case read_status::failed: return read_outcome::failed(one.error);
  }
  return read_outcome::need_more();
}

}  // namespace

std::string describe(const answer& one) { return penstock::describe(outcome_of(one)); }

chunked_reader::chunked_reader(read_options options, std::string_view stream, std::span<const cut> cuts,
                               std::error_code end, transcript& out)
    : out_(out),
      test_(out),
      in_(options, cuts.empty() ? default_blocks() : blocks_.source()),
      left_(stream),
      cuts_(cuts),
      end_(end) {
  test_.begin(options);
}

// One turn of a transport: I-10 says that a wait has room unless the cap is reached, and then the
// operation has answered.
void chunked_reader::bring() {
  if (left_.empty()) {
    expect("an operation answers at the end of the stream (I-14)", !ended_);
    ended_ = true;
    test_.call_end(end_);
    if (out_.wants_steps()) out_.line(end_ ? "  fail" : "  feed_eof");
    if (end_)
      in_.fail(end_);
    else
      in_.feed_eof();
    return;
  }
  expect("a wait has room (I-14)", in_.wants_input());
  const cut whole{left_.size(), opcode::feed, 0};
  const cut& how = cuts_.empty() ? whole : cuts_[next_cut_++ % cuts_.size()];
  const std::string_view bytes = left_.substr(0, std::min(how.size, in_.input_room()));
  left_.remove_prefix(bytes.size());
  if (out_.wants_steps()) out_.line("  " + std::string(name(how.way)) + ' ' + quoted(bytes));
  if (how.way == opcode::lend) {
    test_.lend(bytes, how.headroom);
    if (how.headroom == 0)
      in_.lend(lender_.place(bytes));
    else
      in_.lend(lender_.place(bytes, how.headroom), how.headroom);
  } else if (how.way == opcode::receive) {
    const std::span<char> free = in_.prepare(bytes.size() + how.headroom);
    test_.receive(bytes, bytes.size() + how.headroom, !free.empty());
    expect_equal("bytes that prepare gave", bytes.size() + how.headroom, free.size());
    std::ranges::copy(bytes, free.begin());
    in_.commit(bytes.size());
  } else {
    test_.call("feed", bytes);
    in_.feed(bytes);
  }
}

void chunked_reader::settle() {
  test_.call("settle");
  in_.settle();
  lender_.take_back();
  in_.validate();
}

template <class Op>
answer chunked_reader::drive(Op op, const question& asked, const answer* before) {
  test_.declare(asked);
  for (;;) {
    const read_outcome out = in_.poll(op);
    if (out.status() != read_status::need_more) {
      answer one{out.status(), std::string(out.text()), out.expected(), out.error()};
      const bool comparable =
          before != nullptr && before->status != read_status::limit_overrun && asked.asked.op != opcode::read_some;
      test_.poll(comparable ? outcome_of(*before) : out);
      settle();
      return one;
    }
    test_.poll(out);
    test_.await_input();
    in_.await_input(op);
    settle();
    bring();
  }
}

// For read(n) only this is the same for all cuttings: non-empty pieces that add up to n bytes, or to
// all there are.
answer chunked_reader::read_some_of_all(const question& asked, const answer* before) {
  question piece = asked;
  answer all{read_status::data, {}, 0, {}};
  for (;;) {
    const std::size_t n = asked.asked.size(0) - all.text.size();
    piece.asked.numbers[0] = n;
    const answer one = drive(read_some(n), piece, before);
    if (one.status != read_status::data) {
      all.status = one.status;
      all.error = one.error;
      return all;
    }
    expect("read_some(n) answers 1 to n bytes (R26)", one.text.size() <= n && (n == 0 || !one.text.empty()));
    all.text += one.text;
    if (all.text.size() == asked.asked.size(0)) return all;
  }
}

answer chunked_reader::ask(const question& q, const answer* before) {
  const opcode op = q.asked.op;
  const std::size_t n = q.asked.size(0);
  if (op == opcode::read_some) return read_some_of_all(q, before);
  if (op == opcode::read_to_eof) return drive(read_to_eof(n), q, before);
  if (op == opcode::readexactly) return drive(readexactly(n), q, before);
  if (op == opcode::readuntil) return drive(readuntil(separators(q.words)), q, before);
  if (op == opcode::readuntil_limit) return drive(readuntil(separators(q.words), n), q, before);
  if (op == opcode::readline) return drive(readline(), q, before);
  if (op == opcode::readline_limit) return drive(readline(n), q, before);
  if (op == opcode::skip_until) return drive(skip_until(separators(q.words)), q, before);
  if (op == opcode::netstring) return drive(netstring(n), q, before);
  const byte_order order = q.asked.numbers[2] % 2 == 0 ? byte_order::big_endian : byte_order::little_endian;
  return drive(length_prefixed(n, q.asked.size(1), order), q, before);
}

void chunked_reader::set_limit(std::size_t limit) {
  test_.set_limit(limit, {});
  expect_equal("set_limit", std::error_code(), in_.set_limit(limit));
}

void chunked_reader::unread(std::string_view bytes) {
  test_.call("unread", bytes);
  in_.unread(bytes);
}

std::string chunked_reader::residue() const { return std::string(in_.buffered()) + std::string(left_); }

void chunked_reader::finish() {
  settle();
  test_.end();
}

}  // namespace penstock::fuzz
