// SPDX-License-Identifier: BSL-1.0
// The primitives of a receive_buffer as steps.
#include "receive_lane.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "bounds.hpp"
#include "check.hpp"
#include "reader_model.hpp"

namespace penstock::fuzz {
namespace {

constexpr search_memo marked{.key = ~std::uint64_t{0}, .position = ~std::uint64_t{0}};

}  // namespace

receive_lane::receive_lane(counting_blocks& blocks, transcript& out, std::string name)
    : blocks_(blocks), out_(out), name_(std::move(name)), in_(blocks.source()) {
  if (out_.wants_test()) out_.code("receive_buffer " + name_ + "(default_blocks());");
}

receive_lane::handler receive_lane::handler_of(opcode op) noexcept {
  static constexpr auto handlers = [] {
    std::array<handler, 64> all{};
    const auto set = [&all](opcode which, handler how) { all[static_cast<std::size_t>(which)] = how; };
    set(opcode::feed, &receive_lane::append);
    set(opcode::lend, &receive_lane::lend);
    set(opcode::receive, &receive_lane::receive);
    set(opcode::settle, &receive_lane::settle);
    set(opcode::peek, &receive_lane::peek);
    set(opcode::consume, &receive_lane::consume);
    set(opcode::unread, &receive_lane::unread);
    set(opcode::unread_last, &receive_lane::unread_last);
    return all;
  }();
  return handlers[static_cast<std::size_t>(op)];
}

bool receive_lane::run(const step& one, std::string_view bytes, bool late) {
  const handler how = handler_of(one.op);
  if (how == nullptr) return false;
  const bool meanwhile =
      one.op == opcode::consume || one.op == opcode::peek || one.op == opcode::unread || one.op == opcode::unread_last;
  late_ = late;
  if (!meanwhile) arrive();
  (this->*how)(one, bytes);
  if (meanwhile) arrive();
  if (out_.wants_test()) out_.code("EXPECT_EQ(" + name_ + ".view(), " + literal(model_) + ");");
  return true;
}

void receive_lane::compare_state() const {
  in_.validate();
  expect_equal("view() (I-1)", std::string_view(model_), in_.view());
  expect_equal("size()", model_.size(), in_.size());
  work_.check({.moved = in_.moved()});
  search_memo* const memo = in_.memo();
  expect_equal("a memo is kept in a block and nowhere else", in_.capacity() != 0, memo != nullptr);
  if (memo == nullptr) return;
  const bool kept = memo->key == marked.key && memo->position == marked.position;
  expect("a memo is kept or forgotten whole", kept || (memo->key == 0 && memo->position == 0));
  *memo = marked;
}

void receive_lane::finish() {
  arrive();
  settle({}, {});
  compare_state();
}

std::string receive_lane::describe() const {
  return name_ + " " + std::to_string(in_.size()) + " bytes, capacity " + std::to_string(in_.capacity());
}

bool receive_lane::refused(bool answer, std::uint64_t failures_before) const {
  if (!answer) expect("memory was asked for in vain", blocks_.failures() != failures_before);
  return !answer;
}

void receive_lane::append(const step&, std::string_view bytes) {
  drop_view();
  call("append", bytes);
  const std::uint64_t failures = blocks_.failures();
  if (refused(in_.append(bytes), failures)) return;
  work_.prepared(bytes.size());
  model_ += bytes;
}

void receive_lane::lend(const step& one, std::string_view bytes) {
  drop_view();
  const std::size_t headroom = std::min(one.size(0), most_headroom);
  const std::span<char> arrived = lender_.place(bytes, headroom);
  if (out_.wants_test()) out_.code("// Lends with a headroom of " + std::to_string(headroom) + ':');
  call("append", bytes);
  const std::uint64_t failures = blocks_.failures();
  if (refused(in_.lend(arrived.data(), bytes.size(), headroom), failures)) return;
  if (!bytes.empty()) lent_ = {arrived.data() - headroom, headroom + bytes.size()};
  work_.prepared(bytes.size());
  model_ += bytes;
}

// Exactly as many bytes as asked for, so that a receive cannot pass what it was allowed.
void receive_lane::receive(const step& one, std::string_view bytes) {
  drop_view();
  const std::size_t asked = saturated_sum(bytes.size(), one.size(0));
  const std::uint64_t failures = blocks_.failures();
  const std::span<char> free = in_.prepare(asked);
  const bool impossible = asked == 0 || asked > ~std::size_t{0} / 4;
  if (free.empty()) {
    expect("memory was asked for in vain", impossible || blocks_.failures() != failures);
    call("prepare", asked);
    return;
  }
  expect_equal("bytes that prepare gave", asked, free.size());
  work_.prepared(asked);
  if (out_.wants_test())
    out_.code("// Prepares " + number_literal(asked) + ", commits fewer" + (late_ ? " later:" : ":"));
  prepared_ = free;
  arriving_ = bytes;
  put_back_ = false;
  if (!late_) arrive();
}

// I-30: what has arrived is lost only if bytes were put back meanwhile and there is no memory.
void receive_lane::arrive() {
  if (prepared_.empty()) return;
  drop_view();
  call("append", arriving_);
  std::ranges::fill(prepared_, '\xDD');
  std::ranges::copy(arriving_, prepared_.begin());
  prepared_ = {};
  const std::uint64_t failures = blocks_.failures();
  if (refused(in_.commit(arriving_.size()), failures))
    expect("bytes were put back meanwhile", put_back_);
  else
    model_ += arriving_;
}

// I-11. Without memory, what was in the lender's memory is lost, and nothing else.
void receive_lane::settle(const step&, std::string_view) {
  drop_view();
  call("settle");
  const auto* const first = in_.view().data();
  const bool lent =
      !lent_.empty() && !std::less<>()(first, lent_.data()) && std::less<>()(first, lent_.data() + lent_.size());
  const std::uint64_t failures = blocks_.failures();
  const bool kept = in_.settle();
  lender_.take_back();
  lent_ = {};
  if (refused(kept, failures)) {
    expect("only lent bytes are lost", lent);
    model_.clear();
  }
  if (blocks_.failures() != failures) return;
  const std::size_t size = model_.size();
  expect_at_most("memory held after settle (I-11)", size == 0 ? 0 : 2 * size + 4096, in_.capacity());
}

void receive_lane::peek(const step&, std::string_view) { remember_view(in_.view()); }

void receive_lane::consume(const step& one, std::string_view) {
  const std::size_t n = std::min(one.size(0), model_.size());
  call("consume", n);
  const std::string_view taken = in_.view().substr(0, n);
  in_.consume(n);
  model_.erase(0, n);
  remember_view(taken);
  work_.left(n);
}

void receive_lane::unread(const step&, std::string_view bytes) {
  drop_view();
  put_back(bytes);
}

void receive_lane::unread_last(const step& one, std::string_view) {
  const std::string_view last = view_;
  drop_view();
  put_back(last.substr(last.size() - std::min(last.size(), one.size(0))));
}

// `bytes` may be a view of the buffer's own memory, which is gone afterwards.
void receive_lane::put_back(std::string_view bytes) {
  const std::string copy(bytes);
  call("unread", copy);
  const std::uint64_t failures = blocks_.failures();
  if (refused(in_.unread(bytes), failures)) return;
  put_back_ = true;
  work_.prepared(copy.size());
  work_.unread(model_.size());
  model_.insert(0, copy);
}

// I-27: until a call that ends its life a view shows the same bytes.
void receive_lane::remember_view(std::string_view view) {
  view_ = view;
  view_copy_ = view;
}

void receive_lane::drop_view() {
  expect_equal("a view that still lives (I-27)", std::string_view(view_copy_), view_);
  view_ = {};
  view_copy_.clear();
}

void receive_lane::call(std::string_view function) const {
  if (out_.wants_test()) out_.code(name_ + '.' + std::string(function) + "();");
}

void receive_lane::call(std::string_view function, std::string_view bytes) const {
  if (out_.wants_test()) out_.code(name_ + '.' + std::string(function) + '(' + literal(bytes) + ");");
}

void receive_lane::call(std::string_view function, std::size_t n) const {
  if (out_.wants_test()) out_.code(name_ + '.' + std::string(function) + '(' + number_literal(n) + ");");
}

}  // namespace penstock::fuzz
