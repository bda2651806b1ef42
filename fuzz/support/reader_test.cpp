// SPDX-License-Identifier: BSL-1.0
// C++ text for each call of a read_half.
#include "reader_test.hpp"

#include <penstock/describe.hpp>
#include <penstock/separators.hpp>

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_printed = 4 * 1024;  // as a literal

std::string separators_of(const question& asked, const std::string& words_name) {
  if (asked.words.size() == 0 || asked.words.size() > separators::max_count)
    return "separators{std::span<const std::string_view>{" + words_name + "}}";
  std::string text = "separators{";
  for (const std::string_view word : asked.words) text += (text.back() == '{' ? "" : ", ") + literal(word);
  return text + '}';
}

std::string type_of(opcode op) {
  if (op == opcode::readuntil_limit) return "readuntil";
  if (op == opcode::readline_limit) return "readline";
  return std::string(name(op));
}

std::string arguments_of(const question& asked, const std::string& words_name) {
  const opcode op = asked.asked.op;
  const std::string number = number_literal(asked.asked.size(0));
  if (op == opcode::readline) return {};
  if (op == opcode::readuntil || op == opcode::skip_until) return separators_of(asked, words_name);
  if (op == opcode::readuntil_limit) return separators_of(asked, words_name) + ", " + number;
  if (op != opcode::length_prefixed) return number;
  return number + ", " + number_literal(asked.asked.size(1)) +
         ", byte_order::" + (asked.asked.numbers[2] % 2 == 0 ? "big_endian" : "little_endian");
}

}  // namespace

void reader_test::begin(const read_options& options) {
  if (!out_.wants_test()) return;
  out_.code("{");
  out_.code("read_half in({.limit = " + number_literal(options.limit) +
            ", .max_buffered = " + number_literal(options.max_buffered) + "});");
}

void reader_test::end() {
  if (out_.wants_test()) out_.code("}");
}

void reader_test::call(std::string_view function, std::string_view bytes) {
  if (!out_.wants_test()) return;
  out_.code("in." + std::string(function) + '(' + literal(bytes) + ");");
}

void reader_test::call(std::string_view function) {
  if (out_.wants_test()) out_.code("in." + std::string(function) + "();");
}

void reader_test::call_end(std::error_code end) {
  if (end)
    fail(end);
  else
    call("feed_eof");
}

void reader_test::lend(std::string_view bytes, std::size_t headroom) {
  if (!out_.wants_test()) return;
  if (headroom == 0) return call("lend", bytes);
  const std::string name = "arena" + std::to_string(++count_);
  const std::string size = number_literal(headroom);
  out_.code("std::string " + name + '(' + size + ", '-');");
  out_.code(name + " += " + literal(bytes) + ';');
  out_.code("in.lend(std::span<char>(" + name + ").subspan(" + size + "), " + size + ");");
}

void reader_test::receive(std::string_view bytes, std::size_t asked, bool given, std::size_t times) {
  if (!out_.wants_test()) return;
  const std::string prepare = "in.prepare(" + number_literal(asked) + ')';
  if (!given) return out_.code("EXPECT_TRUE(" + prepare + ".empty());");
  const std::string size = std::to_string(bytes.size() * times);
  std::string whole = literal(bytes);
  if (times > 1) {
    const std::string name = "all" + std::to_string(++count_);
    out_.code("std::string " + name + ';');
    out_.code("for (int i = 0; i != " + std::to_string(times) + "; ++i) " + name + " += " + whole + ';');
    whole = name;
  }
  out_.code("EXPECT_EQ(" + whole + ".copy(" + prepare + ".data(), " + size + "), " + size + "u);");
  out_.code("in.commit(" + size + ");");
}

void reader_test::fail(std::error_code ec) {
  if (!out_.wants_test()) return;
  const std::string of = ec.category() == category() ? "category()" : "std::generic_category()";
  out_.code("in.fail({" + std::to_string(ec.value()) + ", " + of + "});");
}

void reader_test::set_limit(std::size_t limit, std::error_code answer) {
  if (!out_.wants_test()) return;
  out_.code("EXPECT_EQ(in.set_limit(" + number_literal(limit) + "), std::error_code(" +
            (answer ? "errc::bad_option" : "") + "));");
}

void reader_test::declare(const question& asked) {
  if (!out_.wants_test()) return;
  std::string& operation = operations_[which_];
  operation = "op" + std::to_string(++count_);
  const opcode op = asked.asked.op;
  std::string words = "words" + std::to_string(count_);
  if (asked.words.size() > separators::max_count) {
    std::string all;
    for (const std::string_view word : asked.words) all += (all.empty() ? "" : ", ") + literal(word);
    out_.code("const std::string_view " + words + "[] = {" + all + "};");
  } else {
    words.clear();
  }
  out_.code(type_of(op) + ' ' + operation + '{' + arguments_of(asked, words) + "};");
}

void reader_test::poll(const read_outcome& expected) {
  if (!out_.wants_test()) return;
  out_.code("EXPECT_EQ(describe(in.poll(" + operations_[which_] + ")), " + literal(describe(expected)) + ");");
}

void reader_test::await_input() {
  if (out_.wants_test()) out_.code("in.await_input(" + operations_[which_] + ");");
}

void reader_test::end_step(const reader_model& model) {
  if (!out_.wants_test()) return;
  if (model.buffered() != buffered_) {
    buffered_ = model.buffered();
    if (buffered_.size() <= most_printed)
      out_.code("EXPECT_EQ(in.buffered(), " + literal(buffered_) + ");");
    else
      out_.code("EXPECT_EQ(in.buffered().size(), " + number_literal(buffered_.size()) + ");");
  }
  if (model.input_room() != room_) {
    room_ = model.input_room();
    out_.code("EXPECT_EQ(in.input_room(), " + number_literal(room_) + ");");
  }
  if (model.paused() != paused_) {
    paused_ = model.paused();
    out_.code(paused_ ? "EXPECT_TRUE(in.paused());" : "EXPECT_FALSE(in.paused());");
  }
}

}  // namespace penstock::fuzz
