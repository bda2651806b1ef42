// SPDX-License-Identifier: BSL-1.0
// One stream and one list of reads, with the script's cutting and byte by byte.
#include <algorithm>
#include <vector>

#include <penstock/describe.hpp>

#include "bounds.hpp"
#include "chunked_reader.hpp"
#include "targets.hpp"
#include "texts.hpp"

namespace penstock::fuzz {
namespace {

// What a script says to this target: its bytes are one stream, however they come in; its questions
// are the reads. What would make an answer depend on the cutting by contract is left out.
struct plan {
  read_options options;
  std::string stream;
  std::error_code end;
  std::vector<cut> cuts;
  std::vector<step> reads;
  bool unreads = true;

  explicit plan(const script& input);
  std::size_t highest_limit() const noexcept { return (options.max_buffered - 1) / 2; }
};

constexpr std::size_t highest = ~std::size_t{0} / 4;

plan::plan(const script& input) {
  bool first = true;
  for (const step& one : input.steps()) {
    if (one.op == opcode::reader && first) {
      options.limit = std::clamp<std::size_t>(one.size(0), 1, highest);
      // The cap must not fall when set_limit lowers 2 * limit + 1: what came before would matter.
      options.max_buffered = std::max(one.size(1), 2 * options.limit + 1);
      first = false;
    }
    if (one.op == opcode::feed || one.op == opcode::lend || one.op == opcode::receive) {
      stream += one.bytes;
      if (!one.bytes.empty()) cuts.push_back({one.bytes.size(), one.op, std::min(one.size(0), most_prepared)});
    }
    if (one.op == opcode::fail) end = error_of(one);
    if (is_question(one.op) || one.op == opcode::set_limit || one.op == opcode::unread || one.op == opcode::unread_last)
      reads.push_back(one);
  }
  stream += input.rest();
  // Past the cap it matters what came before it was put back. What was read may be put back more than once.
  std::size_t unread = 0;
  for (const step& one : reads) {
    if (one.op == opcode::unread) unread = saturated_sum(unread, one.bytes.size());
    if (one.op == opcode::unread_last)
      unread = saturated_sum(unread, std::min(one.size(0), saturated_sum(stream.size(), unread)));
  }
  unreads = unread == 0 || saturated_sum(stream.size(), unread) < options.max_buffered;
}

bool is_readline(const step& one) noexcept { return one.op == opcode::readline || one.op == opcode::readline_limit; }

// Runs the reads over one cutting. `before`: what another cutting answered.
std::vector<answer> trace(const script& input, const plan& what, std::span<const cut> cuts,
                          const std::vector<answer>* before, transcript& out) {
  std::vector<answer> answers;
  chunked_reader stream(what.options, what.stream, cuts, what.end, out);
  std::string last;
  const auto ask = [&](const step& one) {
    if (out.wants_steps()) out.line(input.text(one));
    const std::size_t at = answers.size();
    const answer* const other = before != nullptr && at < before->size() ? &(*before)[at] : nullptr;
    answers.push_back(stream.ask({one, input.words(one)}, other));
    const answer& made = answers.back();
    if (out.wants_steps()) out.line("    " + describe(made));
    if (before != nullptr) {
      expect("both cuttings answer as often", other != nullptr);
      if (!(*other == made))
        throw mismatch{"the answer depends on the cutting (I-2)", describe(*other), describe(made)};
    }
    last = made.text;
    return made.status;
  };
  for (const step& one : what.reads) {
    if (one.op == opcode::set_limit) {
      stream.set_limit(std::clamp<std::size_t>(one.size(0), 1, what.highest_limit()));
    } else if (one.op == opcode::unread || one.op == opcode::unread_last) {
      const std::size_t n = std::min(one.size(0), last.size());
      if (what.unreads)
        stream.unread(one.op == opcode::unread ? one.bytes : std::string_view(last).substr(last.size() - n));
    } else {
      // How much of an over-long line is dropped at once depends on the cutting (R39): only reading
      // by lines goes on behind it.
      while (ask(one) == read_status::limit_overrun && is_readline(one)) {
      }
    }
  }
  answers.push_back({read_status::data, stream.residue(), 0, {}});
  stream.finish();
  return answers;
}

}  // namespace

std::size_t run_chunking(const script& input, transcript& out) {
  static constexpr cut bytewise[] = {
      {1, opcode::feed, 0}, {1, opcode::lend, 7}, {1, opcode::receive, 3}, {1, opcode::lend, 0}};
  const plan what(input);
  out.line("# cut as the script says");
  const std::vector<answer> first = trace(input, what, what.cuts, nullptr, out);
  out.line("# byte by byte");
  const std::vector<answer> second = trace(input, what, bytewise, &first, out);
  expect_equal("answers", first.size(), second.size());
  expect_equal("what was left unread", first.back().text, second.back().text);
  return what.reads.size();
}

}  // namespace penstock::fuzz
