// SPDX-License-Identifier: BSL-1.0
// What an operation answered, owned: it outlives the view, compares, and prints as describe() says.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/describe.hpp>
#include <penstock/error.hpp>
#include <penstock/read_half.hpp>
#include <penstock/read_outcome.hpp>

namespace penstock { inline namespace v0 {

inline void PrintTo(read_status status, std::ostream* out) { *out << name(status); }
inline void PrintTo(const read_outcome& outcome, std::ostream* out) { *out << describe(outcome); }
inline void PrintTo(const read_half& in, std::ostream* out) { *out << describe(in); }

}}  // namespace penstock::v0

namespace penstock_test {

struct answer {
  penstock::read_status status = penstock::read_status::need_more;
  std::string text;
  std::size_t expected = 0;
  std::size_t consumed = 0;
  std::error_code error;

  friend bool operator==(const answer&, const answer&) = default;
};

inline answer copied(const penstock::read_outcome& out) {
  return {out.status(), std::string(out.text()), out.expected(), out.consumed(), out.error()};
}

// The answers by name, so that a table of expectations reads as the rules do.
inline answer need_more() { return copied(penstock::read_outcome::need_more()); }
inline answer delivered(std::string_view text) { return copied(penstock::read_outcome::data(text)); }
inline answer eof() { return copied(penstock::read_outcome::eof()); }
inline answer incomplete(std::string_view partial, std::size_t expected = 0) {
  return copied(penstock::read_outcome::incomplete(partial, expected));
}
inline answer overrun(std::size_t consumed) { return copied(penstock::read_outcome::limit_overrun(consumed)); }
inline answer failed(std::error_code ec) { return copied(penstock::read_outcome::failed(ec)); }

inline void PrintTo(const answer& a, std::ostream* out) {
  using penstock::read_outcome;
  using penstock::read_status;
  const auto outcome = [&a] {
    switch (a.status) {
      case read_status::data: return read_outcome::data(a.text);
      case read_status::eof: return read_outcome::eof();
      case read_status::incomplete: return read_outcome::incomplete(a.text, a.expected);
      case read_status::limit_overrun: return read_outcome::limit_overrun(a.consumed);
      case read_status::failed: return read_outcome::failed(a.error);
      case read_status::need_more: break;
    }
    return read_outcome::need_more();
  };
  *out << penstock::describe(outcome());
}

// Asks once and copies the answer.
template <penstock::read_operation Op>
answer ask(penstock::read_half& in, Op& op) {
  return copied(in.poll(op));
}
template <penstock::read_operation Op>
answer ask(penstock::read_half& in, Op&& op)
  requires(!std::is_lvalue_reference_v<Op>)
{
  return copied(in.poll(op));
}

}  // namespace penstock_test
