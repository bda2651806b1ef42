// SPDX-License-Identifier: BSL-1.0
// The model's answers: which write is taken, when drain waits, what leaves next; and which rule says so.
#include "writer_model.hpp"

#include <penstock/error.hpp>

namespace penstock::fuzz {

// R71, R72 in their order: the end of writing first, then no bytes at all, then a closed stream.
// A write into an empty queue is taken whatever its size, any other one up to max_pending.
std::error_code writer_model::judge(std::size_t n) const noexcept {
  if (eof_) return errc::write_after_eof;
  if (n == 0) return {};
  if (is_closing()) return errc::not_connected;
  const std::size_t queued = pending().size();
  const bool fits = queued <= limits_.max_pending && n <= limits_.max_pending - queued;
  if (queued != 0 && !fits) return errc::buffer_full;
  return {};
}

// R74, I-12: above high pauses, in the call that passes it.
void writer_model::accept(std::string_view bytes) {
  if (bytes.empty()) return;
  accepted_ += bytes;
  if (pending().size() > limits_.high) full_ = true;
}

// R80: again, it does nothing.
std::error_code writer_model::write_eof() noexcept {
  if (is_closing()) return errc::not_connected;
  eof_ = true;
  return {};
}

// R75, and both marks are looked at anew (R74 as mended).
std::error_code writer_model::set_limits(write_options options) noexcept {
  if (options.high < options.low) return errc::bad_option;
  limits_ = options;
  if (pending().size() > limits_.high) full_ = true;
  if (pending().size() <= limits_.low) full_ = false;
  return {};
}

// R57, R78: what is queued still leaves.
void writer_model::close() noexcept {
  if (!dropped_) closing_ = true;
}

// R79.
void writer_model::abort() noexcept {
  if (!lost_) drop();
}

// R50, R55: the first error is the reason; nobody who waits for room waits any longer.
void writer_model::lost(std::error_code ec) noexcept {
  if (lost_) return;
  fail(ec);
  lost_ = true;
  drop();
}

void writer_model::drop() noexcept {
  if (!pending().empty()) bytes_lost_ = true;
  accepted_.resize(sent_);
  dropped_ = true;
  full_ = false;
}

// R74: at or below low resumes.
void writer_model::sent(std::size_t n) noexcept {
  sent_ += n;
  if (pending().size() <= limits_.low) full_ = false;
}

// R78, R80: bytes, then the FIN if one was asked for, then the close.
wire_step writer_model::next() const noexcept {
  if (lost_) return wire_step::idle;
  if (dropped_) return kind_ == kind::half ? wire_step::idle : wire_step::close;
  if (!pending().empty()) return wire_step::send;
  if (eof_ && !fin_sent_) return wire_step::shutdown;
  return kind_ == kind::connection && closing_ ? wire_step::close : wire_step::idle;
}

// R49, R78 to R80, I-22.
connection_state writer_model::state() const noexcept {
  if (lost_) return connection_state::closed;
  if (dropped_) return connection_state::aborting;
  if (closing_) return connection_state::closing;
  if (eof_ && fin_received_) return connection_state::both_ended;
  if (eof_) return connection_state::output_ended;
  return fin_received_ ? connection_state::input_ended : connection_state::open;
}

}  // namespace penstock::fuzz
