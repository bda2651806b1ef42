// SPDX-License-Identifier: BSL-1.0
// The model's state: arrival, taking, waiting, the end; and which rule says so.
#include "reader_model.hpp"

#include <algorithm>

#include <penstock/error.hpp>

#include "check.hpp"

namespace penstock::fuzz {

std::size_t longest(std::span<const std::string_view> words) noexcept {
  std::size_t size = 0;
  for (const std::string_view word : words) size = std::max(size, word.size());
  return size;
}

read_options legal_reading(const step& one) {
  read_options options{.limit = one.size(0), .max_buffered = one.size(1)};
  const std::error_code expected = options.limit == 0 ? make_error_code(errc::bad_option) : std::error_code();
  expect_equal("check(read_options)", expected, check(options));
  options.limit = std::max<std::size_t>(options.limit, 1);
  return options;
}

naive_match naive_find(std::string_view text, std::span<const std::string_view> separators) noexcept {
  naive_match best;
  for (const std::string_view one : separators) {
    const std::size_t begin = text.find(one);
    if (begin == text.npos) continue;
    const std::size_t end = begin + one.size();
    if (!best.found || end < best.end || (end == best.end && begin > best.begin)) best = {true, begin, end};
  }
  return best;
}

bool is_question(opcode op) noexcept { return (op >= opcode::read_some && op <= opcode::netstring); }

std::size_t reader_model::plain_room() const noexcept { return saturated_sum(saturated_sum(limit_, limit_), 1); }

std::size_t reader_model::max_buffered() const noexcept { return std::max(max_buffered_, plain_room()); }

// R2: paused when more than 2 * limit bytes are there.
void reader_model::arrive(std::string_view bytes) {
  if (bytes.empty()) return;
  bytes_ += bytes;
  if (bytes_.size() >= plain_room()) paused_ = true;
}

void reader_model::fail(std::error_code ec) noexcept {
  if (!error_) error_ = ec;
}

void reader_model::maybe_resume() noexcept {
  if (bytes_.size() <= limit_) paused_ = false;
}

std::string_view reader_model::take(std::size_t n) {
  answer_.assign(bytes_, 0, n);
  bytes_.erase(0, n);
  taken_ += n;
  return answer_;
}

std::string_view reader_model::consume(std::size_t n) {
  taken_ = 0;
  return accept(n);
}

// Taking resumes (R2, R37) and forgets that a line was being skipped.
std::string_view reader_model::accept(std::size_t n) {
  const std::string_view bytes = take(n);
  if (n != 0) skipping_ = false;
  maybe_resume();
  return bytes;
}

void reader_model::unread(std::string_view bytes) {
  if (bytes.empty()) return;
  bytes_.insert(0, bytes);
  skipping_ = false;
}

std::error_code reader_model::set_limit(std::size_t limit) noexcept {
  if (limit == 0) return errc::bad_option;
  limit_ = limit;
  maybe_resume();
  return {};
}

// I-10: 2 * limit + 1, or what a waiting operation asks for; never past the cap.
std::size_t reader_model::input_room() const noexcept {
  if (ended() || paused()) return 0;
  const std::size_t bound = std::max(plain_room(), std::min(asked_, max_buffered()));
  return bound > bytes_.size() ? bound - bytes_.size() : 0;
}

void reader_model::await_input(const question& asked) noexcept {
  asked_ = std::max<std::size_t>(asks(asked), 1);
  paused_ = false;
}

void reader_model::stop_awaiting() noexcept { asked_ = 0; }

naive_match reader_model::seek(std::span<const std::string_view> separators) noexcept {
  const naive_match match = naive_find(bytes_, separators);
  sought_ = taken_ + (match.found ? match.end : bytes_.size());
  in_vain_ = !match.found;
  return match;
}

read_outcome reader_model::poll(const question& asked) {
  taken_ = 0;
  sought_ = 0;
  in_vain_ = false;
  const read_outcome out = answer(asked);
  if (out.status() != read_status::need_more && asked_ != 0) {
    asked_ = 0;
  }
  return out;
}

// R30: bad arguments come first; the first of: no or an empty separator, too many, a bad limit.
std::error_code reader_model::bad_argument(const question& q) const noexcept {
  constexpr std::size_t most_separators = 8;
  const opcode op = q.asked.op;
  if (op == opcode::readuntil || op == opcode::readuntil_limit || op == opcode::skip_until) {
    const bool an_empty_one = std::ranges::any_of(q.words, [](std::string_view word) { return word.empty(); });
    if (q.words.empty()) return errc::empty_separator;
    if (q.words.size() > most_separators) return errc::too_many_separators;
    if (an_empty_one) return errc::empty_separator;
  }
  if (op == opcode::readuntil_limit || op == opcode::readline_limit) {
    const std::size_t limit = q.asked.size(0);
    if (limit == 0 || limit > max_buffered()) return errc::bad_option;
  }
  const std::size_t width = q.asked.size(0);
  if (op == opcode::length_prefixed && width != 1 && width != 2 && width != 4 && width != 8) return errc::bad_option;
  return {};
}

read_outcome reader_model::answer(const question& q) {
  if (const std::error_code ec = bad_argument(q)) return read_outcome::failed(ec);
  const std::size_t n = q.asked.size(0);
  const opcode op = q.asked.op;
  if (op == opcode::read_some) return read_some(n);
  if (op == opcode::read_to_eof) return read_to_eof(n);
  if (op == opcode::readexactly) return readexactly(n);
  if (op == opcode::readuntil) return readuntil(limit_, q.words);
  if (op == opcode::readuntil_limit) return readuntil(n, q.words);
  if (op == opcode::readline) return readline(limit_);
  if (op == opcode::readline_limit) return readline(n);
  if (op == opcode::skip_until) return skip_until(q.words);
  if (op == opcode::length_prefixed)
    return read_frame(look_at_length_prefix(n, q.asked.size(1), q.asked.numbers[2] % 2 == 0));
  return read_frame(look_at_netstring(n));
}

// What a wait makes room for: so many bytes must be there before the answer can change.
std::size_t reader_model::asks(const question& q) const noexcept {
  const std::size_t n = q.asked.size(0);
  const opcode op = q.asked.op;
  if (op == opcode::read_some) return 1;
  if (op == opcode::read_to_eof) return saturated_sum(n, 1);
  if (op == opcode::readexactly) return n;
  if (op == opcode::readuntil) return saturated_sum(limit_, longest(q.words));
  if (op == opcode::readuntil_limit) return saturated_sum(n, longest(q.words));
  if (op == opcode::readline) return saturated_sum(limit_, 1);
  if (op == opcode::readline_limit) return saturated_sum(n, 1);
  if (op == opcode::skip_until) return longest(q.words);
  if (op == opcode::length_prefixed)
    return look_at_length_prefix(n, q.asked.size(1), q.asked.numbers[2] % 2 == 0).whole;
  return look_at_netstring(n).whole;
}

}  // namespace penstock::fuzz
