// SPDX-License-Identifier: BSL-1.0
// The primitives of three receive buffers and three send queues that share one block source.
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "bounds.hpp"
#include "check.hpp"
#include "counting_blocks.hpp"
#include "receive_lane.hpp"
#include "scaled.hpp"
#include "send_lane.hpp"
#include "targets.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_bytes = 12 * 1024;    // of one scaled step
constexpr std::size_t most_scaled = 128 * 1024;  // bytes of a script that are there by scaling

struct lane {
  lane(counting_blocks& blocks, transcript& to, char digit)
      : in(blocks, to, std::string("in") + digit), out(blocks, to, std::string("out") + digit) {}
  receive_lane in;
  send_lane out;
};

// N of `choose`, from the lowest: N % 3 the lane; then 2 bits each for how many times a step's bytes
// are used (1, 8, 64, 512) and for the form of owned bytes; then a bit: `write` appends what the
// lane's receive buffer has, as a pipe does; then a bit: `receive` prepares, and what it brings
// arrives after the next step.
struct choice {
  explicit choice(std::uint64_t n) noexcept
      : lane(static_cast<std::size_t>(n % 3)),
        scale(std::size_t{1} << 3 * (n / 3 % 4)),
        form(static_cast<owned_form>(n / 12 % 4)),
        pipes(n / 48 % 2 != 0),
        late(n / 96 % 2 != 0) {}
  std::size_t lane;
  std::size_t scale;
  owned_form form;
  bool pipes;
  bool late;
};

class buffers {
 public:
  buffers(counting_blocks& blocks, transcript& out) : out_(out), blocks_(blocks) {
    if (out_.wants_test()) out_.code("{");
  }

  bool run(const script& from, const step& one) {
    if (out_.wants_steps()) out_.begin(from.text(one));
    const bool done = run_one(from, one);
    lane& chosen = lanes_[choice_.lane];
    if (out_.wants_steps()) out_.end(chosen.in.describe() + "; " + chosen.out.describe());
    chosen.in.compare_state();
    chosen.out.compare_state();
    std::size_t held = 0;
    for (const lane& each : lanes_) held += each.in.capacity() + each.out.capacity();
    expect_equal("capacity()", blocks_.live_bytes(), held);
    return done;
  }

  void finish() {
    for (lane& each : lanes_) {
      each.in.finish();
      each.out.finish();
    }
    if (out_.wants_test()) out_.code("}");
  }

 private:
  bool run_one(const script& from, const step& one) {
    if (one.op == opcode::choose) {
      choice_ = choice(one.numbers[0]);
      return true;
    }
    if (one.op == opcode::fail_allocation) {
      blocks_.fail_from(one.numbers[0], one.numbers[1]);
      if (out_.wants_test()) out_.code("// The script makes allocations fail: use a block_source that does.");
      return true;
    }
    lane& chosen = lanes_[choice_.lane];
    const std::string bytes = scaled(one.bytes);
    if (chosen.in.run(one, bytes, choice_.late)) return true;

    std::array<std::string, script::most_words> texts;
    std::array<std::string_view, script::most_words> parts{std::string_view(bytes)};
    std::size_t count = 1;
    if (one.op == opcode::write && choice_.pipes) parts[0] = chosen.in.view();
    if (one.op == opcode::writelines) {
      count = 0;
      for (const std::string_view word : from.words(one)) {
        texts[count] = scaled(word);
        parts[count] = texts[count].empty() ? std::string_view() : std::string_view(texts[count]);
        ++count;
      }
    }
    return chosen.out.run(one, std::span(parts).first(count), choice_.form);
  }

  std::string scaled(std::string_view bytes) {
    std::string all = fuzz::scaled(bytes, scaled_bytes_ < most_scaled ? choice_.scale : 1, most_bytes);
    scaled_bytes_ += all.size() - bytes.size();
    return all;
  }

  transcript& out_;
  counting_blocks& blocks_;
  std::array<lane, 3> lanes_{{{blocks_, out_, '0'}, {blocks_, out_, '1'}, {blocks_, out_, '2'}}};
  choice choice_{0};
  std::size_t scaled_bytes_ = 0;
};

}  // namespace

std::size_t run_buffer_ops(const script& input, transcript& out) {
  std::size_t done = 0;
  counting_blocks blocks(largest_block);
  {
    buffers all(blocks, out);
    for (const step& one : input.steps())
      if (all.run(input, one)) ++done;
    all.finish();
  }
  expect_equal("blocks that live longer than their buffers", std::size_t{0}, blocks.live_blocks());
  expect_equal("bytes that live longer than their buffers", std::size_t{0}, blocks.live_bytes());
  return done;
}

}  // namespace penstock::fuzz
