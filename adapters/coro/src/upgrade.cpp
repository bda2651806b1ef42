// SPDX-License-Identifier: BSL-1.0
// What leaves before the switch, and when it takes place.
#include <penstock/coro/upgrade.hpp>

#include <algorithm>
#include <stdexcept>

#include <penstock/coro/checked_options.hpp>

namespace penstock { inline namespace v0 {
namespace detail {
namespace {

filter_options checked(const start_tls_options& options, bool server) {
  filter_options made = layering_of(options, options.server_side.value_or(server));
  made.leftover = options.leftover;
  return made;
}

}  // namespace

upgrade::upgrade(stream& s, const filter& by, const start_tls_options& options)
    : read_waiter(&kind_),
      inner_(s.inner()),
      by_(by),
      hostname_(options.server_hostname),
      options_(checked(options, s.accepted())) {
  options_.server_hostname = hostname_;
}

wire_handle upgrade::finish(time_point now, std::error_code& ec) noexcept {
  ec = {};
  options_.handshake_timeout = std::max(by_when_ - now, duration::nanoseconds(1));  // what is left of it
  wire_handle made = by_.wrap(inner_, options_, ec);
  if (!made && !ec) ec = errc::no_memory;
  if (!made) return made;
  if (inner_.in().buffered().empty()) {
    inner_.in().start_over();
    return made;
  }
  ec = std::make_error_code(std::errc::protocol_error);  // the filter leaves what it should have taken
  return {};
}

wire_step upgrade::next_output(std::span<std::string_view> segments, std::size_t& count) noexcept {
  count = 0;
  if (inner_.is_closing()) inner_.abort();  // R93: what waits for the filter does not leave without it
  if (inner_.aborted()) return wire_step::close;
  if (unsent_ == 0) return wire_step::idle;
  const wire_step step = inner_.next_output(segments, count);
  std::size_t left = unsent_;
  std::size_t some = 0;
  for (; some != count && left != 0; ++some) {
    segments[some] = segments[some].substr(0, left);
    left -= segments[some].size();
  }
  count = some;
  return step;
}

void upgrade::consume_output(std::size_t n) noexcept {
  unsent_ -= n;
  inner_.consume_output(n);
}

time_point upgrade::deadline() const noexcept {
  return inner_.aborted() ? inner_.deadline() : std::min(inner_.deadline(), by_when_);
}

void upgrade::on_time(time_point now) noexcept {
  if (now >= by_when_ && !inner_.aborted()) {
    inner_.in().fail(errc::timed_out);
    inner_.abort();
  }
  inner_.on_time(now);
}

}  // namespace detail

void stream::require_upgradable(leftover what) const {
  if (has_reader()) throw_error(errc::read_in_progress);
  if (loop_ == nullptr || connection_.state() != connection_state::open || connection_.in().ended())
    throw std::system_error(make_error_code(errc::not_connected), "start_tls");
  if (layered())
    throw std::logic_error("start_tls needs a connection without a filter: one around another cannot be had");
  if (what == leftover::reject && !connection_.in().buffered().empty())
    throw std::system_error(make_error_code(errc::bad_option), "start_tls: bytes came before the upgrade");
}

// A turn that is under way has the connection for its wire: so its output is held until that turn's end.
void stream::begin_upgrade(std::unique_ptr<detail::upgrade> how) noexcept {
  how->begin(loop_->time());
  how->since = loop_->now();
  connection_.hold_output(in_turn_);
  reader_ = how.get();
  layer_ = wire_handle(how.release());
  upgrading_ = true;
  look_again();
}

bool stream::advance_upgrade() noexcept {
  connection_.hold_output(false);
  auto& how = static_cast<detail::upgrade&>(*reader_);
  const bool open = connection_.state() == connection_state::open && !connection_.in().ended();
  if (open && how.unsent() != 0) return false;
  forget_upgrade();
  std::error_code ec = errc::not_connected;
  wire_handle made = open ? how.finish(loop_->now(), ec) : wire_handle();
  if (!made) {
    end_upgrade(ec);
    return true;
  }
  layer_ = std::move(made);
  upgraded_ = true;
  return true;
}

void stream::forget_upgrade() noexcept {
  if (upgrading_) reader_ = nullptr;
  upgrading_ = false;
}

// What came before is not read as if nothing had been, and plaintext never comes back.
void stream::end_upgrade(std::error_code why) noexcept {
  forget_upgrade();
  connection_.in().start_over();
  if (connection_.is_closing()) return;
  connection_.in().fail(why);
  abort();
}

}}  // namespace penstock::v0
