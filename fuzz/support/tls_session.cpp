// SPDX-License-Identifier: BSL-1.0
// The steps of a session, and the model: two strings of what was accepted.
#include "tls_session.hpp"

#include <algorithm>
#include <utility>

#include <penstock/describe.hpp>
#include <penstock/tls/error.hpp>

#include "check.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_written = 64 * 1024;  // in one run: a handshake costs more
constexpr std::int64_t second = 1'000'000'000;

tls_settings settings_of(const script& input) {
  tls_settings made;
  for (const step& one : input.steps()) {
    if (one.op != opcode::serve) continue;
    const std::size_t bits = one.size(0);
    made.old = (bits & 1) != 0;
    made.mutual = (bits & 2) != 0;
    made.short_headroom = (bits & 4) != 0;
    made.limit = std::clamp<std::size_t>(one.size(1), 1, 64 * 1024);
    break;
  }
  return made;
}

std::vector<std::string> whole_records(std::string& bytes) {
  std::vector<std::string> records;
  while (bytes.size() >= 5) {
    const auto at = [&bytes](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const std::size_t size = 5 + (at(3) << 8 | at(4));
    if (bytes.size() < size) break;
    records.push_back(bytes.substr(0, size));
    bytes.erase(0, size);
  }
  return records;
}

}  // namespace

tls_session::tls_session(const script& input, way_between way, bool plain)
    : way_(way), settings_((seed_random(), settings_of(input))), client_(false, settings_), server_(true, settings_) {
  if (plain) return;
  expect_equal("a client's wire", std::error_code(), client_.upgrade());
  expect_equal("a server's wire", std::error_code(), server_.upgrade());
}

bool tls_session::run(const step& s) {
  if (!act(chosen(), s)) return false;
  if (s.op == opcode::flush) drive();
  pass();
  return true;
}

bool tls_session::act(tls_end& one, const step& s) {
  if (s.op == opcode::choose) {
    server_chosen_ = (s.numbers[0] & 1) != 0;
  } else if (s.op == opcode::write || s.op == opcode::write_owned) {
    if (one.accepted.size() + s.bytes.size() > most_written) return false;
    one.write(s.bytes);
    if (!one.wire && other(one).wire && !s.bytes.empty()) dishonest_ = true;  // behind the other's upgrade
  } else if (s.op == opcode::read_some) {
    one.read_plain(s.size(0));
  } else if (s.op == opcode::pause_reading || s.op == opcode::resume_reading) {
    one.listens = s.op == opcode::resume_reading;
  } else if (s.op == opcode::pass_time) {
    now_ = now_ + duration::nanoseconds(static_cast<std::int64_t>(s.numbers[0] % (100 * second)));
  } else if (s.op == opcode::cut) {
    if (s.numbers[0] != 0) capacity_ = std::clamp<std::size_t>(s.size(0), 64, 1'000'000);
    if (s.numbers[1] != 0) one.most_received = std::max<std::size_t>(s.size(1), 16);
    if (s.numbers[2] != 0) one.most_sent = std::max<std::size_t>(s.size(2), 16);
  } else if (s.op == opcode::fail_allocation) {
    one.blocks.fail_from(s.numbers[0], s.numbers[1]);
    dishonest_ = true;
  } else if (s.op == opcode::let_go) {
    return upgrade(one);
  } else if (s.op != opcode::flush && s.op != opcode::settle) {
    return end(one, s) || (way_ == way_between::tampered && inject(one, s));
  }
  return true;
}

bool tls_session::end(tls_end& one, const step& s) {
  if (s.op == opcode::write_eof) {
    if (!one.wire || one.stream.write_eof()) return false;
    one.ended_writing = true;
  } else if (s.op == opcode::close) {
    if (!one.wire) return false;
    one.stream.close();
    one.ended_writing = one.hung_up = true;
  } else if (s.op == opcode::abort) {
    one.stream.abort();
    one.hung_up = true;
  } else {
    return false;
  }
  return true;
}

// What an honest way does not do.
bool tls_session::inject(tls_end& one, const step& s) {
  if (s.op == opcode::feed && !one.fin_arriving && !s.bytes.empty()) {
    one.arriving += s.bytes;
  } else if (s.op == opcode::feed_eof) {
    one.fin_arriving = true;
  } else if (s.op == opcode::lost) {
    one.reset_arriving = true;
  } else if (s.op == opcode::fault) {
    (server_chosen_ ? at_server_ : at_client_).push_back({s.size(0), s.size(1) % 16});
  } else {
    return false;
  }
  return dishonest_ = true;
}

// Once what was plain has left, as start_tls does. What is unread is for the engine, or a reason to
// refuse.
bool tls_session::upgrade(tls_end& one) {
  if (one.wire || one.closed || one.stream.out().pending() != 0 || one.stream.state() != connection_state::open)
    return false;
  const bool rejects = one.plain_read % 2 == 1;
  const bool left = !one.stream.in().buffered().empty();
  if (one.plain_read + one.stream.in().buffered().size() + one.arriving.size() < other(one).plain_sent)
    dishonest_ = true;
  if (one.plain_read != other(one).plain_sent) dishonest_ = true;
  const bool ended = one.stream.in().ended();
  const std::error_code ec = one.upgrade(rejects ? leftover::reject : leftover::to_engine);
  if (ec == make_error_code(errc::no_memory)) return true;
  expect_equal("refused where nothing more can come, or anything is left and it was told to (I-40)",
               ended || (rejects && left), bool(ec));
  return true;
}

bool tls_session::pass() {
  bool moved = client_.turn(now_);
  moved = carry(client_, server_, at_client_, held_of_client_) || moved;
  moved = server_.turn(now_) || moved;
  moved = carry(server_, client_, at_server_, held_of_server_) || moved;
  compare(client_, server_);
  compare(server_, client_);
  return moved;
}

bool tls_session::carry(tls_end& from, tls_end& to, std::vector<tampering>& plans, std::string& held) {
  const std::size_t room = from.room_to_send;
  const bool moves = !from.leaving.empty() || (from.fin_leaving && !to.fin_arriving);
  if (plans.empty() && held.empty()) {
    to.arriving += std::exchange(from.leaving, {});
  } else {
    held += std::exchange(from.leaving, {});
    for (std::string& one : whole_records(held)) {
      if (!plans.empty() && plans.front().in-- == 0) {
        tamper(one, plans.front().kind);
        plans.erase(plans.begin());
      }
      to.arriving += one;
    }
    if (from.fin_leaving) to.arriving += std::exchange(held, {});
  }
  if (from.fin_leaving) to.fin_arriving = true;
  if (std::exchange(from.was_reset, false)) to.reset_arriving = true;
  from.room_to_send = capacity_ - std::min(capacity_, to.arriving.size());
  return moves || (room == 0 && from.room_to_send != 0);
}

void tls_session::tamper(std::string& record, std::size_t kind) {
  const std::size_t at = kind / 8 % record.size();
  switch (kind % 8) {
    case 0:
    case 1: record[at] = static_cast<char>(record[at] ^ static_cast<char>(1U << (kind / 64 % 8))); break;
    case 2: record.clear(); break;
    case 3: record += record; break;
    case 4: std::swap(record, swapped_); break;  // held back until the next one of this kind
    case 5: record.resize(at); break;
    case 6: record += std::string("\x15\x03\x03\x00\x02\x01\x00", 7); break;
    default: record.insert(0, "\x17\x03\x03\x00\x05hello", 10); break;
  }
}

void tls_session::drive() {
  for (int rounds = 0; rounds < 20'000; ++rounds)
    if (!pass()) return;
  differ("everything comes to rest", true, false);
}

// I-1, I-43: a beginning of what was sent, and all of it where it ends cleanly.
void tls_session::compare(const tls_end& speaker, const tls_end& listener) const {
  expect("what is heard is a beginning of what was sent",
         std::string_view(speaker.accepted).starts_with(listener.heard));
  if (!listener.at_eof || listener.error || listener.hung_up || listener.stream.is_closing()) return;
  expect("a clean end is a close_notify (I-43)", speaker.ended_writing);
  expect_equal("bytes before a clean end", speaker.accepted.size(), listener.heard.size());
}

// Where nobody was cut off and no time ran out.
void tls_session::expect_all_heard() {
  if (dishonest_ || client_.hung_up || server_.hung_up || now_ - start_ >= duration::nanoseconds(5 * second)) return;
  if (!client_.wire || !server_.wire) return;
  if (settings_.old && (client_.ended_writing || server_.ended_writing)) return;  // ends both directions
  for (tls_end* one : {&client_, &server_}) {
    expect("the handshake is done", one->wire->handshake_done());
    expect_equal("no error", std::error_code(), one->error);
    expect_equal("all was heard", other(*one).accepted, one->heard);
    expect_equal("the end was heard", other(*one).ended_writing, one->at_eof);
  }
}

void tls_session::finish() {
  client_.listens = server_.listens = true;
  capacity_ = 1'000'000;
  drive();
  expect_all_heard();
  for (tls_end* one : {&client_, &server_}) {
    one->stream.close();
    one->hung_up = one->ended_writing = true;
  }
  for (int waits = 0; waits < 4; ++waits) {
    drive();
    now_ = now_ + duration::nanoseconds(61 * second);
  }
  expect("both ends are closed (I-45)", client_.closed && server_.closed);
  for (const tls_end* one : {&client_, &server_})
    if (one->wire && one->stream.in().buffered().empty())
      expect_equal("blocks that are left (I-26)", std::size_t{0}, one->blocks.live_blocks());
}

std::string tls_session::outcome() const {
  const auto of = [](const tls_end& one) {
    return describe(one.stream) + (one.wire && one.wire->handshake_done() ? " heard " : " under way ") +
           std::to_string(one.heard.size());
  };
  return of(client_) + " | " + of(server_);
}

}  // namespace penstock::fuzz
