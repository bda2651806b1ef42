// SPDX-License-Identifier: BSL-1.0
// The wire's output and time: what is sealed when, who says goodbye, and how long it may take.
#include <algorithm>

#include <penstock/error.hpp>
#include <penstock/tls/error.hpp>
#include <penstock/tls/tls_wire.hpp>

namespace penstock { inline namespace v0 { namespace tls {

PENSTOCK_HOT wire_step tls_wire::next_output(std::span<std::string_view> segments, std::size_t& count) noexcept {
  count = 0;
  if (lost_) return wire_step::idle;
  if (!agreed_ && !farewell_ && inner_.is_closing()) inner_.abort();  // R93
  if (!begun_ && !inner_.aborted()) advance({}, 0);
  wire_step next = agreed_ && !farewell_ && !inner_.aborted() ? seal_what_can_go() : wire_step::idle;
  if (inner_.aborted()) return wire_step::close;
  if (farewell_) next = wire_step::close;
  if (engine_.output().pending() == 0 || over_) return next;
  count = engine_.output().gather(segments.first(std::min(segments.size(), write_half::useful_segments)));
  return wire_step::send;
}

// Answers what is to be done once no ciphertext is left.
PENSTOCK_HOT wire_step tls_wire::seal_what_can_go() noexcept {
  if (in_flight_ != 0) return wire_step::idle;
  std::string_view one;
  std::size_t count = 0;
  switch (inner_.next_output({&one, 1}, count)) {
    case wire_step::idle: break;
    case wire_step::send: {
      const bool all = one.size() == inner_.out().pending();
      const engine_step step = all ? seal_segments({&one, 1}) : seal_many();
      if (step == engine_step::failed) fail(engine_.error());
      break;
    }
    case wire_step::shutdown:  // R88
      if (notify() != engine_step::done || engine_.output().pending() != 0) break;
      inner_.output_shut_down();
      return seal_what_can_go();  // behind it comes a close, perhaps, and no event that would tell of it
    case wire_step::close: return say_goodbye();
  }
  return wire_step::idle;
}

// R91, I-45: all that was written has left; the peer's answer is waited for, for a while.
wire_step tls_wire::say_goodbye() noexcept {
  goodbye_ = true;
  static_cast<void>(notify());
  const bool waits = !over_ && !peer_notified_ && !peer_ended_ && shutdown_timeout_ != duration();
  return waits ? wire_step::idle : wire_step::close;
}

// None can be made between two records of one message (a ticket's): the turn of the next input asks again, and behind
// close() shutdown_timeout bounds how long. Without memory the peer will miss it, which is told.
engine_step tls_wire::notify() noexcept {
  if (notified_ || over_) return engine_step::done;
  const engine_step step = engine_.notify();
  notified_ = step == engine_step::done;
  if (step != engine_step::failed) return step;
  inner_.in().fail(engine_.error());
  fail(engine_.error());
  return step;
}

PENSTOCK_HOT engine_step tls_wire::seal(std::string_view bytes) noexcept {
  const engine_step step = engine_.seal(bytes);
  if (step != engine_step::done) return step;
  in_flight_ += bytes.size();
  counters_.sealed += bytes.size();
  return step;
}

// What next_output has, asked again with room for all that is of use in one send.
[[gnu::noinline]] engine_step tls_wire::seal_many() noexcept {
  std::string_view views[write_half::useful_segments];
  std::size_t count = 0;
  inner_.next_output(views, count);
  return seal_segments({views, count});
}

// Whole records straight from where they lie; what is less than one is copied together with what
// follows it, unless nothing does.
PENSTOCK_HOT engine_step tls_wire::seal_segments(std::span<const std::string_view> segments) noexcept {
  constexpr std::size_t record = engine::largest_record;
  engine_step step = engine_step::done;
  std::size_t at = 0;  // in the first of them
  while (!segments.empty() && in_flight_ < sealed_ahead && step == engine_step::done) {
    const std::string_view here = segments.front().substr(at);
    const std::size_t most = sealed_ahead - in_flight_;
    if (here.size() < record && segments.size() != 1) {
      step = seal_gathered(segments, at, std::min(most, record));
      continue;
    }
    const std::size_t n = std::min(most, here.size() < record ? here.size() : here.size() / record * record);
    step = seal(here.substr(0, n));
    at += n;
    if (at != segments.front().size()) continue;
    segments = segments.subspan(1);
    at = 0;
  }
  return step;
}

[[gnu::noinline]] engine_step tls_wire::seal_gathered(std::span<const std::string_view>& segments, std::size_t& at,
                                                      std::size_t most) noexcept {
  char record[engine::largest_record];
  std::size_t n = 0;
  while (!segments.empty() && n != most) {
    const std::size_t taken = segments.front().substr(at).copy(record + n, most - n);
    n += taken;
    at += taken;
    if (at != segments.front().size()) continue;
    segments = segments.subspan(1);
    at = 0;
  }
  const engine_step step = seal({record, n});
  if (step == engine_step::done) counters_.gathered += n;
  return step;
}

// Plaintext in flight is at most the ciphertext that is left: what surrounds it leaves first.
PENSTOCK_HOT void tls_wire::consume_output(std::size_t n) noexcept {
  engine_.output().consume(n);
  const std::size_t left = engine_.output().pending();
  if (in_flight_ <= left) return;
  inner_.consume_output(std::min(in_flight_ - left, inner_.out().pending()));
  in_flight_ = left;
}

// Not in the turn in which it begins: what is to be sent in it has not been offered yet.
bool tls_wire::limit::passed(time_point now, duration most) noexcept {
  if (runs) return now >= by;
  by = now + most;
  runs = true;
  return false;
}

PENSTOCK_HOT time_point tls_wire::deadline() const noexcept {
  const bool room = !agreed_ || inner_.is_closing() || inner_.input_room() != 0;
  if (lost_) return time_point::never();
  if (handed_in_ || (stalled_ && room)) return time_point();
  time_point next = goodbye_ ? time_point::never() : inner_.deadline();
  if (!agreed_ && !farewell_) next = std::min(next, handshake_.by);
  if (ending()) next = std::min(next, end_.by);
  return next;
}

PENSTOCK_HOT void tls_wire::on_time(time_point now) noexcept {
  if (lost_) return;
  if (!agreed_ && !farewell_ && handshake_.passed(now, handshake_timeout_)) fail(errc::handshake_timed_out);
  if (ending() && end_.passed(now, shutdown_timeout_)) {
    over_ = true;
    engine_.output().clear();
  }
  if (!goodbye_) inner_.on_time(now);
  handed_in_ = false;
  if (!stalled_) return;
  const std::uint64_t before = inner_.in().position() + inner_.in().buffered().size();
  const bool ended = inner_.in().ended();
  advance({}, 0);
  handed_in_ = before != inner_.in().position() + inner_.in().buffered().size() || ended != inner_.in().ended();
}

}}}  // namespace penstock::v0::tls
