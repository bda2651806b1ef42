// SPDX-License-Identifier: BSL-1.0
// A conversation of two ends in memory, undisturbed and with its waits given up.
#include <algorithm>
#include <array>
#include <concepts>
#include <stdexcept>
#include <string>
#include <vector>

#include <penstock/framing.hpp>
#include <penstock/memory.hpp>

#include "check.hpp"
#include "giving_up.hpp"
#include "targets.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_operations = 60;
constexpr std::size_t highest_limit = 16 * 1024;

struct operation {
  step what;
  std::vector<strike> strikes;
};

// What the script says of one end.
struct part {
  stream_options options;
  memory::fault_plan way;  // to it
  std::vector<operation> reads;
  std::vector<operation> writes;
};

bool is_read(opcode op) noexcept { return op >= opcode::read_some && op <= opcode::netstring; }
bool is_write(opcode op) noexcept {
  return (op >= opcode::write && op <= opcode::writelines) || op == opcode::write_eof || op == opcode::drain ||
         op == opcode::flush || op == opcode::pass_time;
}

// The way of bytes: without losses, so that both runs end.
void set_way(part& p, const step& one) noexcept {
  const auto time = [&] { return duration::nanoseconds(static_cast<std::int64_t>(one.numbers[1] % 1000)); };
  if (one.op == opcode::cut) {
    p.way.capacity = std::max<std::size_t>(one.size(0), 1);
    p.way.fragment_min = std::max<std::size_t>(one.size(1), 1);
    p.way.fragment_max = std::max<std::size_t>(one.size(2), 1);
  } else if (one.numbers[0] % 3 == 0) {
    p.way.seed = one.numbers[1];
  } else if (one.numbers[0] % 3 == 1) {
    p.way.delay_min = time();
  } else {
    p.way.delay_max = time();
  }
}

void set_options(part& p, const step& one) noexcept {
  if (one.op == opcode::reader)
    p.options.reading = {std::clamp<std::size_t>(one.size(0), 1, highest_limit),
                         2 * highest_limit + one.size(1) % highest_limit};
  else
    p.options.writing = {.high = std::max(one.size(0), one.size(1)), .low = one.size(1)};
}

std::array<part, 2> parts_of(const script& input, std::size_t& done) {
  std::array<part, 2> parts;
  std::vector<strike> strikes;
  std::size_t chosen = 0;
  constexpr std::size_t most_strikes = 6;
  constexpr unsigned longest_after = 40;
  for (const step& one : input.steps().first(std::min(input.steps().size(), 2 * most_operations))) {
    part& p = parts[chosen];
    ++done;
    if (one.op == opcode::choose) {
      chosen = one.size(0) % 2;
    } else if (one.op == opcode::strike) {
      const auto how = static_cast<giving_up>(one.numbers[0] % static_cast<std::uint64_t>(giving_up::count));
      if (strikes.size() != most_strikes)
        strikes.push_back({how, static_cast<unsigned>(one.numbers[1] % longest_after)});
    } else if (one.op == opcode::reader || one.op == opcode::writer) {
      set_options(p, one);
    } else if (one.op == opcode::cut || one.op == opcode::fault) {
      set_way(p, one);
    } else if (is_read(one.op) || is_write(one.op)) {
      std::vector<operation>& list = is_read(one.op) ? p.reads : p.writes;
      list.push_back({one, std::move(strikes)});
      strikes.clear();
    } else {
      --done;
    }
  }
  return parts;
}

// A read operation that is kept over the waits that were given up, or made anew for each.
template <class Op>
struct repeated_read {
  const stream_reader& in;
  Op op;
  bool keep;
  task<answer_bytes> plain() {
    if (keep) co_return answer_bytes(co_await in.view(op));
    Op again = op;
    co_return answer_bytes(co_await in.view(again));
  }
  task<answer_bytes> limited(wait_limit limit) {
    if (keep) co_return answer_bytes(co_await in.view(op, limit));
    Op again = op;
    co_return answer_bytes(co_await in.view(again, limit));
  }
};

struct repeated_level {
  stream& of;
  write_level level;
  task<answer_bytes> plain() { co_return answer_bytes(co_await write_awaitable(of, level)); }
  task<answer_bytes> limited(wait_limit limit) {
    co_return answer_bytes(co_await limited_write_awaitable(of, level, limit));
  }
};

// One run: what each list of each end saw.
class conversation {
 public:
  conversation(const script& input, const std::array<part, 2>& parts, bool struck)
      : input_(input), parts_(parts), struck_(struck) {
    loop_.run_until(probe());
    const std::size_t frames = frames_;
    {
      memory::duplex_pair pair = memory::duplex(
          loop_,
          {.first = parts[0].options, .second = parts[1].options, .to_second = parts[1].way, .to_first = parts[0].way});
      try {
        loop_.run_until(all(pair));
      } catch (const std::logic_error& stuck) {
        throw mismatch{"a wait that never ends (I-14)", "none", stuck.what()};
      }
      const std::string waiting = loop_.run();
      expect_equal("who still waits", std::string_view(), std::string_view(waiting));
    }
    loop_.run();
    loop_.run_until(probe());
    expect_equal("coroutine frames at the end (I-26)", frames, frames_);
    expect_equal("blocks in use at the end (I-26)", std::size_t{0}, loop_.blocks().in_use());
    const time_point late(duration::nanoseconds(100'000'000'000));
    expect("no timer is left of a wait that has ended", loop_.now() < late);
  }

  std::string read[2];
  std::string written[2];
  std::size_t strikes = 0;

 private:
  task<> probe() {
    frames_ = frame_recycler::current()->live();
    co_return;
  }

  task<> all(memory::duplex_pair& pair) {
    co_await when_all(reads(pair.first.in, 0), writes(pair.first.out, 0), reads(pair.second.in, 1),
                      writes(pair.second.out, 1));
  }

  std::span<const strike> strikes_of(const operation& one) const noexcept {
    return struck_ ? std::span<const strike>(one.strikes) : std::span<const strike>();
  }

  template <class Op>
  task<answer_bytes> insist_on(const stream_reader& in, Op op, const operation& one) {
    repeated_read<Op> wait{in, std::move(op), one.strikes.size() % 2 == 1};
    co_return co_await insist(wait, loop_, strikes_of(one), strikes);
  }

  task<answer_bytes> ask(const stream_reader& in, const operation& one) {
    const step& s = one.what;
    const std::size_t n = s.size(0);
    if (s.op == opcode::read_to_eof) return insist_on(in, read_to_eof(n), one);
    if (s.op == opcode::readexactly) return insist_on(in, readexactly(n), one);
    if (s.op == opcode::readuntil) return insist_on(in, readuntil(separators(input_.words(s))), one);
    if (s.op == opcode::readuntil_limit) return insist_on(in, readuntil(separators(input_.words(s)), n), one);
    if (s.op == opcode::readline_limit) return insist_on(in, readline(n), one);
    if (s.op == opcode::skip_until) return insist_on(in, skip_until(separators(input_.words(s))), one);
    if (s.op == opcode::length_prefixed) return insist_on(in, length_prefixed(n, s.size(1)), one);
    if (s.op == opcode::netstring) return insist_on(in, netstring(n), one);
    return insist_on(in, readline(), one);
  }

  // Of read_some only the bytes count: as many as were asked for, over as many waits as it takes.
  task<> read_pieces(const stream_reader& in, const operation& one, std::string& seen) {
    for (std::size_t left = one.what.size(0); left != 0;) {
      const answer_bytes got = co_await insist_on(in, read_some(left), one);
      if (got.status != read_status::data) break;
      seen += got.bytes;
      left -= got.bytes.size();
    }
  }

  task<> reads(const stream_reader& in, std::size_t end) {
    std::string& seen = read[end];
    for (const operation& one : parts_[end].reads) {
      if (one.what.op == opcode::read_some) {
        co_await read_pieces(in, one, seen);
        continue;
      }
      answer_bytes got = co_await ask(in, one);
      // How much of an over-long line is dropped at once depends on when its bytes came.
      const bool by_lines = one.what.op == opcode::readline || one.what.op == opcode::readline_limit;
      while (by_lines && got.status == read_status::limit_overrun) got = co_await ask(in, one);
      seen += got.bytes + '<' + std::string(name(got.status)) + shown(got.error) + '>';
    }
    operation rest;
    rest.what.op = opcode::read_some;
    rest.what.numbers[0] = ~std::uint64_t{0};
    co_await read_pieces(in, rest, seen);
  }

  std::error_code write(const stream_writer& out, const step& one) const {
    try {
      if (one.op == opcode::write) return out.write(one.bytes);
      if (one.op == opcode::write_owned) return out.write(owned_bytes(std::string(one.bytes)));
      if (one.op == opcode::writelines) return out.writelines(input_.words(one));
      return out.write_eof();
    } catch (const std::logic_error&) {
      return errc::write_after_eof;
    }
  }

  task<> writes(const stream_writer& out, std::size_t end) {
    for (const operation& one : parts_[end].writes) {
      answer_bytes got;
      if (one.what.op == opcode::drain || one.what.op == opcode::flush) {
        const write_level level = one.what.op == opcode::drain ? write_level::drained : write_level::flushed;
        repeated_level wait{out.underlying(), level};
        got = co_await insist(wait, loop_, strikes_of(one), strikes);
      } else if (one.what.op == opcode::pass_time) {
        co_await sleep(duration::nanoseconds(static_cast<std::int64_t>(one.what.numbers[0] % 1000)));
      } else {
        got.error = write(out, one.what);
      }
      written[end] += shown(got.error) + ' ';
    }
    out.underlying().write_eof();
  }

  const script& input_;
  const std::array<part, 2>& parts_;
  bool struck_;
  std::size_t frames_ = 0;
  memory::event_loop loop_;
};

}  // namespace

std::size_t run_cancel(const script& input, transcript& out) {
  std::size_t done = 0;
  const std::array<part, 2> parts = parts_of(input, done);
  if (out.wants_steps()) out.line(input.text());
  const conversation undisturbed(input, parts, false);
  if (out.wants_steps())
    out.line("read by the first: " + shown(undisturbed.read[0]) + ", by the second: " + shown(undisturbed.read[1]));
  const conversation disturbed(input, parts, true);
  if (out.wants_steps()) out.line(std::to_string(disturbed.strikes) + " waits given up");
  for (std::size_t end = 0; end != parts.size(); ++end) {
    expect_equal("bytes read (I-25)", std::string_view(undisturbed.read[end]), std::string_view(disturbed.read[end]));
    expect_equal("answers to writes (I-25)", std::string_view(undisturbed.written[end]),
                 std::string_view(disturbed.written[end]));
  }
  return done;
}

}  // namespace penstock::fuzz
