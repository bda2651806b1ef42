// SPDX-License-Identifier: BSL-1.0
// What steps do to two ends in memory.
#include "api_session.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_accepted = 16 * 1024;

bool is_level(opcode op) noexcept { return op == opcode::drain || op == opcode::flush || op == opcode::wait_closed; }
std::optional<std::size_t> given(std::size_t n) noexcept {
  return n == ~std::size_t{0} ? std::nullopt : std::optional(n);
}

}  // namespace

bool api_session::write(const step& one) {
  side& s = sides_[chosen_ % 2];
  if (!s.out) return false;
  std::string bytes(one.bytes);
  if (one.op == opcode::writelines)
    for (const std::string_view part : input_.words(one)) bytes += part;
  if (s.accepted.size() + bytes.size() > most_accepted) return false;
  std::error_code ec;
  bool thrown = false;
  try {
    if (one.op == opcode::write) ec = s.out->write(one.bytes);
    if (one.op == opcode::write_owned) ec = s.out->write(owned_bytes(std::string(one.bytes)));
    if (one.op == opcode::writelines) ec = s.out->writelines(input_.words(one));
  } catch (const std::logic_error&) {
    thrown = true;
  }
  if (thrown) return expect("only a write after write_eof throws", s.eof), true;
  if (!ec && !bytes.empty()) {
    expect("bytes are accepted before write_eof alone", !s.eof && !s.closed);
    s.accepted += bytes;
    if (other(s).closed) tear();  // nobody takes them any more
  }
  if (ec) expect("only what was cut refuses bytes", s.closed || cut(s) || cut(other(s)));
  return true;
}

void api_session::close(side& s) {
  if (s.closed) return;
  side& peer = other(s);
  s.closed = s.torn = true;
  if (!coming(s).empty()) peer.torn = true;
}

void api_session::set_limits(const step& one) {
  side& s = sides_[chosen_ % 2];
  const std::optional<std::size_t> high = given(one.size(0));
  const std::optional<std::size_t> low = given(one.size(1));
  bool refused = false;
  try {
    s.out->transport().set_write_buffer_limits(high, low);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  expect_equal("limits refused", high && low && *high < *low, refused);
  const write_buffer_limits now = s.out->transport().get_write_buffer_limits();
  if (!refused && high) expect_equal("the high mark", *high, now.high);
  if (!refused && low) expect_equal("the low mark", *low, now.low);
}

bool api_session::call(const step& one) {
  side& s = sides_[chosen_ % 2];
  if (!s.in) return false;
  penstock::transport& t = s.out->transport();
  if (one.op == opcode::write_eof) {
    const std::error_code ec = one.numbers[0] % 2 == 0 ? s.out->write_eof() : t.write_eof();
    s.eof = s.eof || !ec;
  } else if (one.op == opcode::close) {
    close(s);
    chosen_ % 4 < 2 ? s.out->close() : t.close();
  } else if (one.op == opcode::abort) {
    tear();
    s.closed = true;
    chosen_ % 4 < 2 ? s.out->abort() : t.abort();
  } else if (one.op == opcode::let_go) {
    close(s);
    s.in.reset();
    s.out.reset();
  } else if (one.op == opcode::pause_reading) {
    s.paused = s.paused || !t.is_closing();
    t.pause_reading();
  } else if (one.op == opcode::resume_reading) {
    s.paused = false;
    t.resume_reading();
  } else if (one.op == opcode::unread) {
    s.in->unread(one.bytes);
    s.put_back.insert(0, one.bytes);
    // It stands in front of what a skip that waits has left, not of all that it had come past.
    s.loose = s.loose || std::ranges::any_of(s.waits, &api_session::skips);
  } else if (one.op == opcode::set_limit) {
    const std::size_t n = std::min(one.size(0), most_accepted);
    bool refused = false;
    try {
      s.in->set_limit(n);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    expect_equal("a limit refused", n == 0, refused);
    if (!refused) expect_equal("the limit", n, s.in->limit());
  } else if (one.op == opcode::set_write_limits) {
    set_limits(one);
  } else if (one.op == opcode::ask) {
    stream_reader in = std::move(*s.in);
    stream_writer out = std::move(*s.out);
    s.in = std::move(in);
    s.out = std::move(out);
    faces_ = !faces_;
  } else {
    return false;
  }
  return true;
}

// --- the course of a script --------------------------------------------------------------------

// Options and faults, as long as nothing else has come.
bool api_session::prepare(const step& one) {
  side& s = sides_[chosen_ % 2];
  memory::fault_plan& way = s.way;
  if (one.op == opcode::reader) {
    s.options.reading = {std::clamp<std::size_t>(one.size(0), 1, most_accepted), 8 * most_accepted};
  } else if (one.op == opcode::writer) {
    s.options.writing = {.high = std::max(one.size(0), one.size(1)), .low = one.size(1)};
  } else if (one.op == opcode::cut) {
    way.capacity = one.size(0);
    way.fragment_min = one.size(1);
    way.fragment_max = one.size(2);
  } else if (one.op == opcode::fault) {
    const auto delay = duration::nanoseconds(static_cast<std::int64_t>(one.numbers[1] % 1000));
    const std::uint64_t kind = one.numbers[0] % 8;
    if (kind > 2) tear();
    switch (kind) {
      case 0: way.seed = one.numbers[1]; break;
      case 1: way.delay_min = delay; break;
      case 2: way.delay_max = delay; break;
      case 3: way.stall_after = one.numbers[1]; break;
      case 4: way.end_after = one.numbers[1]; break;
      case 5: way.reset_after = one.numbers[1]; break;
      case 6: way.send_error_at = one.numbers[1]; break;
      default: way.receive_error_at = one.numbers[1]; break;
    }
  } else {
    return false;
  }
  return true;
}

void api_session::begin() {
  begun_ = true;
  loop_.emplace();
  loop_->run_until(probe());
  memory::duplex_pair pair = memory::duplex(
      *loop_,
      {.first = sides_[0].options, .second = sides_[1].options, .to_second = sides_[1].way, .to_first = sides_[0].way});
  sides_[0].in.emplace(std::move(pair.first.in));
  sides_[0].out.emplace(std::move(pair.first.out));
  sides_[1].in.emplace(std::move(pair.second.in));
  sides_[1].out.emplace(std::move(pair.second.out));
}

bool api_session::run(const step& one) {
  outcome_.clear();
  if (one.op == opcode::choose) return chosen_ = one.size(0), true;
  if (one.op == opcode::strike) {
    constexpr unsigned longest_after = 60;
    const bool stops = one.numbers[0] % 2 == 0;
    limit_ = strike{stops ? giving_up::stop : giving_up::time, static_cast<unsigned>(one.numbers[1] % longest_after)};
    return true;
  }
  if (!begun_ && prepare(one)) return true;
  if (!begun_) begin();
  bool done = true;
  if (is_read(one.op) || is_level(one.op)) {
    done = wait(one);
  } else if (one.op >= opcode::write && one.op <= opcode::writelines) {
    done = write(one);
  } else if (one.op == opcode::cancel) {
    side& s = sides_[chosen_ % 2];
    done = !s.waits.empty();
    if (done) {  // what it skipped so far stays skipped
      s.loose = s.loose || skips(s.waits.front());
      s.waits.pop_front();
    }
  } else if (one.op == opcode::shut_down) {
    end_loop();
  } else if (one.op == opcode::next_step) {
    done = loop_ && loop_->step();
  } else if (one.op == opcode::settle) {
    settle();
  } else {
    done = call(one);
  }
  compare_faces();
  return done;
}

task<> api_session::probe() {
  frames_ = frame_recycler::current()->live();
  co_return;
}

// Waits with a limit are the loop's; plain ones outlive it, and are never told.
void api_session::end_loop() {
  tear();
  for (side& s : sides_) {
    for (const waiting& w : s.waits) s.loose = s.loose || skips(w);
    std::erase_if(s.waits, [](const waiting& w) { return w.limited; });
    s.closed = true;
  }
  loop_.reset();
  for (side& s : sides_) s.waits.clear();
}

void api_session::let_go_of_all() noexcept {
  for (side& s : sides_) {
    s.waits.clear();
    s.in.reset();
    s.out.reset();
  }
}

void api_session::finish() {
  if (!begun_) return;
  settle();
  let_go_of_all();
  if (!loop_) return;
  loop_->run();
  const std::size_t before = frames_;
  loop_->run_until(probe());
  expect_equal("coroutine frames at the end (I-26)", before, frames_);
  expect_equal("blocks in use at the end (I-26)", std::size_t{0}, loop_->blocks().in_use());
}

}  // namespace penstock::fuzz
