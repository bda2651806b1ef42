// SPDX-License-Identifier: BSL-1.0
// The model's reads: one function a rule, over the unread bytes.
#include <algorithm>

#include <penstock/error.hpp>

#include "reader_model.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most = ~std::size_t{0};

}  // namespace

// The answers that do not depend on the operation: an error before the end (R20), the cap last.
read_outcome reader_model::unanswered() noexcept {
  if (error_) return read_outcome::failed(error_);
  if (full()) return read_outcome::failed(errc::buffer_full);
  return read_outcome::need_more();
}

// What whoever writes an operation gets free: the error, the end with what is left, the cap.
read_outcome reader_model::poll_unready() {
  taken_ = 0;
  const bool ends = eof_ && !error_;
  const read_outcome out = !ends ? unanswered() : bytes_.empty() ? read_outcome::eof() : cut_short(0);
  if (out.status() != read_status::need_more) asked_ = 0;
  return out;
}

// R29, R35: all that was left, without resuming; but an error leaves it (R20 as mended).
read_outcome reader_model::cut_short(std::size_t expected) {
  if (error_) return read_outcome::failed(error_);
  skipping_ = false;
  return read_outcome::incomplete(take(bytes_.size()), expected);
}

// R25, R26; what is buffered is delivered first (R20 as mended).
read_outcome reader_model::read_some(std::size_t n) {
  if (!bytes_.empty()) {
    const std::size_t size = std::min(n, bytes_.size());
    return read_outcome::data(accept(size));
  }
  if (error_) return read_outcome::failed(error_);
  if (n == 0) return read_outcome::data({});
  if (!eof_) return unanswered();
  maybe_resume();
  return read_outcome::eof();
}

// R27 as mended.
read_outcome reader_model::read_to_eof(std::size_t at_most) {
  if (error_) return read_outcome::failed(error_);
  if (full() || bytes_.size() > at_most) return read_outcome::failed(errc::buffer_full);
  if (!eof_) return read_outcome::need_more();
  return read_outcome::data(accept(bytes_.size()));
}

// R28, R29.
read_outcome reader_model::readexactly(std::size_t n) {
  if (bytes_.empty() && error_) return read_outcome::failed(error_);
  if (n == 0) return read_outcome::data({});
  if (bytes_.size() >= n) return read_outcome::data(accept(n));
  return eof_ ? cut_short(n) : unanswered();
}

// R31 to R35.
read_outcome reader_model::readuntil(std::size_t limit, std::span<const std::string_view> separators) {
  const naive_match match = seek(separators);
  if (match.found) {
    if (match.begin > limit) return read_outcome::limit_overrun(match.begin);
    return read_outcome::data(accept(match.end));
  }
  const std::size_t size = bytes_.size() + 1;
  const std::size_t offset = size > longest(separators) ? size - longest(separators) : 0;
  if (offset > limit) return read_outcome::limit_overrun(offset);
  return eof_ ? cut_short(0) : unanswered();
}

// R39 to R41 as mended.
read_outcome reader_model::readline(std::size_t limit) {
  constexpr std::string_view newline_alone[] = {"\n"};
  naive_match newline = seek(newline_alone);
  if (skipping_) {
    accept(newline.found ? newline.end : bytes_.size());
    skipping_ = !newline.found;
    if (skipping_ && error_) return read_outcome::failed(error_);
    if (skipping_) return eof_ ? read_outcome::eof() : unanswered();
    newline = seek(newline_alone);
  }
  const std::size_t line = newline.found ? newline.end : bytes_.size();
  if (newline.found ? newline.begin > limit : line > limit) {
    accept(line);
    skipping_ = !newline.found;
    return read_outcome::limit_overrun(line);
  }
  if (newline.found) return read_outcome::data(accept(line));
  if (error_ || !eof_) return unanswered();
  return line == 0 ? read_outcome::eof() : read_outcome::data(accept(line));
}

// Drops all but what could be the beginning of a separator.
read_outcome reader_model::skip_until(std::span<const std::string_view> separators) {
  const naive_match match = seek(separators);
  if (match.found) return read_outcome::data(accept(match.end).substr(match.begin));
  // What it drops does not depend on how the bytes were cut, so an error ends it as the end does (I-2).
  const std::size_t kept = error_ || eof_ ? 0 : std::min(bytes_.size(), longest(separators) - 1);
  if (error_ || eof_ || kept < bytes_.size()) accept(bytes_.size() - kept);
  if (error_) return read_outcome::failed(error_);
  return eof_ ? read_outcome::eof() : unanswered();
}

reader_model::frame reader_model::look_at_length_prefix(std::size_t width, std::size_t max_payload,
                                                        bool big_endian) const noexcept {
  if (bytes_.size() < width) return {frame::state::partial, bytes_.size(), 0, width};
  std::size_t payload = 0;
  for (std::size_t i = 0; i != width; ++i) {
    const char byte = big_endian ? bytes_[i] : bytes_[width - 1 - i];
    const std::size_t before = payload;
    payload = payload * 256 + static_cast<unsigned char>(byte);
    if (payload / 256 != before) return {frame::state::too_long, width, 0, width};
  }
  if (payload > max_payload || payload > most - width) return {frame::state::too_long, width, 0, width};
  const bool complete = bytes_.size() - width >= payload;
  return {complete ? frame::state::complete : frame::state::partial, width, payload, width + payload};
}

reader_model::frame reader_model::look_at_netstring(std::size_t max_payload) const noexcept {
  const std::size_t digits = std::min(bytes_.find_first_not_of("0123456789"), bytes_.size());
  std::size_t payload = 0;
  for (std::size_t i = 0; i != digits; ++i) {
    if (i == 1 && bytes_[0] == '0') return {frame::state::malformed, i, 0, 0};
    const auto digit = static_cast<std::size_t>(bytes_[i] - '0');
    const bool fits = payload <= (most - digit) / 10;
    payload = fits ? payload * 10 + digit : most;
    const std::size_t beside = i + 3;  // the digits, the colon, the comma
    if (payload > max_payload || payload > most - beside) return {frame::state::too_long, i, 0, 0};
  }
  if (digits == bytes_.size()) return {frame::state::partial, digits, payload, digits + payload + 1};
  if (digits == 0 || bytes_[digits] != ':') return {frame::state::malformed, digits, 0, 0};
  const std::size_t header = digits + 1;
  const std::size_t whole = header + payload + 1;
  if (bytes_.size() < whole) return {frame::state::partial, header, payload, whole};
  if (bytes_[whole - 1] != ',') return {frame::state::malformed, header, payload, whole};
  return {frame::state::complete, header, payload, whole};
}

read_outcome reader_model::read_frame(const frame& seen) {
  switch (seen.state) {
    case frame::state::complete: return read_outcome::data(accept(seen.whole).substr(seen.header, seen.payload));
    case frame::state::too_long: return read_outcome::failed(errc::limit_overrun);
    case frame::state::malformed: return read_outcome::failed(std::make_error_code(std::errc::bad_message));
    case frame::state::partial: break;
  }
  if (error_ || !eof_) return unanswered();
  return bytes_.empty() ? read_outcome::eof() : cut_short(seen.whole);
}

}  // namespace penstock::fuzz
