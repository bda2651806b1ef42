// SPDX-License-Identifier: BSL-1.0
// Waits on two ends in memory: each a task, by outcomes or by asyncio's names and exceptions.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "api_session.hpp"

namespace penstock::fuzz {

namespace {

constexpr std::size_t most_waits = 12;
constexpr std::size_t most_asked = 16 * 1024;

}  // namespace

task<answer_bytes> api_session::ask(const step& one, const stream_reader& in, const std::optional<wait_limit>& limit) {
  const auto go = [&](auto op) -> task<answer_bytes> {
    auto kept = op;
    if (limit) co_return answer_bytes(co_await in.view(kept, *limit));
    co_return answer_bytes(co_await in.view(kept));
  };
  const std::size_t n = one.size(0);
  if (one.op == opcode::read_some) co_return co_await go(read_some(n));
  if (one.op == opcode::read_to_eof) co_return co_await go(read_to_eof(n));
  if (one.op == opcode::readexactly) co_return co_await go(readexactly(n));
  if (one.op == opcode::readuntil) co_return co_await go(readuntil(separators_of(one)));
  if (one.op == opcode::readuntil_limit) co_return co_await go(readuntil(separators_of(one), n));
  if (one.op == opcode::readline) co_return co_await go(readline());
  if (one.op == opcode::readline_limit) co_return co_await go(readline(n));
  co_return co_await go(skip_until(separators_of(one)));
}

// By asyncio's names, with its exceptions.
task<answer_bytes> api_session::ask_face(const step& one, const stream_reader& in) {
  answer_bytes got;
  try {
    const std::size_t n = one.size(0);
    if (one.op == opcode::read_some) {
      std::string into(std::min(n, most_asked), ' ');
      into.resize(co_await in.read_into(std::span(into)));
      got.bytes = into;
    } else if (one.op == opcode::read_to_eof) {
      got.bytes = co_await in.read();
    } else if (one.op == opcode::readexactly) {
      got.bytes = co_await in.readexactly(n);
    } else if (one.op == opcode::skip_until) {
      co_await in.skip_until(separators_of(one));
      got.status = read_status::data;
    } else if (one.op == opcode::readline || one.op == opcode::readline_limit) {
      if (const std::optional<std::string> line = co_await in.next_line()) got.bytes = *line;
    } else {
      got.bytes = co_await in.readuntil(separators_of(one));
    }
    const bool empty = got.bytes.empty() && one.op != opcode::skip_until && !(n == 0 && one.op == opcode::readexactly);
    got.status = empty ? read_status::eof : read_status::data;
  } catch (const incomplete_read_error& e) {
    got.status = read_status::incomplete;
    got.bytes = e.partial;
  } catch (const limit_overrun_error&) {
    got.status = read_status::limit_overrun;
  } catch (const std::system_error& e) {
    got.status = read_status::failed;
    got.error = e.code();
  } catch (const std::invalid_argument&) {
    got.status = read_status::failed;
    got.error = errc::bad_option;
  } catch (const std::logic_error&) {
    got.status = read_status::failed;
    got.error = errc::read_in_progress;
  }
  co_return got;
}

task<> api_session::reading(side& s, waiting& w, stream_reader in) {
  answer_bytes got;
  if (faces_ && !w.limit)
    got = co_await ask_face(w.what, in);
  else
    got = co_await ask(w.what, in, w.limit);
  w.done = true;
  record_read(s, w, got);
}

task<> api_session::for_level(side& s, waiting& w, stream_writer out) {
  std::error_code ec;
  try {
    if (w.what.op == opcode::drain && w.limit)
      co_await out.drain(*w.limit);
    else if (w.what.op == opcode::drain)
      co_await out.drain();
    else if (w.what.op == opcode::flush && w.limit)
      co_await out.flush(*w.limit);
    else if (w.what.op == opcode::flush)
      co_await out.flush();
    else if (w.limit)
      co_await out.wait_closed(*w.limit);
    else
      co_await out.wait_closed();
  } catch (const std::system_error& e) {
    ec = e.code();
  }
  w.done = true;
  const bool of_limit = w.limited && given_up(ec);
  if (ec && !of_limit && !cut(s) && !cut(other(s)) && !s.closed)
    differ("a wait for a level that nothing has cut", std::error_code(), ec);
}

bool api_session::wait(const step& one) {
  side& s = sides_[chosen_ % 2];
  const bool reads = is_read(one.op);
  drop_ended();
  if (!s.in || s.waits.size() == most_waits) return false;
  waiting& w = s.waits.emplace_back(one, limit_.has_value());
  if (limit_ && loop_) {
    if (limit_->how == giving_up::stop) {
      w.stop.emplace(*loop_, limit_->after + 1).begin();
      w.limit.emplace(w.stop->token());
    } else {
      w.limit.emplace(time_of(*limit_));
    }
  }
  limit_.reset();
  if (reads) {
    for (const waiting& before : s.waits)
      w.refused = w.refused || (&before != &w && !before.done && is_read(before.what.op));
    w.work = reading(s, w, stream_reader(s.in->underlying()));
  } else {
    w.work = for_level(s, w, stream_writer(s.in->underlying()));
  }
  w.work.start();
  if (w.refused) expect("a second reader is refused at once (I-29)", w.done);
  if (!loop_) expect("without a loop nobody waits", w.done);
  return true;
}

}  // namespace penstock::fuzz
