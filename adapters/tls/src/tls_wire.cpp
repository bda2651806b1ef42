// SPDX-License-Identifier: BSL-1.0
// The wire's input: when ciphertext is decrypted and to where, and how its end is told.
#include <penstock/tls/tls_wire.hpp>

#include <algorithm>

#include <penstock/error.hpp>
#include <penstock/tls/error.hpp>

namespace penstock { inline namespace v0 { namespace tls {

PENSTOCK_HOT std::size_t tls_wire::input_room() const noexcept {
  if (lost_ || over_ || farewell_ || inner_.aborted() || peer_notified_ || peer_ended_) return 0;
  if (stalled_ || engine_.input().size() != 0) return 0;
  if (agreed_ && engine_.output().pending() > in_flight_ + most_answers) return 0;
  if (!agreed_ || inner_.is_closing()) return engine::record_room;
  const std::size_t room = inner_.input_room();
  return room == 0 ? 0 : std::max(room, engine::record_room);
}

std::span<char> tls_wire::prepare_input(std::size_t n) noexcept {
  return engine_.input().prepare(std::min(n, input_room()));
}

void tls_wire::commit_input(std::size_t n) noexcept {
  if (!engine_.input().commit(n)) return fail(penstock::errc::no_memory);
  advance({}, 0);
}

// Room for a record in front of what arrived is enough: at most one record's bytes were held
// before, and each byte that comes out took the place of one that went in.
PENSTOCK_HOT void tls_wire::lend_input(std::span<char> arrived, std::size_t headroom) noexcept {
  if (arrived.empty() || input_room() == 0) return;
  if (!engine_.input().lend(arrived.data(), arrived.size(), 0)) return fail(penstock::errc::no_memory);
  const bool in_place = headroom >= engine::record_room && inner_.in().buffered().size() <= receive_buffer::slack;
  const std::size_t below = in_place ? engine::record_room : 0;
  advance({arrived.data() - below, below}, headroom - below);
}

// The connection must not run dry while a reader could go on, nor be handed more than it has room
// for.
PENSTOCK_HOT void tls_wire::advance(std::span<char> below, std::size_t headroom) noexcept {
  stalled_ = false;
  if (!agreed_) {
    begun_ = true;
    const engine_step step = engine_.shake_hands();
    if (step == engine_step::notified) return fail(errc::handshake_ended);
    if (step != engine_step::done) return see(step);
    agreed_ = true;
  }
  if (peer_notified_) return drop_input();
  if (inner_.is_closing()) return see(discard());
  see(below.empty() ? deliver_to_block() : deliver_in_place(below, headroom));
}

PENSTOCK_HOT engine_step tls_wire::deliver_in_place(std::span<char> below, std::size_t headroom) noexcept {
  const std::size_t room = inner_.input_room();
  engine_step step = engine_step::done;
  std::size_t total = 0;
  while (total != room && step == engine_step::done) {
    std::size_t n = 0;
    step = engine_.decrypt({below.data() + total, std::min(room - total, engine::largest_record)}, n);
    total += n;
  }
  counters_.in_place += total;
  if (total != 0) inner_.lend_input({below.data(), total}, headroom);
  return step;
}

engine_step tls_wire::deliver_to_block() noexcept {
  engine_step step = engine_step::done;
  while (step == engine_step::done) {
    const std::size_t held = engine_.holds_bytes() ? engine::largest_record : 0;
    const std::size_t most = std::min(inner_.input_room(), engine_.input().size() + held);
    if (most == 0) return inner_.input_room() == 0 ? engine_step::done : engine_step::wants_input;
    const std::span<char> to = inner_.prepare_input(most);
    if (to.empty()) {
      engine_.fail(penstock::errc::no_memory);
      return engine_step::failed;
    }
    std::size_t total = 0;
    while (total != to.size() && step == engine_step::done) {
      std::size_t n = 0;
      step = engine_.decrypt(to.subspan(total), n);
      total += n;
    }
    counters_.in_block += total;
    inner_.commit_input(total);
  }
  return step;
}

// All that is there, whatever room there is: no turn comes after it.
engine_step tls_wire::deliver_the_rest() noexcept {
  char bytes[4096];
  engine_step step = engine_step::done;
  while (step == engine_step::done && !inner_.in().error()) {
    std::size_t n = 0;
    step = engine_.decrypt(bytes, n);
    counters_.in_block += n;
    inner_.in().feed({bytes, n});
  }
  return step;
}

// After close() only the peer's close_notify is of interest (R92).
engine_step tls_wire::discard() noexcept {
  char bytes[4096];
  engine_step step = engine_step::done;
  while (step == engine_step::done) {
    std::size_t n = 0;
    step = engine_.decrypt(bytes, n);
  }
  return step;
}

// `done` means that the reader has room for no more.
PENSTOCK_HOT void tls_wire::see(engine_step step) noexcept {
  switch (step) {
    case engine_step::done: stalled_ = engine_.input().size() != 0 || engine_.holds_bytes() || peer_ended_; return;
    case engine_step::wants_input: return peer_ended_ ? peer_ended() : void();
    case engine_step::notified: return peer_notified();
    case engine_step::failed: return fail(engine_.error());
  }
}

// Under TLS 1.2 it ends both directions (R89): what is queued still leaves, then ours answers.
void tls_wire::peer_notified() noexcept {
  peer_notified_ = true;
  drop_input();
  if (inner_.is_closing()) return;
  inner_.input_ended();
  if (version() != tls::version::tls_1_3) inner_.close();
}

void tls_wire::input_ended() noexcept {
  peer_ended_ = true;
  if (!stalled_) peer_ended();
}

// Without a close_notify somebody may have cut the line: never a clean end (R90, I-43).
void tls_wire::peer_ended() noexcept {
  if (peer_notified_ || inner_.is_closing()) return;
  if (!agreed_) return fail(errc::handshake_ended);
  if (accepts_truncation_ && !engine_.holds_bytes()) return inner_.input_ended();
  inner_.in().fail(errc::truncated);
}

// Behind our own goodbye nothing can go wrong any more. What the reader has stays readable.
void tls_wire::fail(std::error_code ec) noexcept {
  engine_.fail(ec);
  drop_input();
  stalled_ = false;
  if (inner_.is_closing() && inner_.out().pending() == 0) {
    over_ = true;
    return;
  }
  inner_.in().fail(ec);
  in_flight_ = 0;
  handed_in_ = true;
  farewell_ = engine_.output().pending() != 0;
  if (farewell_)
    inner_.close();  // so that abort() is heard while the alert waits
  else
    inner_.abort();
}

PENSTOCK_HOT void tls_wire::settle_input() noexcept {
  if (!engine_.input().settle()) fail(penstock::errc::no_memory);
  engine_.output().settle();
  inner_.settle_input();
}

// Data before the end before the loss (R117).
void tls_wire::lost(std::error_code ec) noexcept {
  if (stalled_ && agreed_ && !inner_.is_closing()) see(deliver_the_rest());
  if (!agreed_ && !ec && !inner_.is_closing()) inner_.in().fail(errc::handshake_ended);
  lost_ = true;
  inner_.lost(goodbye_ || over_ ? std::error_code() : ec);
  engine_.output().clear();
}

std::size_t tls_wire::capacity() const noexcept { return engine_.input().capacity() + engine_.output().capacity(); }

}}}  // namespace penstock::v0::tls
