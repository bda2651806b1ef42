// SPDX-License-Identifier: BSL-1.0
// Parsing what the core says, by its shape alone, and comparing it with what a model knows.
#include "texts.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <penstock/deadlines.hpp>
#include <penstock/describe.hpp>
#include <penstock/wire.hpp>

#include "check.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_quoted = 256;

// <name word key=value "bytes" <...>>: what stands behind the name, by its key; words and quoted
// bytes are keys without a value, what is nested comes in order.
struct parsed {
  std::string name;
  std::map<std::string, std::string> fields;
  std::vector<parsed> nested;
};

class parser {
 public:
  explicit parser(std::string_view text) noexcept : text_(text) {}

  parsed all() {
    parsed one = description();
    expect("nothing stands behind a description", text_.empty());
    return one;
  }

 private:
  parsed description() {
    parsed one;
    expect("a description begins with <", take('<'));
    one.name = word();
    while (take(' ')) {
      if (text_.starts_with('<')) {
        one.nested.push_back(description());
        continue;
      }
      const std::string key = text_.starts_with('"') ? bytes() : word();
      std::string value;
      if (take('=')) value = word();
      if (!value.empty()) value += in_brackets();
      expect("a description says a thing once", one.fields.emplace(key, value).second);
    }
    expect("a description ends with >", take('>'));
    return one;
  }
  bool take(char c) noexcept {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string cut(std::size_t n) {
    const std::string_view front = text_.substr(0, n);
    text_.remove_prefix(front.size());
    return std::string(front);
  }
  std::string word() { return cut(std::min(text_.find_first_of(" =<>\""), text_.size())); }
  std::string bytes() {
    std::size_t end = 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2u : 1u;
    return cut(end + 1);
  }
  // " (a text (with brackets))", or nothing.
  std::string in_brackets() {
    if (!text_.starts_with(" (")) return {};
    std::size_t end = 1;
    std::size_t open = 0;
    do {
      open += text_[end] == '(' ? 1u : 0u;
      open -= text_[end] == ')' ? 1u : 0u;
    } while (open != 0 && ++end < text_.size());
    return cut(end + 1);
  }

  std::string_view text_;
};

// What a description is expected to say.
class expected_text {
 public:
  explicit expected_text(std::string_view name) { all_.name = name; }
  expected_text& word(std::string_view key, bool said) {
    if (said) all_.fields.emplace(key, "");
    return *this;
  }
  expected_text& number(std::string_view key, std::size_t value) {
    all_.fields.emplace(key, std::to_string(value));
    return *this;
  }
  expected_text& number(std::string_view key, std::size_t value, std::size_t at_rest) {
    return value != at_rest ? number(key, value) : *this;
  }
  expected_text& error(std::error_code ec) {
    if (ec) all_.fields.emplace("error", shown(ec));
    return *this;
  }
  expected_text& nested(const expected_text& one) {
    all_.nested.push_back(one.all_);
    return *this;
  }
  void compare(const parsed& observed, std::string_view text) const { compare(all_, observed, text); }

 private:
  static std::string plain(const parsed& one) {
    std::string all = one.name;
    for (const auto& [key, value] : one.fields) all += ", " + key + (value.empty() ? "" : "=") + value;
    return all;
  }
  static void compare(const parsed& expected, const parsed& observed, std::string_view text) {
    const bool same = expected.name == observed.name && expected.fields == observed.fields &&
                      expected.nested.size() == observed.nested.size();
    if (!same) throw mismatch{"a description (R13, R61)", plain(expected), std::string(text)};
    for (std::size_t i = 0; i != expected.nested.size(); ++i) compare(expected.nested[i], observed.nested[i], text);
  }

  parsed all_;
};

expected_text text_of(const reader_model& in) {
  expected_text text("read_half");
  text.number("buffered", in.buffered().size(), 0).number("limit", in.limit(), read_options{}.limit);
  text.word("at_eof", in.at_eof()).word("eof", in.eof() && !in.at_eof() && !in.error()).error(in.error());
  return text.word("paused", in.paused()).word("full", in.full());
}

expected_text text_of(const writer_model& out) {
  expected_text text("write_half");
  text.number("pending", out.pending().size(), 0).word("full", out.full());
  return text.word("ending", out.ending()).word("bytes_lost", out.bytes_lost());
}

constexpr std::array state_names{"open", "input_ended", "output_ended", "both_ended", "closing", "aborting", "closed"};
constexpr std::array status_names{"need_more", "data", "eof", "incomplete", "limit_overrun", "failed"};

// A line that is skipped is said while there can be one: at the end of the stream nothing is left
// of it.
void compare(const expected_text& expected, const std::string& text, bool skipping, bool at_eof) {
  parsed observed = parser(text).all();
  parsed& in = observed.nested.empty() ? observed : observed.nested.front();
  const bool said = in.fields.erase("skipping_line") != 0;
  expect("a skipped line is said", at_eof || said == skipping);
  expected.compare(observed, text);
}

}  // namespace

std::error_code error_of(const step& one) noexcept {
  constexpr std::uint64_t generic = 4096;
  constexpr std::uint64_t ours = static_cast<std::uint64_t>(errc::closed) + 2;  // two that have no meaning
  const std::uint64_t number = one.numbers[0];
  if (number >= generic) return {static_cast<int>(number % ours) + 1, category()};
  return {number == 0 ? 1 : static_cast<int>(number), std::generic_category()};
}

void check_description(const read_half& in, const reader_model& model) {
  compare(text_of(model), describe(in), model.skipping_line(), model.at_eof());
}

void check_description(const write_half& out, const writer_model& model) {
  const std::string text = describe(out);
  text_of(model).compare(parser(text).all(), text);
}

void check_description(const connection& c, const reader_model& in, const writer_model& out) {
  expected_text expected("connection");
  expected.word(state_names[static_cast<std::size_t>(out.state())], true).nested(text_of(in)).nested(text_of(out));
  compare(expected, describe(c), in.skipping_line(), in.at_eof());
}

void check_description(const read_outcome& out) {
  const read_outcome copy = out.by_words();
  expect("a copy by words is the same answer",
         copy.status() == out.status() && copy.text().data() == out.text().data() &&
             copy.text().size() == out.text().size() && copy.expected() == out.expected() &&
             copy.consumed() == out.consumed() && copy.error() == out.error());
  const read_status status = out.status();
  const bool has_bytes = status == read_status::data || status == read_status::incomplete;
  expected_text expected(status_names[static_cast<std::size_t>(status)]);
  expected.word(has_bytes ? quoted(out.text()) : std::string(), has_bytes).error(out.error());
  if (status == read_status::incomplete) expected.number("expected", out.expected());
  if (status == read_status::limit_overrun) expected.number("consumed", out.consumed());
  const std::string text = describe(out);
  expected.compare(parser(text).all(), text);
}

void check_quoted(std::string_view bytes) {
  bytes = bytes.substr(0, most_quoted);
  const std::string text = quoted(bytes);
  expect("quotes around bytes", text.size() >= 2 && text.front() == '"' && text.back() == '"');
  expect("printable ASCII", std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
  const std::string_view inside = std::string_view(text).substr(1, text.size() - 2);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string back;
  for (std::size_t at = 0; at < inside.size(); ++at) {
    expect("a quote inside is escaped", inside[at] != '"');
    if (inside[at] != '\\') {
      back += inside[at];
      continue;
    }
    const char kind = ++at < inside.size() ? inside[at] : '\0';
    if (kind == 'x' && inside.size() - at > 2) {
      back += static_cast<char>(digits.find(inside[at + 1]) * 16 + digits.find(inside[at + 2]));
      at += 2;
    } else {
      constexpr std::string_view letters = "nrt\"\\";
      const std::size_t which = letters.find(kind);
      expect("a known escape", which != letters.npos);
      back += "\n\r\t\"\\"[which];
    }
  }
  if (back != bytes) throw mismatch{"quoted bytes read back", std::string(bytes), text};
}

void check_error(std::error_code ec) {
  if (!ec) return;
  expect("an error has a text", !ec.message().empty());
  if (ec.category() != category()) return;
  expect_equal("the category", std::string_view("penstock"), std::string_view(ec.category().name()));
  struct meaning {
    errc value;
    std::errc condition;
  };
  constexpr meaning meanings[] = {
      {errc::buffer_full, std::errc::no_buffer_space},
      {errc::read_in_progress, std::errc::operation_in_progress},
      {errc::write_after_eof, std::errc::broken_pipe},
      {errc::not_connected, std::errc::not_connected},
      {errc::empty_separator, std::errc::invalid_argument},
      {errc::too_many_separators, std::errc::invalid_argument},
      {errc::bad_option, std::errc::invalid_argument},
      {errc::timed_out, std::errc::timed_out},
      {errc::canceled, std::errc::operation_canceled},
      {errc::no_memory, std::errc::not_enough_memory},
      {errc::resolver_busy, std::errc::resource_unavailable_try_again},
  };
  const auto known = std::ranges::find_if(meanings, [&](const meaning& one) { return ec == one.value; });
  if (known != std::end(meanings))
    expect("an error equals its condition", ec == known->condition);
  else
    expect("an error without a condition equals itself",
           ec.default_error_condition() == std::error_condition(ec.value(), category()));
  const bool ours = ec.value() >= static_cast<int>(errc::limit_overrun) && ec.value() <= static_cast<int>(errc::closed);
  expect("a number without a meaning says so", ours != ec.message().starts_with("unknown"));
}

void check_names(std::size_t n) {
  constexpr std::array write_names{"idle", "send", "shutdown"};
  constexpr std::array wire_names{"idle", "send", "shutdown", "close"};
  constexpr std::array event_names{"input_ended", "write_eof", "close", "abort", "lost"};
  constexpr std::array kind_names{"none", "close_flush", "idle", "first_byte", "whole_message", "rate"};
  const auto compare = [n](const auto& names, std::string_view observed) {
    expect_equal("the name of an enumerator", std::string_view(n < names.size() ? names[n] : "unknown"), observed);
  };
  compare(state_names, name(static_cast<connection_state>(n)));
  compare(status_names, name(static_cast<read_status>(n)));
  compare(write_names, name(static_cast<write_step>(n)));
  compare(wire_names, name(static_cast<wire_step>(n)));
  compare(event_names, name(static_cast<connection_event>(n)));
  compare(kind_names, name(static_cast<deadline_kind>(n)));
}

}  // namespace penstock::fuzz
