// SPDX-License-Identifier: BSL-1.0
// Acceptance, the hard cap and the watermarks of the sending half.
#include <penstock/write_half.hpp>

namespace penstock { inline namespace v0 {

std::error_code check(const write_options& options) noexcept {
  if (options.high < options.low) return errc::bad_option;
  return {};
}

std::error_code write_half::refusal(std::size_t n) const noexcept {
  if (eof_) return errc::write_after_eof;
  if (n == 0) return {};
  return refused_ ? errc::not_connected : errc::buffer_full;
}

std::error_code write_half::write(owned_bytes bytes) noexcept {
  if (!bytes.valid()) return errc::no_memory;
  return enqueue(bytes.view().size(), [&] { return queue_.append(bytes); });
}

std::error_code write_half::writelines(std::span<const std::string_view> parts) noexcept {
  std::size_t total = 0;
  for (const std::string_view part : parts) {
    if (__builtin_add_overflow(total, part.size(), &total)) total = ~std::size_t{0};  // more than there is
  }
  return enqueue(total, [&] { return queue_.append(parts, total); });
}

std::error_code write_half::write_eof() noexcept {
  if (refused_) return errc::not_connected;
  eof_ = true;
  queue_.close_room();
  return {};
}

void write_half::refuse() noexcept {
  refused_ = true;
  queue_.close_room();
}

std::error_code write_half::set_limits(write_options options) noexcept {
  if (const std::error_code ec = check(options)) return ec;
  high_ = options.high;
  low_ = options.low;
  max_pending_ = options.max_pending;
  queue_.close_room();
  if (pending() > high_) full_ = true;
  if (pending() <= low_) full_ = false;
  return {};
}

PENSTOCK_HOT void write_half::consume(std::size_t n) noexcept {
  queue_.consume(n);
  if (pending() <= low_) full_ = false;
}

void write_half::drop() noexcept {
  bytes_lost_ = bytes_lost_ || pending() != 0;
  refused_ = closed_ = true;
  queue_.clear();
  full_ = false;
}

void write_half::validate() const noexcept {
  queue_.validate();
  PENSTOCK_EXPECTS(low_ <= high_);
  PENSTOCK_EXPECTS(pending() <= high_ || full_);
  PENSTOCK_EXPECTS(pending() > low_ || !full_);
}

}}  // namespace penstock::v0
