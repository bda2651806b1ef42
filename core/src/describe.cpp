// SPDX-License-Identifier: BSL-1.0
// The texts that describe() answers and the names of the core's enumerators.
#include <penstock/describe.hpp>

#include <penstock/connection.hpp>
#include <penstock/deadlines.hpp>

namespace penstock { inline namespace v0 {
namespace {

class description {
 public:
  explicit description(std::string_view what) : text_("<") { text_ += what; }
  description& add(std::string_view word) {
    text_ += ' ';
    text_ += word;
    return *this;
  }
  description& add(std::string_view key, std::uint64_t value) {
    return add(std::string(key) + '=' + std::to_string(value));
  }
  description& add(std::string_view key, std::error_code ec) {
    return add(std::string(key) + '=' + ec.category().name() + ':' + std::to_string(ec.value()) + " (" + ec.message() +
               ')');
  }
  std::string close() && { return std::move(text_ += '>'); }

 private:
  std::string text_;
};

}  // namespace

std::string_view name(read_status status) noexcept {
  switch (status) {
    case read_status::need_more: return "need_more";
    case read_status::data: return "data";
    case read_status::eof: return "eof";
    case read_status::incomplete: return "incomplete";
    case read_status::limit_overrun: return "limit_overrun";
    case read_status::failed: return "failed";
  }
  return "unknown";
}

std::string_view name(write_step step) noexcept {
  switch (step) {
    case write_step::idle: return "idle";
    case write_step::send: return "send";
    case write_step::shutdown: return "shutdown";
  }
  return "unknown";
}

std::string_view name(wire_step step) noexcept {
  switch (step) {
    case wire_step::idle: return "idle";
    case wire_step::send: return "send";
    case wire_step::shutdown: return "shutdown";
    case wire_step::close: return "close";
  }
  return "unknown";
}

std::string_view name(connection_state state) noexcept {
  switch (state) {
    case connection_state::open: return "open";
    case connection_state::input_ended: return "input_ended";
    case connection_state::output_ended: return "output_ended";
    case connection_state::both_ended: return "both_ended";
    case connection_state::closing: return "closing";
    case connection_state::aborting: return "aborting";
    case connection_state::closed: return "closed";
  }
  return "unknown";
}

std::string_view name(connection_event event) noexcept {
  switch (event) {
    case connection_event::input_ended: return "input_ended";
    case connection_event::write_eof: return "write_eof";
    case connection_event::close: return "close";
    case connection_event::abort: return "abort";
    case connection_event::lost: return "lost";
  }
  return "unknown";
}

std::string_view name(deadline_kind kind) noexcept {
  switch (kind) {
    case deadline_kind::none: return "none";
    case deadline_kind::close_flush: return "close_flush";
    case deadline_kind::idle: return "idle";
    case deadline_kind::first_byte: return "first_byte";
    case deadline_kind::whole_message: return "whole_message";
    case deadline_kind::rate: return "rate";
  }
  return "unknown";
}

std::string quoted(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    switch (c) {
      case '\n': text += "\\n"; break;
      case '\r': text += "\\r"; break;
      case '\t': text += "\\t"; break;
      case '"': text += "\\\""; break;
      case '\\': text += "\\\\"; break;
      default:
        if (value >= 0x20 && value < 0x7f)
          text += c;
        else
          (((text += "\\x") += digits[value >> 4]) += digits[value & 15]);
    }
  }
  return text += '"';
}

std::string describe(const read_half& in) {
  description text("read_half");
  if (!in.buffered().empty()) text.add("buffered", in.buffered().size());
  if (in.limit() != read_options{}.limit) text.add("limit", in.limit());
  if (in.at_eof())
    text.add("at_eof");
  else if (in.ended() && !in.error())
    text.add("eof");
  if (in.error()) text.add("error", in.error());
  if (in.paused()) text.add("paused");
  if (in.full()) text.add("full");
  if (in.skipping_line()) text.add("skipping_line");
  return std::move(text).close();
}

std::string describe(const write_half& out) {
  description text("write_half");
  if (out.pending() != 0) text.add("pending", out.pending());
  if (out.full()) text.add("full");
  if (out.ending()) text.add("ending");
  if (out.bytes_lost()) text.add("bytes_lost");
  return std::move(text).close();
}

std::string describe(const connection& c) {
  return std::move(description("connection").add(name(c.state())).add(describe(c.in())).add(describe(c.out()))).close();
}

std::string describe(const read_outcome& out) {
  description text(name(out.status()));
  switch (out.status()) {
    case read_status::need_more:
    case read_status::eof: break;
    case read_status::data: text.add(quoted(out.text())); break;
    case read_status::incomplete: text.add(quoted(out.text())).add("expected", out.expected()); break;
    case read_status::limit_overrun: text.add("consumed", out.consumed()); break;
    case read_status::failed: text.add("error", out.error()); break;
  }
  return std::move(text).close();
}

}}  // namespace penstock::v0
