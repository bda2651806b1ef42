// SPDX-License-Identifier: BSL-1.0
// What answers two ends in memory may give, and what must hold when nothing can happen any more.
#include <algorithm>

#include "api_session.hpp"
#include "reader_model.hpp"

namespace penstock::fuzz {

std::string api_session::coming(side& s) { return s.put_back + other(s).accepted.substr(s.taken); }

// Somebody or something has cut what comes to it. A close may, by the time that it allows its flush.
bool api_session::cut(side& s) {
  const auto reason = [](const side& of) { return of.out && of.out->close_reason(); };
  const bool closing = s.closed || other(s).closed;
  return s.torn || (closing && (reason(s) || reason(other(s))));
}

void api_session::take(side& s, std::string_view bytes) {
  if (s.loose) return;
  const std::string expected = coming(s);
  expect_equal("bytes read (I-1)", std::string_view(expected).substr(0, bytes.size()), bytes);
  const std::size_t back = std::min(s.put_back.size(), bytes.size());
  s.put_back.erase(0, back);
  s.taken += bytes.size() - back;
}

void api_session::record_read(side& s, const waiting& w, const answer_bytes& got) {
  const opcode op = w.what.op;
  const auto words = input_.words(w.what);
  outcome_ += std::string(name(got.status)) + ' ' + shown(got.bytes) + ' ';
  const bool ends = got.status == read_status::eof || got.status == read_status::incomplete;
  const bool drops = op == opcode::skip_until;
  switch (got.status) {
    case read_status::need_more: differ("an answer", std::string_view("some"), std::string_view("none")); break;
    case read_status::data:
      if (drops && !s.loose) {
        const std::string before = coming(s);
        const naive_match match = naive_find(before, words);
        expect("skip_until has found what there is", match.found);
        take(s, std::string_view(before).substr(0, match.end));
        break;
      }
      take(s, got.bytes);
      if (op == opcode::readexactly) expect_equal("bytes of readexactly", w.what.size(0), got.bytes.size());
      if (op == opcode::read_some) expect_at_most("bytes of read", w.what.size(0), got.bytes.size());
      break;
    case read_status::eof:
    case read_status::incomplete:
      if (op == opcode::read_some && w.what.size(0) == 0) return;
      if (drops && !cut(s)) take(s, coming(s));
      if (!drops) take(s, got.bytes);
      break;
    case read_status::limit_overrun: s.loose = s.loose || op == opcode::readline || op == opcode::readline_limit; break;
    case read_status::failed: {
      if (got.error == errc::read_in_progress) return expect("a reader is refused for another one (I-29)", w.refused);
      const bool bad = got.error == errc::bad_option || got.error == errc::empty_separator ||
                       got.error == errc::too_many_separators || got.error == errc::buffer_full;
      s.loose = s.loose || (drops && !w.refused);
      if (bad || (w.limited && given_up(got.error)) || cut(s)) return;
      differ("a read that nothing has cut", std::error_code(), got.error);
    }
  }
  expect("a second reader is refused (I-29)", !w.refused);
  if (!ends || cut(s) || s.loose) return;
  expect("the end comes after write_eof or close", other(s).eof || other(s).closed);
  expect_equal("bytes that come after the end (I-5)", std::string_view(), std::string_view(coming(s)));
}

// It waits, and yet what it waits for has been accepted.
bool api_session::could_answer(side& s, const waiting& w) {
  const side& peer = other(s);
  if (s.paused || s.loose) return false;
  const bool held = !peer.out && !peer.waits.empty();  // by those who wait
  if (peer.eof || (peer.closed && !held)) return true;
  const std::string there = coming(s);
  const std::size_t n = w.what.size(0);
  const auto words = input_.words(w.what);
  const std::string_view newline = "\n";
  const opcode op = w.what.op;
  if (op == opcode::read_some) return n == 0 || !there.empty();
  if (op == opcode::readexactly) return there.size() >= n;
  if (op == opcode::readuntil || op == opcode::readuntil_limit || op == opcode::skip_until)
    return naive_find(there, words).found;
  return op != opcode::read_to_eof && naive_find(there, {&newline, 1}).found;
}

// Everything that can be asked at any time.
void api_session::compare_faces() {
  for (side& s : sides_) {
    if (!s.in) continue;
    const std::string expected = coming(s);
    const std::string_view seen = s.in->peek();
    const bool skipping = std::ranges::any_of(s.waits, &api_session::skips);
    if (!s.loose && !skipping)
      expect_equal("bytes that peek shows (I-1)", std::string_view(expected).substr(0, seen.size()), seen);
    expect("the end is seen behind the last byte", !s.in->at_eof() || seen.empty());
    expect("a closed end is closing (I-22)", !s.closed || s.out->is_closing());
    expect("reading is not paused and on", !s.paused || !s.out->transport().is_reading());
    expect("a transport can end its writes", s.out->can_write_eof() && s.out->transport().can_write_eof());
    expect_equal("unsent bytes", s.out->transport().get_write_buffer_size(),
                 s.out->underlying().inner().out().pending());
    expect_equal("its name", &s == &sides_[0] ? std::string_view("first") : std::string_view("second"),
                 std::string_view(s.out->get_extra_info("sockname", "?")));
    const bool cause = s.torn || s.closed || other(s).closed;
    if (!cause) expect_equal("why it is closed", std::error_code(), s.out->close_reason());
  }
}

// Frames of tasks that have ended hold handles.
bool api_session::drop_ended() {
  std::size_t dropped = 0;
  for (side& s : sides_) dropped += std::erase_if(s.waits, [](const waiting& w) { return w.done; });
  return dropped != 0;
}

void api_session::settle() {
  if (!loop_) return;
  std::string waiting_for = loop_->run();
  while (drop_ended()) waiting_for = loop_->run();
  bool somebody = false;
  for (const side& s : sides_) somebody = somebody || !s.waits.empty();
  expect_equal("somebody waits", somebody, !waiting_for.empty());
  compare_calm();
}

// Nothing can happen any more: who waits does so for good reasons.
void api_session::compare_calm() {
  for (side& s : sides_) {
    if (!s.out) continue;
    penstock::transport& t = s.out->transport();
    const std::size_t unsent = t.get_write_buffer_size();
    side& peer = other(s);
    const bool peer_reads =
        std::ranges::any_of(peer.waits, [](const waiting& w) { return !w.done && w.what.op < opcode::drain; });
    if (unsent != 0 && peer_reads && !peer.paused && !cut(peer) && !t.is_closing())
      differ("bytes unsent while the peer waits for some (I-14)", std::size_t{0}, unsent);
    const bool refused = peer.out && peer.out->is_closing();
    if (unsent != 0 && refused && !t.is_closing())
      differ("bytes for an end that is closed (I-32)", std::size_t{0}, unsent);
    for (const waiting& w : s.waits) {
      expect("nobody waits on what is closed (I-22)", !t.is_closing());
      expect("nobody waits with a limit", !w.limited);
      if (w.what.op == opcode::drain)
        expect("who drains waits for bytes (I-14)", unsent > t.get_write_buffer_limits().low);
      if (w.what.op == opcode::flush) expect("who flushes waits for bytes (I-14)", unsent != 0);
      if (w.what.op < opcode::drain && !cut(s)) expect("a reader waits for what is there (I-14)", !could_answer(s, w));
    }
  }
}

}  // namespace penstock::fuzz
