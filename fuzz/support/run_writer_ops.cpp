// SPDX-License-Identifier: BSL-1.0
// Any sequence of calls of a sending half against its model; one stream after another.
#include <algorithm>
#include <optional>

#include "bounds.hpp"
#include "counting_blocks.hpp"
#include "targets.hpp"
#include "texts.hpp"
#include "writer_session.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_names = 9;

// R75: high below low is refused; the stream then has low at high.
write_options legal_writing(const step& one) {
  write_options options{.high = one.size(0), .low = one.size(1), .max_pending = one.size(2)};
  const std::error_code expected = options.high < options.low ? make_error_code(errc::bad_option) : std::error_code();
  expect_equal("check(write_options)", expected, check(options));
  if (expected) options.low = options.high;
  return options;
}

// N of `choose`, from the lowest bit: a half alone or in a connection; 2 bits each for how bytes are
// written, how owned ones are held, and how many times a step's bytes are written (1, 8, 64, 512).
writing chosen(std::uint64_t n) noexcept {
  return {.copied = static_cast<writing::form>(n / 2 % 4),
          .owned = static_cast<owned_form>(n / 8 % 4),
          .scale = std::size_t{1} << 3 * (n / 32 % 4)};
}

}  // namespace

std::size_t run_writer_ops(const script& input, transcript& out) {
  counting_blocks blocks(largest_block);
  std::optional<writer_session> session;
  writer_model::kind what = writer_model::kind::half;
  read_options reading;
  write_options options;
  writing how;
  std::size_t done = 0;
  const auto finish = [&] {
    if (session) session->finish();
    session.reset();
    expect_equal("blocks that live longer than their half", std::size_t{0}, blocks.live_blocks());
    expect_equal("bytes that live longer than their half", std::size_t{0}, blocks.live_bytes());
  };
  for (const step& one : input.steps()) {
    if (one.op == opcode::writer || one.op == opcode::reader || one.op == opcode::choose) {
      const auto before = what;
      if (one.op == opcode::writer) options = legal_writing(one);
      if (one.op == opcode::reader) reading = legal_reading(one);
      if (one.op == opcode::choose) how = chosen(one.numbers[0]);
      if (one.op == opcode::choose) what = static_cast<writer_model::kind>(one.numbers[0] % 2);
      if (one.op != opcode::choose || what != before) finish();
      if (out.wants_steps()) out.line(input.text(one));
      ++done;
      continue;
    }
    if (!session) session.emplace(what, reading, options, blocks, out);
    if (session->run(input, one, how)) ++done;
  }
  finish();
  check_names(input.steps().size() % most_names);
  return done;
}

}  // namespace penstock::fuzz
