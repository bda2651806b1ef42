// SPDX-License-Identifier: BSL-1.0
// The text form of scripts: printing steps and compiling lines.
#include <penstock/testing/script.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

#include <penstock/describe.hpp>

namespace penstock { inline namespace v0 { namespace testing {
namespace {

constexpr std::string_view first_line = "penstock script 1";
constexpr std::string_view first_words = "penstock script ";  // of any version, and of one that was mistyped
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t longest_repeat = 1024 * 1024;

// The words of one line, with what is wrong with them.
class line_parser {
 public:
  explicit line_parser(std::string_view line) noexcept : left_(line) { skip_blanks(); }

  bool at_end() const noexcept { return left_.empty(); }
  bool at_bytes() const noexcept { return !left_.empty() && left_.front() == '"'; }

  std::string_view word() noexcept {
    const std::string_view taken = left_.substr(0, left_.find_first_of(" \t\r\"#"));
    left_.remove_prefix(taken.size());
    skip_blanks();
    return taken;
  }

  bool number(std::uint64_t& value) noexcept {
    const std::string_view digits = word();
    if (digits == "max") {
      value = most;
      return true;
    }
    const char* const end = digits.data() + digits.size();
    const auto [stop, ec] = std::from_chars(digits.data(), end, value);
    return !digits.empty() && ec == std::errc() && stop == end;
  }

  // "..." or "..."*N, appended to `bytes`.
  bool bytes(std::string& bytes) {
    if (!at_bytes()) return false;
    std::string once;
    left_.remove_prefix(1);
    while (!left_.empty() && left_.front() != '"')
      if (!character(once)) return false;
    if (left_.empty()) return false;
    left_.remove_prefix(1);
    std::uint64_t times = 1;
    if (!left_.empty() && left_.front() == '*') {
      left_.remove_prefix(1);
      if (!number(times) || times > longest_repeat / (once.size() + 1)) return false;
    }
    skip_blanks();
    for (; times != 0; --times) bytes += once;
    return true;
  }

 private:
  void skip_blanks() noexcept {
    while (!left_.empty() && (left_.front() == ' ' || left_.front() == '\t' || left_.front() == '\r'))
      left_.remove_prefix(1);
    if (!left_.empty() && left_.front() == '#') left_ = {};
  }

  bool character(std::string& to) {
    char one = left_.front();
    left_.remove_prefix(1);
    if (one == '\\') {
      if (left_.empty()) return false;
      const char escape = left_.front();
      left_.remove_prefix(1);
      switch (escape) {
        case 'n': one = '\n'; break;
        case 'r': one = '\r'; break;
        case 't': one = '\t'; break;
        case '"':
        case '\\': one = escape; break;
        case 'x': {
          unsigned value = 0;
          if (left_.size() < 2) return false;
          const char* const digits = left_.data();
          if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) return false;
          left_.remove_prefix(2);
          one = static_cast<char>(value);
          break;
        }
        default: return false;
      }
    }
    to += one;
    return true;
  }

  std::string_view left_;
};

bool find_opcode(std::string_view word, opcode& op) noexcept {
  for (unsigned value = 1; value != 64; ++value) {
    op = static_cast<opcode>(value);
    if (!word.empty() && name(op) == word) return true;
  }
  return false;
}

void append_number(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

// The steps and the literal bytes of a script that is being compiled.
struct assembly {
  std::string steps;
  std::string literals;

  // Adds the step of a line; false if the line is none.
  bool add(line_parser& line, opcode op) {
    steps += static_cast<char>(op);
    for (const char kind : signature(op)) {
      std::uint64_t value = 0;
      switch (kind) {
        case 'n':
          if (!line.number(value)) return false;
          append_number(steps, value);
          break;
        case 'b':
          if (!add_literal(line)) return false;
          break;
        default:
          if (!add_list(line, kind == 'W')) return false;
      }
    }
    return line.at_end();
  }

  bool add_literal(line_parser& line) {
    const std::size_t before = literals.size();
    if (!line.bytes(literals)) return false;
    append_number(steps, literals.size() - before);
    return true;
  }

  bool add_list(line_parser& line, bool separators) {
    const std::size_t count_at = steps.size();
    std::size_t count = 0;
    steps += '\0';
    for (; line.at_bytes(); ++count) {
      if (!separators) {
        if (!add_literal(line)) return false;
        continue;
      }
      std::string word;
      if (!line.bytes(word) || word.size() > script::longest_word) return false;
      append_number(steps, word.size());
      steps += word;
    }
    steps[count_at] = static_cast<char>(count);
    return count <= script::most_words;
  }
};

}  // namespace

bool is_text(std::string_view bytes) noexcept { return bytes.starts_with(first_words); }

std::string script::text(const step& one) const {
  std::string line(name(one.op));
  std::size_t number = 0;
  for (const char kind : signature(one.op)) {
    if (kind == 'n') {
      const std::uint64_t value = one.numbers[number++];
      line += value == most ? " max" : ' ' + std::to_string(value);
    } else if (kind == 'b') {
      line += ' ' + quoted(one.bytes);
    } else {
      for (const std::string_view word : words(one)) line += ' ' + quoted(word);
    }
  }
  return line;
}

std::string script::text() const {
  std::string all(first_line);
  all += '\n';
  for (const step& one : steps_) all += text(one) + '\n';
  if (!rest_.empty()) all += "rest " + quoted(rest_) + '\n';
  return all;
}

std::optional<std::string> compile(std::string_view text, std::string& problem) {
  assembly made;
  if (!text.starts_with(first_line) || text.substr(first_line.size(), 1).find_first_not_of("\r\n") != text.npos) {
    problem = "the first line is not: " + std::string(first_line);
    return std::nullopt;
  }
  std::size_t line_number = 0;
  bool ended = false;
  for (std::size_t begin = 0; begin < text.size(); ++line_number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view whole = text.substr(begin, end - begin);
    begin = end + 1;
    line_parser line(whole);
    if (line_number == 0 || line.at_end()) continue;
    const std::string_view word = line.word();
    opcode op = opcode::end;
    bool good = !ended;
    if (word == "rest") {
      good = good && line.bytes(made.literals) && line.at_end();
      ended = true;
    } else {
      good = good && find_opcode(word, op) && made.add(line, op);
    }
    if (!good) {
      problem = "line " + std::to_string(line_number + 1) + ": " + std::string(whole);
      return std::nullopt;
    }
  }
  std::string binary(1, static_cast<char>(script::version_byte));
  return binary + made.steps + '\0' + made.literals;
}

}}}  // namespace penstock::v0::testing
