// SPDX-License-Identifier: BSL-1.0
// The steps of a sending session: the application's calls, the sink's and the connection's.
#include "writer_session.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <penstock/describe.hpp>
#include <penstock/error.hpp>
#include <penstock/send_queue.hpp>

#include "reader_model.hpp"
#include "scaled.hpp"
#include "texts.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_segments = write_half::useful_segments + 16;
constexpr std::size_t most_accepted = 128 * 1024;  // by scaled steps: more in a script is slow
constexpr std::size_t most_written = 12 * 1024;    // by one of them
constexpr std::size_t largest_view = ~std::size_t{0} / 2;

std::span<const std::byte> as_byte_span(std::string_view bytes) noexcept {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

}  // namespace

writer_session::writer_session(writer_model::kind what, read_options reading, write_options options,
                               counting_blocks& blocks, transcript& out)
    : blocks_(blocks), out_(out), test_(out, what), model_(what, options) {
  end_.emplace(what, options, blocks.source(), reading);
  end_->move_wire();
  if (connection* const c = end_->connection()) input_.emplace(end_->wire(), *c, reading, model_, blocks, out);
  test_.begin(reading, options);
  compare_state();
}

writer_session::handler writer_session::handler_of(opcode op) noexcept {
  static constexpr auto handlers = [] {
    std::array<handler, 64> all{};
    const auto set = [&all](opcode which, handler how) { all[static_cast<std::size_t>(which)] = how; };
    set(opcode::write, &writer_session::write);
    set(opcode::write_owned, &writer_session::write_owned);
    set(opcode::writelines, &writer_session::writelines);
    set(opcode::write_eof, &writer_session::write_eof);
    set(opcode::set_write_limits, &writer_session::set_limits);
    set(opcode::gather, &writer_session::gather);
    set(opcode::sent, &writer_session::sent);
    set(opcode::shut_down, &writer_session::shut_down);
    set(opcode::settle_output, &writer_session::settle);
    set(opcode::close, &writer_session::close);
    set(opcode::abort, &writer_session::abort);
    set(opcode::lost, &writer_session::lost);
    set(opcode::feed_eof, &writer_session::input_ended);
    set(opcode::fail_allocation, &writer_session::fail_allocation);
    return all;
  }();
  return handlers[static_cast<std::size_t>(op)];
}

bool writer_session::run(const script& from, const step& one, const writing& how) {
  const handler what = handler_of(one.op);
  if (what == nullptr && !(input_ && receiving_end::knows(one.op))) return false;
  how_ = how;
  parts_ = from.words(one);
  outcome_.clear();
  if (out_.wants_steps()) out_.begin(from.text(one));
  if (one.op == opcode::pass_time) gathered_.drop();  // a deadline aborts
  const bool done = what == nullptr ? input_->run(one) : (this->*what)(one);
  if (what == nullptr) outcome_ = input_->outcome();
  if (input_ && one.op != opcode::receive) input_->commit();
  if (input_ && what != nullptr) input_->changed();
  if (out_.wants_steps()) {
    if (!done) outcome_ = "(left out: not allowed here)";
    const std::string state = input_ ? describe(*end_->connection()) : describe(end_->half());
    out_.end((outcome_.empty() ? "" : outcome_ + "  ") + state);
  }
  compare_state();
  test_.end_step(model_);
  return done;
}

// A stream that was told to end is sent to its end; any other one dies with what it has.
void writer_session::finish() {
  if (input_) {
    check_description(*end_->connection(), input_->model(), model_);
    check_error(end_->connection()->close_reason());
  }
  check_description(end_->half(), model_);
  check_quoted(model_.pending());
  if (model_.ending() || model_.is_closing()) {
    step rest;
    rest.op = opcode::sent;
    rest.numbers[0] = ~std::uint64_t{0};
    while (!model_.pending().empty()) sent(rest);
    shut_down({});
    compare_state();
    if (!model_.dropped()) expect_equal("what has left (I-3)", given_, sink_);
  }
  gathered_.drop();
  input_.reset();
  end_.reset();
  loans_.check(sink_.size(), true, send_queue::worth_owning);
  test_.end();
}

std::string writer_session::scaled(std::string_view bytes) const {
  return fuzz::scaled(bytes, model_.accepted() < most_accepted ? how_.scale : 1, most_written);
}

// I-30: no memory is an answer only where memory was asked for in vain, and nothing has changed.
void writer_session::compare_write(std::string_view bytes, std::error_code observed, std::uint64_t failures_before) {
  std::error_code expected = model_.judge(bytes.size());
  if (!expected && blocks_.failures() != failures_before) expected = errc::no_memory;
  expect_equal("answer of a write", expected, observed);
  if (out_.wants_steps()) outcome_ = expected ? shown(expected) : std::to_string(bytes.size()) + " bytes";
  if (expected) return;
  model_.accept(bytes);
  given_ += bytes;
}

// I-31: a size that nothing has is refused like any other that does not fit, and not touched.
void writer_session::compare_huge(std::size_t n, std::error_code observed) {
  std::error_code expected = model_.judge(n);
  if (!expected && n != 0) expected = errc::no_memory;
  if (out_.wants_steps()) outcome_ = "(of " + std::to_string(n) + " bytes) " + shown(expected);
  expect_equal("answer of a write that is too large", expected, observed);
}

bool writer_session::write(const step& one) {
  const std::uint64_t failures = blocks_.failures();
  if (how_.copied == writing::form::huge) {
    const std::string_view claim(one.bytes.data(), largest_view);
    test_.write_huge(1);
    compare_huge(claim.size(), end_->write(claim));
    return true;
  }
  std::string bytes = scaled(one.bytes);
  std::string_view written = bytes;
  if (how_.copied == writing::form::own_output && !gathered_.empty()) {
    written = gathered_.front();  // the bytes that are to be appended lie in the queue itself
    bytes = written;
  }
  test_.write(bytes, model_.judge(bytes.size()));
  const std::error_code ec =
      how_.copied == writing::form::bytes ? end_->write(as_byte_span(written)) : end_->write(written);
  compare_write(bytes, ec, failures);
  return true;
}

bool writer_session::write_owned(const step& one) {
  const std::uint64_t failures = blocks_.failures();
  const std::string bytes = scaled(one.bytes);
  owned_bytes owned = loans_.make(bytes, how_.owned);
  if (!owned.valid()) {
    expect_equal("answer of a write without a holder", make_error_code(errc::no_memory), end_->write(std::move(owned)));
    return true;
  }
  test_.write_owned(bytes, model_.judge(bytes.size()));
  const std::error_code ec = end_->write(std::move(owned));
  compare_write(bytes, ec, failures);
  if (ec || bytes.empty())
    loans_.refused();
  else
    loans_.accepted(given_.size());
  return true;
}

bool writer_session::writelines(const step&) {
  const std::uint64_t failures = blocks_.failures();
  std::array<std::string, script::most_words> texts;
  std::array<std::string_view, script::most_words> parts;
  std::string all;
  std::size_t claimed = 0;
  for (std::size_t i = 0; i != parts_.size(); ++i) {
    texts[i] = scaled(parts_[i]);
    all += texts[i];
    parts[i] = texts[i].empty() ? std::string_view() : std::string_view(texts[i]);
    if (how_.copied != writing::form::huge || parts[i].empty()) continue;
    parts[i] = {texts[i].data(), largest_view};
    claimed = saturated_sum(claimed, largest_view);
  }
  const std::span<const std::string_view> used = std::span(parts).first(parts_.size());
  if (how_.copied == writing::form::huge) {
    test_.write_huge(used.size());
    compare_huge(claimed, end_->writelines(used));
    return true;
  }
  test_.writelines(used, model_.judge(all.size()));
  compare_write(all, end_->writelines(used), failures);
  return true;
}

bool writer_session::write_eof(const step&) {
  const std::error_code expected = model_.write_eof();
  test_.answered("write_eof()", expected);
  expect_equal("answer of write_eof", expected, end_->write_eof());
  return true;
}

bool writer_session::set_limits(const step& one) {
  const write_options options{.high = one.size(0), .low = one.size(1), .max_pending = one.size(2)};
  const std::error_code expected = model_.set_limits(options);
  test_.set_limits(options, expected);
  expect_equal("check(write_options)", expected, check(options));
  expect_equal("answer of set_limits", expected, end_->set_limits(options));
  return true;
}

// What the next send would get: views of the first bytes that wait, none of them empty, as many as
// there are or as are of use. Answers how many bytes they show.
std::size_t writer_session::look(std::size_t segments) {
  gathered_.drop();
  gathered_.take(segments, [&](std::span<std::string_view> views) {
    std::size_t count = 0;
    expect_equal("next step", model_.next(), end_->next(views, count));
    expect_at_most("gathered segments", segments, count);
    return count;
  });
  const std::string& bytes = gathered_.bytes();
  expect_equal("gathered bytes (I-3)", model_.pending().substr(0, bytes.size()), bytes);
  const bool all = gathered_.segments() == std::min(segments, write_half::useful_segments) ||
                   model_.next() != wire_step::send || bytes.size() == model_.pending().size();
  expect("all that waits is gathered, or as many segments as asked for", all);
  return bytes.size();
}

bool writer_session::gather(const step& one) {
  const std::size_t n = look(std::min(one.size(0), most_segments));
  if (out_.wants_steps())
    outcome_ = std::to_string(gathered_.segments()) + " segments, " + std::to_string(n) + " bytes";
  test_.gather(gathered_.bytes(), std::min(one.size(0), most_segments));
  return true;
}

// A send that takes n bytes, or as many as one send can be given.
bool writer_session::sent(const step& one) {
  const std::size_t n = std::min(look(write_half::useful_segments), one.size(0));
  sink_.append(gathered_.bytes(), 0, n);
  expect_equal("what has left (I-3)", std::string_view(given_).substr(0, sink_.size()).substr(sink_.size() - n),
               std::string_view(sink_).substr(sink_.size() - n));
  gathered_.drop();
  test_.sent(n);
  if (input_) input_->sent(n);
  end_->consume(n);
  model_.sent(n);
  return true;
}

bool writer_session::shut_down(const step&) {
  if (model_.next() != wire_step::shutdown) return false;
  test_.call("shut_down()", "output_shut_down()");
  end_->shut_down();
  model_.shut_down();
  return true;
}

// I-11: counted by the source, not asked of the half.
bool writer_session::settle(const step&) {
  gathered_.drop();
  if (input_) input_->commit();
  test_.call("settle()", "settle_input()");
  const std::uint64_t failures = blocks_.failures();
  end_->settle();
  if (input_) input_->settled(blocks_.failures() != failures);
  if (blocks_.failures() != failures) return true;
  const auto most = [](std::size_t size) { return size == 0 ? 0 : 2 * size + 4096; };
  const std::size_t unread = input_ ? input_->model().buffered().size() : 0;
  expect_at_most("memory held after settle (I-11)", most(model_.pending().size()) + most(unread), blocks_.live_bytes());
  return true;
}

bool writer_session::close(const step&) {
  test_.call("refuse()", "close()");
  end_->close();
  model_.close();
  return true;
}

bool writer_session::abort(const step&) {
  gathered_.drop();
  test_.call("drop()", "abort()");
  end_->abort();
  model_.abort();
  return true;
}

bool writer_session::lost(const step& one) {
  gathered_.drop();
  const auto number = static_cast<int>(one.numbers[0] % 128);
  const std::error_code ec = number == 0 ? std::error_code() : std::error_code(number, std::generic_category());
  test_.call("drop()", number == 0 ? "lost({})" : "lost({" + std::to_string(number) + ", std::generic_category()})");
  if (input_) input_->commit();
  end_->lost(ec);
  if (input_) input_->lost(ec);
  model_.lost(ec);
  return true;
}

bool writer_session::input_ended(const step&) {
  if (end_->connection() == nullptr || !model_.takes_input()) return false;
  test_.call("", "input_ended()");
  input_->input_ended();
  model_.input_ended();
  return true;
}

bool writer_session::fail_allocation(const step& one) {
  blocks_.fail_from(one.numbers[0], one.numbers[1]);
  if (out_.wants_test()) out_.code("// The script makes allocations fail: give the half a block_source that does.");
  return true;
}

// Everything that can be asked at any time.
void writer_session::compare_state() {
  const write_half& half = end_->half();
  end_->validate();
  std::size_t count = 0;
  expect_equal("next step", model_.next(), end_->next({}, count));
  expect_equal("segments in no room", std::size_t{0}, count);
  expect_equal("pending()", model_.pending().size(), half.pending());
  expect_equal("full() (I-13)", model_.full(), half.full());
  expect_equal("ending()", model_.ending(), half.ending());
  expect_equal("bytes_lost()", model_.bytes_lost(), half.bytes_lost());
  expect_equal("high mark", model_.limits().high, half.limits().high);
  expect_equal("low mark", model_.limits().low, half.limits().low);
  expect_equal("max_pending", model_.limits().max_pending, half.limits().max_pending);
  const std::size_t input = input_ ? end_->connection()->in().capacity() : 0;
  expect_equal("capacity()", blocks_.live_bytes(), half.capacity() + input);
  // Every byte is copied in once and once more out of a block that it did not fill; a block worn by
  // sending is left when a quarter of it has been sent since it was made.
  expect_at_most("bytes moved (I-16)", 2 * given_.size() + 3 * sink_.size(), half.moved());
  loans_.check(sink_.size(), model_.dropped(), send_queue::worth_owning);
  connection* const c = end_->connection();
  if (c == nullptr) return;
  expect_equal("state()", model_.state(), c->state());
  expect_equal("is_closing()", model_.is_closing(), c->is_closing());
  expect_equal("aborted()", model_.state() == connection_state::aborting, c->aborted());
  input_->compare_state();
}

}  // namespace penstock::fuzz
