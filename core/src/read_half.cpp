// SPDX-License-Identifier: BSL-1.0
// The rarer paths of the receiving half: arrival, waiting, the end.
#include <penstock/read_half.hpp>

namespace penstock { inline namespace v0 {

std::error_code check(const read_options& options) noexcept {
  if (options.limit == 0) return errc::bad_option;
  return {};
}

void read_half::commit(std::size_t n) noexcept {
  PENSTOCK_EXPECTS(!eof_);
  if (n == 0) return;
  if (!buffer_.commit(n)) return fail(errc::no_memory);
  arrived(n);
}

PENSTOCK_HOT void read_half::lend(std::span<char> bytes, std::size_t headroom) noexcept {
  PENSTOCK_EXPECTS(!eof_ && bytes.size() <= input_room());
  if (bytes.empty()) return;
  if (!buffer_.lend(bytes.data(), bytes.size(), headroom)) return fail(errc::no_memory);
  arrived(bytes.size());
}

void read_half::lend(std::string_view bytes) noexcept {
  PENSTOCK_EXPECTS(!eof_ && bytes.size() <= input_room());
  if (bytes.empty()) return;
  if (!buffer_.lend(bytes.data(), bytes.size(), 0)) return fail(errc::no_memory);
  arrived(bytes.size());
}

void read_half::feed(std::string_view bytes) noexcept {
  PENSTOCK_EXPECTS(!eof_);
  if (bytes.empty()) return;
  if (!buffer_.append(bytes)) return fail(errc::no_memory);
  arrived(bytes.size());
}

void read_half::fail(std::error_code ec) noexcept {
  PENSTOCK_EXPECTS(ec);
  if (category_ != nullptr) return;
  category_ = &ec.category();
  value_ = ec.value();
}

void read_half::unread(std::string_view bytes) noexcept {
  if (bytes.empty()) return;
  if (!buffer_.unread(bytes)) {
    fail(errc::no_memory);
    return;
  }
  end_position_ += buffer_.size();
  skipping_line_ = false;
}

void read_half::consumed_rarely(std::size_t n) noexcept {
  if (buffer_.size() <= limit_) paused_ = false;
  if (n != 0) skipping_line_ = false;
}

std::error_code read_half::set_limit(std::size_t limit) noexcept {
  if (limit == 0) return errc::bad_option;
  limit_ = limit;
  if (buffer_.size() <= limit_) paused_ = false;
  return {};
}

read_outcome read_half::cut_short(std::size_t expected) noexcept {
  if (category_ != nullptr) return read_outcome::failed(error());
  skipping_line_ = false;
  return read_outcome::incomplete(take(buffer_.size()), expected);
}

PENSTOCK_HOT read_outcome read_half::unanswered() noexcept {
  if (!ended() && !full()) [[likely]]
    return read_outcome::need_more();
  asked_ = 0;
  dropping_ = false;
  if (category_ != nullptr) return read_outcome::failed(error());
  if (!eof_) return read_outcome::failed(errc::buffer_full);
  return buffer_.size() == 0 ? read_outcome::eof() : cut_short(0);
}

void read_half::validate() const noexcept {
  buffer_.validate();
  PENSTOCK_EXPECTS(limit_ != 0);
  PENSTOCK_EXPECTS(!paused() || buffer_.size() > limit_ || ended());
  PENSTOCK_EXPECTS(input_room() <= cap());
  PENSTOCK_EXPECTS(!ended() || input_room() == 0);
  if (const search_memo* const known = buffer_.memo(); known != nullptr && known->key != 0)
    PENSTOCK_EXPECTS(known->position <= end_position_);
}

}}  // namespace penstock::v0
