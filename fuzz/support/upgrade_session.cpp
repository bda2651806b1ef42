// SPDX-License-Identifier: BSL-1.0
// What steps do to two streams around their upgrades.
#include "upgrade_session.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <penstock/describe.hpp>

#include "check.hpp"
#include "tests/support/user_filters.hpp"
#include "tls_end.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_said = 32 * 1024;
constexpr duration patience = duration::nanoseconds(4'000'000'000);
const std::error_code misuse = std::make_error_code(std::errc::operation_not_permitted);
const penstock_test::flip_filter flipping;

task<> pass(duration time) { co_await sleep(time); }

std::string flipped(std::string bytes) {
  penstock_test::flip_wire::flip(bytes);
  return bytes;
}

// What is said plainly and what is not have no letter in common.
std::string in_letters(std::string_view bytes, char first) {
  std::string text(bytes);
  for (char& c : text) c = static_cast<char>(first + static_cast<unsigned char>(c) % 26);
  return text;
}

}  // namespace

upgrade_session::upgrade_session(const script&) {
  seed_random();
  sides_[1].server = true;
}

const filter& upgrade_session::layer(const side& s) const {
  return flips_ ? static_cast<const filter&>(flipping) : fuzz_context(s.server, {});
}

bool upgrade_session::prepare(const step& one) {
  if (one.op == opcode::serve) {
    flips_ = one.numbers[0] % 2 != 0;
  } else if (one.op == opcode::cut) {
    memory::fault_plan& way = sides_[chosen_ % 2].way;
    way.capacity = std::clamp<std::size_t>(one.size(0), 1, most_said);
    way.fragment_min = std::max<std::size_t>(one.size(1), 1);
    way.fragment_max = std::max(one.size(2), way.fragment_min);
  } else {
    return false;
  }
  return true;
}

void upgrade_session::begin() {
  loop_.emplace();
  start_ = loop_->now();
  loop_->run_until(probe());
  memory::duplex_pair pair = memory::duplex(*loop_, {.to_second = sides_[1].way, .to_first = sides_[0].way});
  sides_[0].in.emplace(std::move(pair.first.in));
  sides_[0].out.emplace(std::move(pair.first.out));
  sides_[1].in.emplace(std::move(pair.second.in));
  sides_[1].out.emplace(std::move(pair.second.out));
}

bool upgrade_session::run(const step& one) {
  if (one.op == opcode::choose) return chosen_ = one.size(0), true;
  if (one.op == opcode::strike) {
    const bool stops = one.numbers[0] % 2 == 0;
    limit_ = strike{stops ? giving_up::stop : giving_up::time, static_cast<unsigned>(one.numbers[1] % 60)};
    return true;
  }
  if (!loop_ && prepare(one)) return true;
  if (!loop_) begin();
  side& s = sides_[chosen_ % 2];
  bool done = true;
  if (one.op == opcode::write) {
    done = write(s, one);
  } else if (one.op == opcode::read_some) {
    done = read(s, std::clamp<std::size_t>(one.size(0), 1, most_said));
  } else if (one.op == opcode::let_go) {
    done = upgrade(s);
  } else if (one.op == opcode::ask) {
    s.upgrades_at_an_answer = true;
  } else if (one.op == opcode::cancel) {
    done = cancel(s);
  } else if (one.op == opcode::next_step) {
    done = loop_->step();
  } else if (one.op == opcode::settle) {
    loop_->run_until(pass(duration::nanoseconds(1'000)));
  } else if (one.op == opcode::pass_time) {
    const auto time = duration::nanoseconds(static_cast<std::int64_t>(one.numbers[0] % 100'000'000'000));
    loop_->run_until(pass(time));
  } else {
    done = call(s, one);
  }
  look();
  return done;
}

bool upgrade_session::write(side& s, const step& one) {
  const std::string bytes = in_letters(one.bytes, s.begun ? 'A' : 'a');
  if (s.plain.size() + s.secret.size() + bytes.size() > most_said) return false;
  std::error_code ec = errc::write_after_eof;
  try {
    ec = s.out->write(bytes);
  } catch (const std::logic_error&) {
  }
  if (ec) expect("bytes are refused only where something has ended", !honest_ || is_late());
  if (ec) return true;
  (s.begun ? s.secret : s.plain) += bytes;
  if (!s.begun && other(s).begun && !bytes.empty()) honest_ = false;  // it goes to the other one's filter
  return true;
}

task<> upgrade_session::reads(side& s, reading& mine, std::size_t n) {
  const read_outcome out = co_await s.in->view(read_some(n));
  mine.done = true;
  if (out.status() == read_status::data) (s.begun ? s.heard_behind : s.heard) += out.text();
  if (!std::exchange(s.upgrades_at_an_answer, false)) co_return;
  try {
    step more;
    more.bytes = "before and behind";
    write(s, more);
    upgrade(s);
    write(s, more);
  } catch (const mismatch& found) {
    in_turn_ = found;
  }
}

bool upgrade_session::read(side& s, std::size_t n) {
  if (s.reads.size() == 4) return false;
  reading& mine = s.reads.emplace_back();
  mine.work = reads(s, mine, n);
  mine.work.start();
  return true;
}

task<> upgrade_session::upgrades(side& s, upgrading& mine, const filter& by, bool rejects) {
  const start_tls_options options{.server_hostname = s.server ? "" : "localhost",
                                  .server_side = s.server,
                                  .leftover = rejects ? leftover::reject : leftover::to_engine};
  try {
    if (mine.limit)
      co_await s.out->start_tls(by, options, *mine.limit);
    else
      co_await s.out->start_tls(by, options);
    s.up = true;
  } catch (const std::system_error& e) {
    mine.error = e.code();
  } catch (const std::logic_error&) {
    mine.misused = true;
  }
  mine.done = true;
}

std::error_code upgrade_session::refusal(const side& s, bool rejects) const {
  const stream& its = s.in->underlying();
  for (const reading& one : s.reads)
    if (!one.done) return misuse;
  if (its.inner().state() != connection_state::open || its.inner().in().ended()) return errc::not_connected;
  if (s.begun) return misuse;
  if (rejects && !s.in->peek().empty()) return errc::bad_option;
  return {};
}

bool upgrade_session::upgrade(side& s) {
  if (s.upgrade && !s.upgrade->done) {  // one is under way: the second is refused by the same rule as a read
    upgrading second;
    second.work = upgrades(s, second, layer(s), false);
    const bool done = second.work.start();
    expect("a second upgrade is refused at once", done && (second.misused || second.error));
    return true;
  }
  const bool rejects = s.heard.size() % 2 == 1;
  const std::error_code wanted = refusal(s, rejects);
  upgrading& mine = s.upgrade.emplace();
  if (limit_ && !wanted) {
    honest_ = false;
    if (limit_->how == giving_up::stop) {
      mine.stop.emplace(*loop_, limit_->after + 1).begin();
      mine.limit.emplace(mine.stop->token());
    } else {
      mine.limit.emplace(time_of(*limit_));
    }
  }
  limit_.reset();
  mine.work = upgrades(s, mine, layer(s), rejects);
  const bool done = mine.work.start();
  expect_equal("it is refused at once, or begins", bool(wanted), done);
  if (done) expect_equal("why it is refused", wanted, mine.misused ? misuse : mine.error);
  if (done) return true;
  s.begun = true;
  if (s.heard.size() != other(s).plain.size()) honest_ = false;
  return true;
}

bool upgrade_session::cancel(side& s) {
  if (s.upgrade && !s.upgrade->done) {
    s.upgrade.reset();
    s.failed = true;
    honest_ = false;
  } else if (!s.reads.empty()) {
    s.reads.pop_front();
  } else {
    return false;
  }
  return true;
}

bool upgrade_session::call(side& s, const step& one) {
  penstock::transport& its = s.out->transport();
  if (one.op == opcode::pause_reading) {
    its.pause_reading();
  } else if (one.op == opcode::resume_reading) {
    its.resume_reading();
  } else if (one.op == opcode::write_eof || one.op == opcode::close || one.op == opcode::abort) {
    honest_ = false;
    if (one.op == opcode::write_eof) static_cast<void>(its.write_eof());
    if (one.op == opcode::close) its.close();
    if (one.op == opcode::abort) its.abort();
  } else {
    return false;
  }
  return true;
}

// A handshake may have run out of time.
bool upgrade_session::is_late() const { return loop_->now() - start_ >= patience; }

// --- what holds ------------------------------------------------------------------------------

void upgrade_session::look() {
  if (in_turn_) throw *in_turn_;
  for (side& s : sides_) {
    std::erase_if(s.reads, [](const reading& one) { return one.done; });
    if (s.begun && s.upgrade && s.upgrade->done && !s.up && !s.upgrade->misused) s.failed = true;
    if (s.failed) {
      expect("a failed upgrade ends the connection", s.out->is_closing());
      expect("and takes no writes", bool(s.in->underlying().inner().write("plain")));
      expect_equal("nor leaves what came", std::string_view(), s.in->peek());
      expect("nor is it honest", !honest_ || is_late());
    }
    if (s.up) expect("a filter is there", s.in->underlying().layered());
    s.in->underlying().inner().validate();
    compare(s);
  }
}

void upgrade_session::compare(const side& s) const {
  const side& speaker = other(s);
  if (flips_) {
    const std::string wire = speaker.plain + flipped(speaker.secret);
    const std::string behind = flipped(wire.substr(std::min(s.heard.size(), wire.size())));
    expect("what is heard was on the wire", wire.starts_with(s.heard));
    expect("what is heard behind came through", behind.starts_with(s.heard_behind));
    return;
  }
  expect("what is heard is a beginning of what was said plainly",
         std::string_view(s.heard).starts_with(std::string_view(speaker.plain).substr(0, s.heard.size())));
  expect("what is heard behind is a beginning of what was said behind (I-40)",
         std::string_view(speaker.secret).starts_with(s.heard_behind));
  constexpr std::size_t telling = 12;  // letters in a row are no coincidence
  for (std::size_t at = speaker.plain.size(); at + telling <= s.heard.size(); ++at)
    expect("nothing said behind the call is on the wire (I-41)",
           speaker.secret.find(std::string_view(s.heard).substr(at, telling)) == std::string::npos);
}

void upgrade_session::expect_all_heard() {
  if (!honest_ || is_late() || !sides_[0].begun || !sides_[1].begun) return;
  for (side& s : sides_) {
    expect("an honest upgrade succeeds", s.up);
    const std::string& said = other(s).secret;
    for (std::size_t rounds = 0; s.heard_behind.size() != said.size() && rounds != 2 * most_said; ++rounds) {
      if (s.reads.empty()) read(s, most_said);
      loop_->run_until(pass(duration::nanoseconds(1'000)));
      look();
    }
    expect_equal("all was heard", said, s.heard_behind);
  }
}

task<> upgrade_session::probe() {
  frames_ = frame_recycler::current()->live();
  co_return;
}

void upgrade_session::let_go_of_all() noexcept {
  for (side& s : sides_) {
    s.reads.clear();
    s.upgrade.reset();
    s.in.reset();
    s.out.reset();
  }
}

void upgrade_session::finish() {
  if (!loop_) return;
  for (side& s : sides_) s.out->transport().resume_reading();
  loop_->run_until(pass(duration::nanoseconds(1'000)));
  look();
  expect_all_heard();
  let_go_of_all();
  expect_equal("who waits at the end (I-14)", std::string(), loop_->run());
  const std::size_t before = frames_;
  loop_->run_until(probe());
  expect_equal("coroutine frames at the end (I-26)", before, frames_);
  expect_equal("blocks in use at the end (I-26)", std::size_t{0}, loop_->blocks().in_use());
}

std::string upgrade_session::outcome() const {
  std::string text;
  for (const side& s : sides_) {
    if (!s.in) return "(gone)";
    text += text.empty() ? "" : " | ";
    text += describe(s.in->underlying().inner());
    text += s.up ? " up" : s.failed ? " failed" : s.begun ? " under way" : " plain";
    text += " heard " + std::to_string(s.heard.size()) + " and " + std::to_string(s.heard_behind.size());
  }
  return text;
}

}  // namespace penstock::fuzz
