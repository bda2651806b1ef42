// SPDX-License-Identifier: BSL-1.0
// The binary form of scripts: decoding any bytes, and the shortest encoding of a script.
#include <penstock/testing/script.hpp>

#include <algorithm>
#include <iterator>

namespace penstock { inline namespace v0 { namespace testing {
namespace {

struct description {
  opcode op;
  std::string_view name;
  std::string_view signature;
};

constexpr description descriptions[] = {
    {opcode::feed, "feed", "b"},
    {opcode::lend, "lend", "nb"},
    {opcode::receive, "receive", "nb"},
    {opcode::feed_eof, "feed_eof", ""},
    {opcode::fail, "fail", "n"},
    {opcode::settle, "settle", ""},
    {opcode::read_some, "read_some", "n"},
    {opcode::read_to_eof, "read_to_eof", "n"},
    {opcode::readexactly, "readexactly", "n"},
    {opcode::readuntil, "readuntil", "W"},
    {opcode::readuntil_limit, "readuntil_limit", "nW"},
    {opcode::readline, "readline", ""},
    {opcode::readline_limit, "readline_limit", "n"},
    {opcode::skip_until, "skip_until", "W"},
    {opcode::length_prefixed, "length_prefixed", "nnn"},
    {opcode::netstring, "netstring", "n"},
    {opcode::peek, "peek", ""},
    {opcode::consume, "consume", "n"},
    {opcode::unread, "unread", "b"},
    {opcode::unread_last, "unread_last", "n"},
    {opcode::set_limit, "set_limit", "n"},
    {opcode::await_input, "await_input", ""},
    {opcode::stop_awaiting, "stop_awaiting", ""},
    {opcode::ask, "ask", ""},
    {opcode::reader, "reader", "nn"},
    {opcode::drain, "drain", ""},
    {opcode::flush, "flush", ""},
    {opcode::wait_closed, "wait_closed", ""},
    {opcode::pause_reading, "pause_reading", ""},
    {opcode::resume_reading, "resume_reading", ""},
    {opcode::strike, "strike", "nn"},
    {opcode::writer, "writer", "nnn"},
    {opcode::write, "write", "b"},
    {opcode::write_owned, "write_owned", "b"},
    {opcode::writelines, "writelines", "B"},
    {opcode::write_eof, "write_eof", ""},
    {opcode::set_write_limits, "set_write_limits", "nnn"},
    {opcode::gather, "gather", "n"},
    {opcode::sent, "sent", "n"},
    {opcode::shut_down, "shut_down", ""},
    {opcode::settle_output, "settle_output", ""},
    {opcode::close, "close", ""},
    {opcode::abort, "abort", ""},
    {opcode::lost, "lost", "n"},
    {opcode::fail_allocation, "fail_allocation", "nn"},
    {opcode::pass_time, "pass_time", "n"},
    {opcode::cut, "cut", "nnn"},
    {opcode::race, "race", "nnn"},
    {opcode::next_step, "next_step", ""},
    {opcode::started, "started", "n"},
    {opcode::succeeded, "succeeded", "n"},
    {opcode::failed, "failed", "nn"},
    {opcode::closed, "closed", "n"},
    {opcode::cancel, "cancel", ""},
    {opcode::fault, "fault", "nn"},
    {opcode::choose, "choose", "n"},
    {opcode::arrive, "arrive", "n"},
    {opcode::answer, "answer", "nnn"},
    {opcode::event, "event", "n"},
    {opcode::serve, "serve", "nnn"},
    {opcode::descriptors, "descriptors", "n"},
    {opcode::let_go, "let_go", ""},
    {opcode::allow, "allow", "nn"},
};

constexpr std::size_t opcode_count = 64;

constexpr auto table = [] {
  std::array<description, opcode_count> all{};
  for (const description& one : descriptions) all[static_cast<std::size_t>(one.op)] = one;
  return all;
}();

// The part of a script in front of the literal bytes; what is missing reads as 0 or empty.
class decoder {
 public:
  explicit decoder(std::string_view bytes) noexcept : bytes_(bytes) {}

  bool at_end() const noexcept { return bytes_.empty(); }
  std::string_view left() const noexcept { return bytes_; }

  std::uint8_t byte() noexcept {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t one = byte();
      value |= std::uint64_t{one & 0x7fu} << shift;
      if (one < 0x80) break;
    }
    return value;
  }
  std::size_t number_up_to(std::size_t most) noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(number(), most));
  }
  std::string_view take(std::size_t n) noexcept {
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view bytes_;
};

void append_number(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

// A view that only says how many literal bytes it will be.
std::string_view promise(std::uint64_t n) noexcept {
  return {nullptr, static_cast<std::size_t>(std::min<std::uint64_t>(n, ~std::uint32_t{0}))};
}

}  // namespace

std::string_view name(opcode op) noexcept { return table[static_cast<std::size_t>(op)].name; }

std::string_view signature(opcode op) noexcept { return table[static_cast<std::size_t>(op)].signature; }

script::script(std::string_view binary) {
  if (binary.empty() || static_cast<unsigned char>(binary.front()) != version_byte) {
    decode_plain(binary);
    return;
  }
  decoder in(binary.substr(1));
  constexpr std::size_t usual_steps = 64;
  steps_.reserve(usual_steps);
  while (!in.at_end()) {
    step one;
    one.op = static_cast<opcode>(in.byte() % opcode_count);
    if (one.op == opcode::end) break;
    std::size_t number = 0;
    for (const char kind : signature(one.op)) {
      if (kind == 'n') one.numbers[number++] = in.number();
      if (kind == 'b') one.bytes = promise(in.number());
      if (kind != 'W' && kind != 'B') continue;
      one.first_word = static_cast<std::uint32_t>(words_.size());
      one.word_count = static_cast<std::uint8_t>(in.number_up_to(most_words));
      for (unsigned i = 0; i != one.word_count; ++i)
        words_.push_back(kind == 'W' ? in.take(in.number_up_to(longest_word)) : promise(in.number()));
    }
    if (!name(one.op).empty()) steps_.push_back(one);
  }
  literals_ = in.left();
  decoder literals(literals_);
  for (step& one : steps_) {
    for (const char kind : signature(one.op)) {
      if (kind == 'b') one.bytes = literals.take(one.bytes.size());
      if (kind != 'B') continue;
      for (std::string_view& word : std::span(words_).subspan(one.first_word, one.word_count))
        word = literals.take(word.size());
    }
  }
  rest_ = literals.left();
}

void script::decode_plain(std::string_view message) {
  constexpr std::size_t most_lines = 32;
  const auto add = [this](opcode op, std::uint64_t number = 0, std::string_view bytes = {}) {
    step one;
    one.op = op;
    one.numbers[0] = number;
    one.bytes = bytes;
    steps_.push_back(one);
  };
  const auto lines = static_cast<std::size_t>(std::count(message.begin(), message.end(), '\n')) + 2;
  add(opcode::feed, 0, message);
  add(opcode::feed_eof);
  for (std::size_t i = std::min(lines, most_lines); i != 0; --i) add(opcode::readline);
  add(opcode::read_to_eof, ~std::uint64_t{0});
  add(opcode::write, 0, message);
  add(opcode::write_eof);
  add(opcode::gather, 1);
  add(opcode::sent, ~std::uint64_t{0});
  add(opcode::shut_down);
  literals_ = message;
}

std::string script::binary() const {
  std::string steps(1, static_cast<char>(version_byte));
  std::string literals;
  const auto append_literal = [&](std::string_view bytes) {
    append_number(steps, bytes.size());
    literals += bytes;
  };
  for (const step& one : steps_) {
    steps += static_cast<char>(one.op);
    std::size_t number = 0;
    for (const char kind : signature(one.op)) {
      if (kind == 'n') append_number(steps, one.numbers[number++]);
      if (kind == 'b') append_literal(one.bytes);
      if (kind != 'W' && kind != 'B') continue;
      append_number(steps, one.word_count);
      for (const std::string_view word : words(one)) {
        if (kind == 'B') {
          append_literal(word);
        } else {
          append_number(steps, word.size());
          steps += word;
        }
      }
    }
  }
  steps += '\0';
  return steps + literals + std::string(rest_);
}

}}}  // namespace penstock::v0::testing
