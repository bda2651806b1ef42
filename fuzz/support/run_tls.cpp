// SPDX-License-Identifier: BSL-1.0
// Two ends under TLS: over an honest way, over one that tampers, and upgraded from plaintext; and
// one end alone against bytes that mean nothing.
#include <algorithm>

#include <penstock/tls/error.hpp>

#include "check.hpp"
#include "play.hpp"
#include "targets.hpp"
#include "tls_session.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_steps = 200;

std::size_t run_session(const script& input, transcript& out, way_between way, bool plain) {
  tls_session session(input, way, plain);
  return play(session, input, out);
}

}  // namespace

std::size_t run_tls_pair(const script& input, transcript& out) {
  return run_session(input, out, way_between::honest, false);
}
std::size_t run_tls_tamper(const script& input, transcript& out) {
  return run_session(input, out, way_between::tampered, false);
}
std::size_t run_start_tls(const script& input, transcript& out) {
  return run_session(input, out, way_between::tampered, true);
}

std::size_t run_tls_raw(const script& input, transcript& out) {
  constexpr std::size_t most_output = 16 * 1024;
  seed_random();
  std::size_t done = 0;
  time_point now(duration::nanoseconds(1));
  const bool server = input.steps().empty() || input.steps().front().op != opcode::choose ||
                      (input.steps().front().numbers[0] & 1) == 0;
  tls_end end(server, {});
  expect_equal("a wire", std::error_code(), end.upgrade());
  const auto rest = [&] {
    for (int rounds = 0; end.turn(now); ++rounds) expect_at_most("rounds until nothing moves", 20'000, rounds);
    expect("nothing is heard (I-41)", end.heard.empty() && (!end.at_eof || end.hung_up || end.error));
    expect_at_most("bytes said to a stranger", most_output, end.sent);
  };
  rest();
  for (const step& one : input.steps().first(std::min(input.steps().size(), most_steps))) {
    if (out.wants_steps()) out.begin(input.text(one));
    if ((one.op == opcode::feed || one.op == opcode::lend || one.op == opcode::receive) && !end.fin_arriving)
      end.arriving += one.bytes;
    if (one.op == opcode::feed_eof) end.fin_arriving = true;
    if (one.op == opcode::lost) end.reset_arriving = true;
    if (one.op == opcode::write) end.write(one.bytes);
    if (one.op == opcode::cut) end.most_received = std::max<std::size_t>(one.size(1), 1);
    if (one.op == opcode::pass_time)
      now = now + duration::nanoseconds(static_cast<std::int64_t>(one.numbers[0] % 100'000'000'000));
    if (one.op == opcode::close) {
      end.stream.close();
      end.hung_up = true;
    }
    rest();
    if (out.wants_steps()) out.end(describe(end.stream));
    ++done;
  }
  now = now + duration::nanoseconds(60'000'000'000);
  rest();
  now = now + duration::nanoseconds(6'000'000'000);
  rest();
  expect("it has ended", end.closed);
  return done;
}

}  // namespace penstock::fuzz
