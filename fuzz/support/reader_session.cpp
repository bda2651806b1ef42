// SPDX-License-Identifier: BSL-1.0
// The wire's and the application's calls of a session, but for reads.
#include "reader_session.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <penstock/describe.hpp>
#include <penstock/error.hpp>

#include "bounds.hpp"
#include "scaled.hpp"
#include "texts.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_scribbled = 64;
constexpr std::size_t most_described = 4 * 1024;  // of an answer, for describing costs most of a run

struct never_ready {
  bool ready(const read_half&) noexcept { return false; }
  read_outcome take(read_half&) noexcept { return read_outcome::need_more(); }
};

}  // namespace

reader_session::reader_session(read_options options, counting_blocks& blocks, transcript& out)
    : blocks_(blocks), out_(out), test_(out), in_(options, blocks.source()), model_(options) {
  test_.begin(options);
  compare_state();
}

reader_session::handler reader_session::handler_of(opcode op) noexcept {
  static constexpr auto handlers = [] {
    std::array<handler, 64> all{};
    const auto set = [&all](opcode which, handler how) { all[static_cast<std::size_t>(which)] = how; };
    set(opcode::choose, &reader_session::choose);
    set(opcode::feed, &reader_session::feed);
    set(opcode::lend, &reader_session::lend);
    set(opcode::receive, &reader_session::receive);
    set(opcode::feed_eof, &reader_session::feed_eof);
    set(opcode::fail, &reader_session::fail);
    set(opcode::settle, &reader_session::settle);
    set(opcode::read_some, &reader_session::begin);
    set(opcode::read_to_eof, &reader_session::begin);
    set(opcode::readexactly, &reader_session::begin);
    set(opcode::readuntil, &reader_session::begin);
    set(opcode::readuntil_limit, &reader_session::begin);
    set(opcode::readline, &reader_session::begin);
    set(opcode::readline_limit, &reader_session::begin);
    set(opcode::skip_until, &reader_session::begin);
    set(opcode::length_prefixed, &reader_session::begin);
    set(opcode::netstring, &reader_session::begin);
    set(opcode::peek, &reader_session::peek);
    set(opcode::consume, &reader_session::consume);
    set(opcode::unread, &reader_session::unread);
    set(opcode::unread_last, &reader_session::unread_last);
    set(opcode::set_limit, &reader_session::set_limit);
    set(opcode::await_input, &reader_session::await_input);
    set(opcode::stop_awaiting, &reader_session::stop_awaiting);
    set(opcode::ask, &reader_session::ask);
    set(opcode::fail_allocation, &reader_session::fail_allocation);
    return all;
  }();
  return handlers[static_cast<std::size_t>(op)];
}

bool reader_session::run(const script& from, const step& one) {
  const handler how = handler_of(one.op);
  if (how == nullptr) return false;
  words_ = from.words(one);
  outcome_.clear();
  if (out_.wants_steps()) out_.begin(from.text(one));
  const bool waits = one.op == opcode::await_input || one.op == opcode::settle || one.op == opcode::peek;
  if (!waits) may_wait_ = false;
  const bool done = (this->*how)(one);
  if (out_.wants_steps()) {
    if (!done) outcome_ = "(left out: not allowed here)";
    out_.end((outcome_.empty() ? "" : outcome_ + "  ") + describe(in_) + " room=" + std::to_string(in_.input_room()));
  }
  compare_state();
  test_.end_step(model_);
  return done;
}

void reader_session::finish() {
  check_description(in_, model_);
  if (last_ && last_->text().size() <= most_described) check_description(*last_);
  check_quoted(model_.buffered());
  check_error(in_.error());
  drop_view();
  poll_unready();
  drop_view();
  step last;
  last.op = opcode::settle;
  settle(last);
  compare_state();
  test_.end();
}

// Whoever writes an operation gets the end, errors and the cap free: what is left is answered by them.
void reader_session::poll_unready() {
  never_ready op;
  const read_outcome expected = model_.poll_unready();
  const read_outcome observed = in_.poll(op);
  compare_answer(expected, observed);
  if (observed.error() != in_.error()) check_error(observed.error());
  position_ += model_.taken();
  work_.left(model_.taken());
}

// A failed allocation stores no_memory where the core could not keep bytes.
void reader_session::memory_refused(std::uint64_t failures_before) {
  if (blocks_.failures() != failures_before) model_.fail(errc::no_memory);
}

// N, from the lowest bit: 2 bits for the operation, 2 for how often receive brings its bytes, 1 for taking turns.
bool reader_session::choose(const step& one) {
  times_ = times_of(one.numbers[0] / 4);
  in_turns_ = one.numbers[0] / 16 % 2 != 0;
  mean(static_cast<std::size_t>(one.numbers[0] % live_.size()));
  return true;
}

void reader_session::mean(std::size_t which) noexcept {
  which_ = which;
  work_.choose(which);
  test_.choose(which);
}

bool reader_session::feed(const step& one) {
  if (model_.eof()) return false;
  drop_view();
  test_.call("feed", one.bytes);
  work_.prepared(one.bytes.size());
  const std::uint64_t failures = blocks_.failures();
  in_.feed(one.bytes);
  memory_refused(failures);
  if (blocks_.failures() == failures) model_.arrive(one.bytes);
  return true;
}

bool reader_session::lend(const step& one) {
  if (model_.eof()) return false;
  drop_view();
  const std::string_view bytes = one.bytes.substr(0, model_.input_room());
  const std::size_t headroom = std::min(one.size(0), most_headroom);
  test_.lend(bytes, headroom);
  work_.prepared(bytes.size());
  known_key_ = 0;
  lent_ = true;
  const std::uint64_t failures = blocks_.failures();
  if (headroom == 0)
    in_.lend(lender_.place(bytes));
  else
    in_.lend(lender_.place(bytes, headroom), headroom);
  memory_refused(failures);
  if (blocks_.failures() == failures) model_.arrive(bytes);
  return true;
}

bool reader_session::receive(const step& one) {
  if (model_.eof()) return false;
  drop_view();
  std::string_view bytes = one.bytes;
  if (times_ != 1) {
    received_ = repeated(bytes, times_, most_repeated - std::min(most_repeated, model_.buffered().size()));
    bytes = received_;
  }
  const std::size_t asked = saturated_sum(bytes.size(), one.size(0));
  const std::uint64_t failures = blocks_.failures();
  const std::span<char> free = in_.prepare(asked);
  const bool too_many = asked > ~std::size_t{0} / 4;
  const bool given = asked != 0 && !too_many && blocks_.failures() == failures;
  test_.receive(one.bytes, asked, given, one.bytes.empty() ? 1 : bytes.size() / one.bytes.size());
  expect_equal("bytes that prepare gave", given ? asked : 0, free.size());
  if (!given) return true;
  work_.prepared(asked);
  // What is not committed may have been written to.
  const std::span<char> behind = free.subspan(bytes.copy(free.data(), bytes.size()));
  std::ranges::fill(behind.first(std::min(behind.size(), most_scribbled)), '\xDD');
  in_.commit(bytes.size());  // I-30: an allocation that fails here costs nothing
  model_.arrive(bytes);
  return true;
}

bool reader_session::feed_eof(const step&) {
  test_.call("feed_eof");
  in_.feed_eof();
  model_.feed_eof();
  return true;
}

bool reader_session::fail(const step& one) {
  const std::error_code ec = error_of(one);
  test_.fail(ec);
  in_.fail(ec);
  model_.fail(ec);
  return true;
}

// I-11: counted by the source, not asked of the half.
bool reader_session::settle(const step&) {
  drop_view();
  test_.call("settle");
  const std::uint64_t failures = blocks_.failures();
  in_.settle();
  lender_.take_back();
  if (blocks_.failures() != failures) {
    const std::size_t lost = in_.buffered().empty() && lent_ ? model_.buffered().size() : 0;
    if (lost != 0) {
      model_.lose_buffered();
      model_.fail(errc::no_memory);
      expect("positions of bytes that were lost are not used again", in_.position() >= position_ + lost);
      position_ = in_.position();
    }
  } else {
    const std::size_t size = model_.buffered().size();
    expect_at_most("memory held after settle (I-11)", size == 0 ? 0 : 2 * size + 4096, blocks_.live_bytes());
  }
  if (model_.buffered().empty()) known_key_ = 0;
  lent_ = false;
  return true;
}

bool reader_session::peek(const step&) {
  const std::string_view bytes = in_.buffered();
  expect_equal("buffered()", model_.buffered(), bytes);
  remember_view(bytes);
  if (out_.wants_steps()) outcome_ = quoted(bytes);
  return true;
}

bool reader_session::consume(const step& one) {
  const std::size_t n = std::min(one.size(0), model_.buffered().size());
  const std::string_view expected = model_.consume(n);
  const std::string_view observed = in_.consume(n);
  if (out_.wants_test()) out_.code("EXPECT_EQ(in.consume(" + std::to_string(n) + "), " + literal(expected) + ");");
  expect_equal("bytes consumed", expected, observed);
  remember_view(observed);
  position_ += n;
  work_.left(n);
  if (out_.wants_steps()) outcome_ = quoted(observed);
  return true;
}

bool reader_session::unread(const step& one) {
  drop_view();
  put_back(one.bytes);
  return true;
}

bool reader_session::unread_last(const step& one) {
  const std::string_view last = view_;
  drop_view();
  put_back(last.substr(last.size() - std::min(last.size(), one.size(0))));
  return true;
}

// `bytes` may be a view of the half's own memory, which is gone afterwards.
void reader_session::put_back(std::string_view bytes) {
  const std::string copy(bytes);
  test_.call("unread", copy);
  if (out_.wants_steps()) outcome_ = quoted(copy);
  const std::uint64_t failures = blocks_.failures();
  in_.unread(bytes);
  memory_refused(failures);
  if (blocks_.failures() != failures) return;
  work_.prepared(copy.size());
  work_.unread(model_.buffered().size());
  model_.unread(copy);
  expect("unread() gives new positions", in_.position() >= position_);
  position_ = in_.position();
  work_.forget();
  known_key_ = 0;
}

bool reader_session::set_limit(const step& one) {
  const std::error_code expected = model_.set_limit(one.size(0));
  test_.set_limit(one.size(0), expected);
  expect_equal("set_limit", expected, in_.set_limit(one.size(0)));
  return true;
}

bool reader_session::fail_allocation(const step& one) {
  blocks_.fail_from(one.numbers[0], one.numbers[1]);
  if (out_.wants_test()) out_.code("// The script makes allocations fail: give the half a block_source that does.");
  return true;
}

// I-27: until a call that ends its life a view shows the same bytes.
void reader_session::remember_view(std::string_view view) {
  view_ = view;
  view_copy_ = view;
}

void reader_session::drop_view() {
  expect_equal("a view that still lives (I-27)", std::string_view(view_copy_), view_);
  if (last_ && !last_->text().empty()) last_.reset();
  view_ = {};
  view_copy_.clear();
}

// Everything that can be asked at any time. First all at once, since it nearly always holds.
void reader_session::compare_state() {
  in_.validate();
  const bool equal = (model_.buffered() == in_.buffered()) && (model_.input_room() == in_.input_room()) &&
                     (model_.paused() == in_.paused()) && (model_.ended() == in_.ended()) &&
                     (model_.limit() == in_.limit()) && (position_ == in_.position()) &&
                     (model_.error() == in_.error()) && (blocks_.live_bytes() == in_.capacity());
  if (!equal) compare_one_by_one();
  expect("wants_input()", (model_.input_room() != 0) == in_.wants_input());
  expect("at_eof() (R17)", model_.at_eof() == in_.at_eof());
  expect("full()", model_.full() == in_.full());
  expect("max_buffered()", model_.max_buffered() == in_.max_buffered());
  // At the end of the stream nothing is left to skip.
  expect("skipping_line()", model_.at_eof() || model_.skipping_line() == in_.skipping_line());
  work_.check(in_.work());
}

void reader_session::compare_one_by_one() {
  expect_equal("buffered() (I-1)", model_.buffered(), in_.buffered());
  expect_equal("input_room() (I-10)", model_.input_room(), in_.input_room());
  expect_equal("paused()", model_.paused(), in_.paused());
  expect_equal("ended()", model_.ended(), in_.ended());
  expect_equal("limit()", model_.limit(), in_.limit());
  expect_equal("position()", position_, in_.position());
  expect_equal("error()", model_.error(), in_.error());
  expect_equal("capacity()", blocks_.live_bytes(), in_.capacity());
}

}  // namespace penstock::fuzz
