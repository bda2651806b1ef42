// SPDX-License-Identifier: BSL-1.0
// Proves that a read_half answers what the rules say, call by call: random sessions against the model
// of fuzz/support, one command an operation. A failure is printed as the steps of a script.
#include <penstock/read_half.hpp>

#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <rapidcheck/state.h>

#include <penstock/describe.hpp>
#include <penstock/framing.hpp>
#include <penstock/read_operations.hpp>

#include "fuzz/support/counting_blocks.hpp"
#include "fuzz/support/lender.hpp"
#include "fuzz/support/reader_model.hpp"
#include "properties/property.hpp"

namespace ps = penstock;
using namespace penstock_test;
using penstock::fuzz::opcode;
using penstock::fuzz::question;
using penstock::fuzz::reader_model;

namespace {

struct stream {
  explicit stream(ps::read_options options) : in(options, blocks.source()) {}
  penstock::fuzz::counting_blocks blocks;
  penstock::fuzz::lender memory;
  ps::read_half in;
};

// Everything that can be asked at any time, of both.
void compare(const reader_model& model, const stream& sut) {
  const ps::read_half& in = sut.in;
  in.validate();
  RC_ASSERT(ps::quoted(in.buffered()) == ps::quoted(model.buffered()));
  RC_ASSERT(in.input_room() == model.input_room());
  RC_ASSERT(in.paused() == model.paused());
  RC_ASSERT(in.at_eof() == model.at_eof());
  RC_ASSERT(in.ended() == model.ended());
  RC_ASSERT(in.full() == model.full());
  RC_ASSERT(in.limit() == model.limit());
  RC_ASSERT(in.max_buffered() == model.max_buffered());
  RC_ASSERT(in.error() == model.error());
  RC_ASSERT(in.capacity() == sut.blocks.live_bytes());
}

// Both sides of a command in one function: without a stream only the model makes the step.
struct command : rc::state::Command<reader_model, stream> {
  virtual void play(reader_model& model, stream* sut) const = 0;

  void apply(reader_model& model) const override { play(model, nullptr); }
  void run(const reader_model& before, stream& sut) const override {
    reader_model model = before;
    play(model, &sut);
    compare(model, sut);
  }
};

struct arriving : command {
  std::string bytes = *text();
  void checkPreconditions(const reader_model& model) const override { RC_PRE(!model.eof()); }
};

struct feed : arriving {
  void play(reader_model& model, stream* sut) const override {
    if (sut != nullptr) sut->in.feed(bytes);
    model.arrive(bytes);
  }
  void show(std::ostream& out) const override { out << "feed " << ps::quoted(bytes); }
};

struct lend : arriving {
  std::size_t headroom = *rc::gen::inRange<std::size_t>(0, 12);
  void play(reader_model& model, stream* sut) const override {
    const std::string_view arrived = std::string_view(bytes).substr(0, model.input_room());
    if (sut != nullptr) sut->in.lend(sut->memory.place(arrived, headroom), headroom);
    model.arrive(arrived);
  }
  void show(std::ostream& out) const override { out << "lend " << headroom << ' ' << ps::quoted(bytes); }
};

struct receive : arriving {
  std::size_t extra = *rc::gen::inRange<std::size_t>(1, 12);
  void play(reader_model& model, stream* sut) const override {
    if (sut != nullptr) {
      const std::span<char> free = sut->in.prepare(bytes.size() + extra);
      RC_ASSERT(free.size() == bytes.size() + extra);
      bytes.copy(free.data(), bytes.size());
      sut->in.commit(bytes.size());
    }
    model.arrive(bytes);
  }
  void show(std::ostream& out) const override { out << "receive " << extra << ' ' << ps::quoted(bytes); }
};

struct feed_eof : command {
  void play(reader_model& model, stream* sut) const override {
    if (sut != nullptr) sut->in.feed_eof();
    model.feed_eof();
  }
  void show(std::ostream& out) const override { out << "feed_eof"; }
};

struct fail : command {
  int number = *rc::gen::inRange(1, 5);
  void play(reader_model& model, stream* sut) const override {
    const std::error_code ec(number, std::generic_category());
    if (sut != nullptr) sut->in.fail(ec);
    model.fail(ec);
  }
  void show(std::ostream& out) const override { out << "fail " << number; }
};

struct settle : command {
  void play(reader_model& model, stream* sut) const override {
    if (sut == nullptr) return;
    sut->in.settle();
    sut->memory.take_back();
    const std::size_t size = model.buffered().size();
    RC_ASSERT(sut->blocks.live_bytes() <= (size == 0 ? 0 : 2 * size + 4096));
  }
  void show(std::ostream& out) const override { out << "settle"; }
};

struct consume : command {
  std::size_t n;
  explicit consume(const reader_model& model) : n(*rc::gen::inRange<std::size_t>(0, model.buffered().size() + 1)) {}
  void checkPreconditions(const reader_model& model) const override { RC_PRE(n <= model.buffered().size()); }
  void play(reader_model& model, stream* sut) const override {
    const std::string expected(model.consume(n));
    if (sut != nullptr) RC_ASSERT(sut->in.consume(n) == expected);
  }
  void show(std::ostream& out) const override { out << "consume " << n; }
};

struct unread : command {
  std::string bytes = *text();
  void play(reader_model& model, stream* sut) const override {
    if (sut != nullptr) sut->in.unread(bytes);
    model.unread(bytes);
  }
  void show(std::ostream& out) const override { out << "unread " << ps::quoted(bytes); }
};

struct set_limit : command {
  std::size_t limit = *rc::gen::inRange<std::size_t>(0, 12);
  void play(reader_model& model, stream* sut) const override {
    const std::error_code expected = model.set_limit(limit);
    if (sut != nullptr) RC_ASSERT(sut->in.set_limit(limit) == expected);
  }
  void show(std::ostream& out) const override { out << "set_limit " << limit; }
};

// A read; where it is not answered, it waits while pieces arrive as far as there is room, is asked
// again after each, and is given up after the last.
template <opcode Op>
struct asking : command {
  penstock::fuzz::step asked;
  std::vector<std::string> words;
  std::vector<std::string> pieces = *rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(text()));

  asking() {
    asked.op = Op;
    asked.numbers[0] = *rc::gen::inRange<std::uint64_t>(0, 14);
    if constexpr (Op == opcode::length_prefixed) {
      asked.numbers[0] = *rc::gen::element<std::uint64_t>(1, 2, 3, 4, 8);
      asked.numbers[1] = 100;
      asked.numbers[2] = *rc::gen::inRange<std::uint64_t>(0, 2);
    }
    if constexpr (Op == opcode::readuntil || Op == opcode::readuntil_limit || Op == opcode::skip_until)
      words = *some_separators();
  }

  auto operation(std::span<const std::string_view> list) const {
    const std::size_t n = asked.size(0);
    if constexpr (Op == opcode::read_some) return ps::read_some(n);
    if constexpr (Op == opcode::read_to_eof) return ps::read_to_eof(n);
    if constexpr (Op == opcode::readexactly) return ps::readexactly(n);
    if constexpr (Op == opcode::readuntil) return ps::readuntil(list);
    if constexpr (Op == opcode::readuntil_limit) return ps::readuntil(list, n);
    if constexpr (Op == opcode::readline) return ps::readline();
    if constexpr (Op == opcode::readline_limit) return ps::readline(n);
    if constexpr (Op == opcode::skip_until) return ps::skip_until(list);
    if constexpr (Op == opcode::netstring) return ps::netstring(n);
    if constexpr (Op == opcode::length_prefixed) {
      const auto order = asked.numbers[2] == 0 ? ps::byte_order::big_endian : ps::byte_order::little_endian;
      return ps::length_prefixed(n, asked.size(1), order);
    }
  }

  void play(reader_model& model, stream* sut) const override {
    const std::vector<std::string_view> list = views(words);
    const question what{asked, list};
    auto op = operation(list);
    bool answered = ask(model, sut, what, op);
    for (const std::string& piece : pieces) {
      if (answered) break;
      model.await_input(what);
      if (sut != nullptr) sut->in.await_input(op);
      RC_ASSERT(model.input_room() != 0u);  // I-14: what waits has room for what it waits for
      const std::string_view arrived = std::string_view(piece).substr(0, model.input_room());
      if (sut != nullptr) {
        compare(model, *sut);
        sut->in.feed(arrived);
      }
      model.arrive(arrived);
      answered = ask(model, sut, what, op);
    }
    if (sut != nullptr) sut->in.stop_awaiting();
    model.stop_awaiting();
  }

  template <class Operation>
  static bool ask(reader_model& model, stream* sut, const question& what, Operation& op) {
    const ps::read_outcome expected = model.poll(what);
    if (sut != nullptr) RC_ASSERT(ps::describe(sut->in.poll(op)) == ps::describe(expected));
    return expected.status() != ps::read_status::need_more;
  }

  void show(std::ostream& out) const override {
    out << penstock::testing::name(Op);
    std::size_t number = 0;
    for (const char kind : penstock::testing::signature(Op)) {
      if (kind == 'n') out << ' ' << asked.numbers[number++];
      if (kind != 'W') continue;
      for (const std::string& word : words) out << ' ' << ps::quoted(word);
    }
    out << "  # waits for";
    for (const std::string& piece : pieces) out << ' ' << ps::quoted(piece);
  }
};

}  // namespace

// R14-R18, R20, R22, R23, R25-R41, I-1, I-5, I-10, I-14, I-15, I-23: whatever is fed, asked, waited for
// and given up, each answer and each level is the model's.
TEST(ReaderProperty, AnswersWhatTheRulesSay) {
  holds([] {
    ps::read_options options;
    options.limit = *rc::gen::inRange<std::size_t>(1, 10).as("limit");
    options.max_buffered = *rc::gen::inRange<std::size_t>(0, 40).as("max_buffered");
    stream sut(options);
    rc::state::check(
        [&] { return reader_model(options); }, sut,
        rc::state::gen::execOneOfWithArgs<
            feed, feed, lend, receive, settle, feed_eof, fail, consume, unread, set_limit, asking<opcode::read_some>,
            asking<opcode::read_to_eof>, asking<opcode::readexactly>, asking<opcode::readuntil>,
            asking<opcode::readuntil_limit>, asking<opcode::readline>, asking<opcode::readline_limit>,
            asking<opcode::skip_until>, asking<opcode::length_prefixed>, asking<opcode::netstring>>());
    sut.in.settle();
    sut.memory.take_back();
  });
}
