// SPDX-License-Identifier: BSL-1.0
// The connection's moves: what each event does to the halves, and what the transport is told.
#include <penstock/connection.hpp>

#include <algorithm>

#include <penstock/deadlines.hpp>

namespace penstock { inline namespace v0 {

bool connection::move(connection_event event) noexcept {
  for (const connection_transition& row : connection_transitions) {
    if (row.from != state_ || row.event != event) continue;
    state_ = row.to;
    return true;
  }
  return false;
}

std::error_code connection::write_eof() noexcept {
  if (const std::error_code ec = out_.write_eof()) return ec;
  move(connection_event::write_eof);
  return {};
}

void connection::close() noexcept {
  if (move(connection_event::close)) out_.refuse();
}

void connection::abort() noexcept {
  if (move(connection_event::abort)) out_.drop();
}

std::span<char> connection::prepare_input(std::size_t n) noexcept { return in_.prepare(std::min(n, input_room())); }

// Input that was under way when reading ended is dropped (R92).
void connection::commit_input(std::size_t n) noexcept {
  if (has<&connection_traits::takes_input>()) in_.commit(n);
}

void connection::input_ended() noexcept {
  in_.feed_eof();
  move(connection_event::input_ended);
}

void connection::count_sent(std::size_t n) noexcept { watch_->count_sent(n); }

void connection::output_shut_down() noexcept { out_.shut_down(); }

void connection::lost(std::error_code ec) noexcept {
  if (!move(connection_event::lost)) return;
  if (ec) in_.fail(ec);
  if (!in_.failed()) in_.feed_eof();  // one or the other (R50)
  out_.drop();
}

time_point connection::watched_deadline() const noexcept {
  if (state_ >= connection_state::aborting) return time_point::never();
  // Whoever closed after this turn's on_time starts the flush's deadline by another one at once.
  if (state_ == connection_state::closing && !watch_->closing()) return time_point();
  return watch_->next();
}

void connection::watch_time(time_point now) noexcept {
  if (state_ >= connection_state::aborting) return;
  watch_->observe({.received = in_.position() + in_.buffered().size(),
                   .consumed = in_.position(),
                   .sent = watch_->sent(),
                   .reading = in_.awaited() && input_room() != 0,
                   .closing = state_ == connection_state::closing,
                   .dropping = in_.dropping()},
                  now);
  if (watch_->expired(now) == deadline_kind::none) return;
  in_.fail(errc::timed_out);
  abort();
}

void connection::validate() const noexcept {
  in_.validate();
  out_.validate();
  PENSTOCK_EXPECTS(has<&connection_traits::sends>() || out_.pending() == 0);
  PENSTOCK_EXPECTS(has<&connection_traits::takes_input>() || input_room() == 0);
  PENSTOCK_EXPECTS(state_ != connection_state::closed || in_.ended());
}

}}  // namespace penstock::v0
