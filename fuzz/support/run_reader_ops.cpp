// SPDX-License-Identifier: BSL-1.0
// Any sequence of calls of a read_half against its model; one stream after another.
#include <optional>

#include "bounds.hpp"
#include "counting_blocks.hpp"
#include "reader_session.hpp"
#include "targets.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t reader_patience = 2 * 1024 * 1024;  // bytes to be searched naively where many are buffered

}  // namespace

std::size_t run_reader_ops(const script& input, transcript& out) {
  counting_blocks blocks(largest_block);
  std::optional<reader_session> session;
  std::uint64_t patience_used = 0;  // by streams that have ended
  std::size_t done = 0;
  const auto finish = [&] {
    if (session) session->finish();
    if (session) patience_used += session->patience_used();
    session.reset();
    expect_equal("blocks that live longer than their half", std::size_t{0}, blocks.live_blocks());
    expect_equal("bytes that live longer than their half", std::size_t{0}, blocks.live_bytes());
  };
  for (const step& one : input.steps()) {
    if (one.op == opcode::reader) {
      finish();
      if (out.wants_steps()) out.line(input.text(one));
      session.emplace(legal_reading(one), blocks, out);
      ++done;
      continue;
    }
    if (!session) session.emplace(read_options{}, blocks, out);
    if (patience_used + session->patience_used() > reader_patience) break;  // what follows would take too long
    if (session->run(input, one)) ++done;
  }
  finish();
  return done;
}

}  // namespace penstock::fuzz
