// SPDX-License-Identifier: BSL-1.0
// Input in the ways of a wire, a reader who waits, and deadlines that are compared at each instant
// that matters: now, when one falls due, and just before.
#include "receiving_end.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <penstock/bytes.hpp>
#include <penstock/describe.hpp>

#include "bounds.hpp"
#include "check.hpp"
#include "time_check.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max() - 1;  // never() is no instant

std::string number(std::int64_t n) { return std::to_string(n); }
time_point instant(std::int64_t now) noexcept { return time_point(duration::nanoseconds(now)); }

// Servers speak second: what deadlines.hpp promises them.
bool for_servers(const deadlines& policy) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  return policy.close_flush.count() == 30 * second && policy.idle.count() == 300 * second &&
         policy.first_byte.count() == 10 * second && policy.whole_message.count() == 60 * second &&
         policy.minimum_rate == 64 && policy.rate_grace.count() == 10 * second;
}

}  // namespace

receiving_end::receiving_end(wire& to, connection& of, read_options options, writer_model& whole,
                             counting_blocks& blocks, transcript& out)
    : wire_(to), connection_(of), whole_(whole), blocks_(blocks), out_(out), model_(options) {}

receiving_end::handler receiving_end::handler_of(opcode op) noexcept {
  static constexpr auto handlers = [] {
    std::array<handler, 64> all{};
    const auto set = [&all](opcode which, handler how) { all[static_cast<std::size_t>(which)] = how; };
    set(opcode::feed, &receiving_end::feed);
    set(opcode::lend, &receiving_end::lend);
    set(opcode::receive, &receiving_end::receive);
    set(opcode::read_some, &receiving_end::begin);
    set(opcode::readexactly, &receiving_end::begin);
    set(opcode::readline, &receiving_end::begin);
    set(opcode::ask, &receiving_end::ask);
    set(opcode::await_input, &receiving_end::await_input);
    set(opcode::stop_awaiting, &receiving_end::stop_awaiting);
    set(opcode::consume, &receiving_end::consume);
    set(opcode::allow, &receiving_end::allow);
    set(opcode::pass_time, &receiving_end::pass_time);
    return all;
  }();
  return handlers[static_cast<std::size_t>(op)];
}

bool receiving_end::run(const step& one) {
  outcome_.clear();
  const bool waits = one.op == opcode::await_input || one.op == opcode::pass_time || one.op == opcode::allow;
  if (!waits) changed();
  return (this->*handler_of(one.op))(one);
}

void receiving_end::code(const std::string& line) {
  if (out_.wants_test()) out_.code(line);
}

// I-30: what could not be kept is an error of the stream, and nothing has arrived.
void receiving_end::arrived(std::string_view bytes, std::uint64_t failures_before) {
  if (blocks_.failures() == failures_before)
    model_.arrive(bytes);
  else
    model_.fail(errc::no_memory);
}

bool receiving_end::feed(const step& one) {
  step whole = one;
  whole.numbers[0] = 0;
  if (!receive(whole)) return false;
  commit();
  return true;
}

bool receiving_end::receive(const step& one) {
  commit();
  if (model_.eof()) return false;
  const std::string_view bytes = one.bytes;
  const std::size_t room = whole_.takes_input() ? model_.input_room() : 0;
  const std::size_t asked = saturated_sum(bytes.size(), std::min(one.size(0), most_prepared));
  const std::uint64_t failures = blocks_.failures();
  const std::span<char> free = wire_.prepare_input(asked);
  const bool given = blocks_.failures() == failures;
  expect_equal("bytes that the wire prepared (I-10)", given ? std::min(asked, room) : 0, free.size());
  if (free.empty()) return true;
  under_way_.assign(bytes.substr(0, free.size()));
  const std::span<char> space = as_writable_chars(std::as_writable_bytes(free));
  std::ranges::copy(under_way_, space.begin());
  prepared_ = true;
  if (out_.wants_steps()) outcome_ = std::to_string(under_way_.size()) + " bytes";
  if (out_.wants_test()) {
    const std::string size = std::to_string(under_way_.size());
    code("EXPECT_EQ(" + literal(under_way_) + ".copy(c.prepare_input(" + number_literal(asked) + ").data(), " + size +
         "), " + size + "u);");
  }
  return true;
}

// R92: what was under way when reading ended is dropped. I-30: nothing else is, whether there is memory or not.
void receiving_end::commit() {
  if (!prepared_) return;
  prepared_ = false;
  code("c.commit_input(" + std::to_string(under_way_.size()) + ");");
  wire_.commit_input(under_way_.size());
  if (whole_.takes_input()) model_.arrive(under_way_);
}

bool receiving_end::lend(const step& one) {
  commit();
  if (model_.eof()) return false;
  const std::string_view bytes = one.bytes.substr(0, model_.input_room());
  const std::size_t headroom = std::min(one.size(0), most_headroom);
  if (out_.wants_test()) {
    const std::string lent = "lent" + std::to_string(++count_);
    code("std::string " + lent + '(' + literal(bytes) + ");");
    code("c.lend_input(" + lent + ", 0);");
  }
  const std::uint64_t failures = blocks_.failures();
  wire_.lend_input(lender_.place(bytes, headroom), headroom);
  if (!whole_.takes_input()) return true;
  lent_ = true;
  arrived(bytes, failures);
  if (out_.wants_steps()) outcome_ = std::to_string(bytes.size()) + " bytes";
  return true;
}

void receiving_end::settled(bool memory_failed) {
  lender_.take_back();
  const std::size_t unread = model_.buffered().size();
  if (memory_failed && lent_ && connection_.in().buffered().empty() && unread != 0) {
    model_.lose_buffered();
    model_.fail(errc::no_memory);
    consumed_ += unread;
  }
  lent_ = false;
}

void receiving_end::input_ended() {
  commit();
  wire_.input_ended();
  model_.feed_eof();
}

void receiving_end::lost(std::error_code ec) {
  if (whole_.state() == connection_state::closed) return;
  if (ec) model_.fail(ec);
  if (!model_.error()) model_.feed_eof();  // R50
}

bool receiving_end::begin(const step& one) {
  commit();
  stop_awaiting(one);
  question_ = question{one, {}};
  if (one.op == opcode::read_some) operation_.emplace<read_some>(one.size(0));
  if (one.op == opcode::readexactly) operation_.emplace<readexactly>(one.size(0));
  if (one.op == opcode::readline) operation_.emplace<readline>();
  asked_ = ++count_;
  if (out_.wants_test())
    code(std::string(name(one.op)) + ' ' + operation_name() + '{' +
         (one.op == opcode::readline ? "" : number_literal(one.size(0))) + "};");
  poll();
  return true;
}

bool receiving_end::ask(const step&) {
  if (!question_) return false;
  commit();
  poll();
  return true;
}

void receiving_end::poll() {
  const read_outcome expected = model_.poll(*question_);
  const read_outcome observed = std::visit([this](auto& op) { return connection_.in().poll(op); }, operation_);
  const bool equal = expected.status() == observed.status() && expected.text() == observed.text() &&
                     expected.expected() == observed.expected() && expected.consumed() == observed.consumed() &&
                     expected.error() == observed.error();
  if (!equal) throw mismatch{"the answer to a connection's reader", describe(expected), describe(observed)};
  consumed_ += model_.taken();
  may_wait_ = observed.status() == read_status::need_more;
  dropping_ = may_wait_ && (dropping_ || model_.taken() != 0);
  if (out_.wants_steps()) outcome_ = describe(observed);
  if (out_.wants_test())
    code("EXPECT_EQ(describe(c.in().poll(" + operation_name() + ")), " + literal(describe(expected)) + ");");
}

bool receiving_end::await_input(const step&) {
  if (!may_wait_) return false;
  code("c.in().await_input(" + operation_name() + ");");
  std::visit([this](const auto& op) { connection_.in().await_input(op); }, operation_);
  model_.await_input(*question_);
  return true;
}

bool receiving_end::stop_awaiting(const step&) {
  if (!model_.waiting()) return false;
  code("c.in().stop_awaiting();");
  connection_.in().stop_awaiting();
  model_.stop_awaiting();
  return true;
}

bool receiving_end::consume(const step& one) {
  commit();
  const std::size_t n = std::min(one.size(0), model_.buffered().size());
  const std::string_view expected = model_.consume(n);
  code("EXPECT_EQ(c.in().consume(" + std::to_string(n) + "), " + literal(expected) + ");");
  expect_equal("bytes consumed", expected, connection_.in().consume(n));
  consumed_ += n;
  return true;
}

// The policy is asked at each question: it changes while the watch is in use.
bool receiving_end::allow(const step& one) {
  const std::uint64_t amount = one.numbers[1];
  const auto count = static_cast<std::int64_t>(amount);
  const duration limit = amount == ~std::uint64_t{0} ? deadlines::off : duration::nanoseconds(count);
  check_time(count, now_);
  deadlines changed = policy_;
  switch (one.numbers[0] % 8) {
    case 0: changed.close_flush = limit; break;
    case 1: changed.idle = limit; break;
    case 2: changed.first_byte = limit; break;
    case 3: changed.whole_message = limit; break;
    case 4: changed.minimum_rate = static_cast<std::uint32_t>(amount); break;
    case 5: changed.rate_grace = limit; break;
    case 6:
      changed = deadlines::server_defaults();
      expect("what a server allows its clients", for_servers(changed));
      break;
    default:
      code("c.watch(nullptr);");
      connection_.watch(nullptr);
      watch_.reset();
      clocks_.reset();
      return true;
  }
  const bool bad = limit <= duration() && one.numbers[0] % 8 < 6 && one.numbers[0] % 8 != 4;
  expect_equal("check(deadlines)", bad ? make_error_code(errc::bad_option) : std::error_code(), check(changed));
  if (bad) return false;
  policy_ = changed;
  if (out_.wants_test()) {
    const auto member = [](std::string_view what, duration d) {
      return "." + std::string(what) + " = duration::nanoseconds(" + number(d.count()) + "), ";
    };
    code("policy = {" + member("close_flush", policy_.close_flush) + member("idle", policy_.idle) +
         member("first_byte", policy_.first_byte) + member("whole_message", policy_.whole_message) +
         ".minimum_rate = " + std::to_string(policy_.minimum_rate) + "u, " + member("rate_grace", policy_.rate_grace) +
         "};");
  }
  if (watch_) return true;
  code("watch = deadline_watch(policy, time_point(duration::nanoseconds(" + number(now_) + ")));");
  code("c.watch(&watch);");
  watch_.emplace(policy_, instant(now_));
  clocks_.emplace(policy_);
  sent_ = 0;
  connection_.watch(&*watch_);
  return true;
}

stream_progress receiving_end::progress() const noexcept {
  return {.received = consumed_ + model_.buffered().size(),
          .consumed = consumed_,
          .sent = sent_,
          .reading = model_.waiting() && whole_.takes_input() && model_.input_room() != 0,
          .closing = whole_.state() == connection_state::closing,
          .dropping = dropping_ || model_.skipping_line()};
}

// R78 and I-18: a deadline that has passed is the reason of an abort.
bool receiving_end::pass_time(const step& one) {
  commit();
  const auto room = static_cast<std::uint64_t>(latest - now_);
  const auto ticks = static_cast<std::int64_t>(std::min(one.numbers[0], room));
  check_time(static_cast<std::int64_t>(one.numbers[0]), now_);
  now_ += ticks;
  code("c.on_time(time_point(duration::nanoseconds(" + number(now_) + ")));");
  deadline_kind passed = deadline_kind::none;
  if (clocks_ && whole_.state() < connection_state::aborting) {
    clocks_->pass(ticks);
    clocks_->observe(progress());
    passed = clocks_->expired();
  }
  wire_.on_time(instant(now_));
  if (passed != deadline_kind::none) {
    model_.fail(errc::timed_out);
    whole_.fail(errc::timed_out);
    whole_.abort();
    expect_equal("which deadline has passed (I-18)", passed, watch_->expired(instant(now_)));
  }
  code(whole_.state() == connection_state::aborting ? "EXPECT_TRUE(c.aborted());" : "EXPECT_FALSE(c.aborted());");
  if (out_.wants_steps()) outcome_ = "now " + number(now_) + ' ' + std::string(name(passed));
  return true;
}

deadline_kind receiving_end::expected_at(time_point when) const noexcept {
  naive_watch later = *clocks_;
  later.pass((when - instant(now_)).count());
  return later.expired();
}

// The earliest instant at which something passes, if nothing else happens: nothing does just
// before.
void receiving_end::compare_deadline() {
  const time_point when = wire_.deadline();
  if (!clocks_ || whole_.state() >= connection_state::aborting)
    return expect("no deadline where none is kept", when == time_point::never());
  if (whole_.state() == connection_state::closing && !clocks_->closing())
    return expect("a close that no turn has seen yet wants one", when <= instant(now_));
  expect_equal("what has passed now (I-18)", clocks_->expired(), watch_->expired(instant(now_)));
  if (when == time_point::never()) {
    expect_equal("what passes before never()", deadline_kind::none, expected_at(instant(latest)));
  } else if (when <= instant(now_)) {
    expect("a deadline in the past has passed", clocks_->expired() != deadline_kind::none);
  } else {
    const deadline_kind kind = expected_at(when);
    expect("something passes at a deadline", kind != deadline_kind::none);
    expect_equal("what passes at the deadline (I-18)", kind, watch_->expired(when));
    expect_equal("what passes just before", deadline_kind::none, expected_at(when - duration::nanoseconds(1)));
  }
}

void receiving_end::compare_state() {
  const read_half& in = connection_.in();
  expect_equal("buffered() (I-1)", model_.buffered(), in.buffered());
  expect_equal("input_room() (I-10)", whole_.takes_input() ? model_.input_room() : 0, wire_.input_room());
  expect_equal("ended()", model_.ended(), in.ended());
  expect_equal("awaited()", model_.waiting(), in.awaited());
  expect_equal("close_reason()", model_.error(), connection_.close_reason());
  whole_.fail(model_.error());
  expect_equal("the first reason stays (I-23)", model_.error(), whole_.close_reason());
  compare_deadline();
}

}  // namespace penstock::fuzz
