// SPDX-License-Identifier: BSL-1.0
// How a check says what it saw: an exception with a sentence, for whatever test framework runs it.
#pragma once

#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// Where, what was wanted, and what was there instead; what() is all three.
class PENSTOCK_API failure : public std::runtime_error {
 public:
  failure(std::string where, std::string expected, std::string seen);
  const std::string& where() const noexcept { return where_; }  // file:line
  const std::string& expected() const noexcept { return expected_; }
  const std::string& seen() const noexcept { return seen_; }  // empty where the sentence says it all

 private:
  std::string where_;
  std::string expected_;
  std::string seen_;
};

// Throws failure: `expected` is the sentence that should have been true.
[[noreturn]] PENSTOCK_API void fail(std::string_view expected, const char* file = __builtin_FILE(),
                                    int line = __builtin_LINE());
// The same with a value that should have been another.
[[noreturn]] PENSTOCK_API void fail(std::string_view what, std::string_view expected, std::string_view seen,
                                    const char* file = __builtin_FILE(), int line = __builtin_LINE());

// Values as a failure shows them; long texts by their length and both ends.
PENSTOCK_API std::string shown(std::string_view bytes);
PENSTOCK_API std::string shown(const std::error_code& ec);
template <std::integral T>
std::string shown(T value) {
  if constexpr (std::same_as<T, bool>) return value ? "true" : "false";
  return std::to_string(value);
}

// Throws failure unless it holds; `what` is the sentence that should have been true.
inline void expect(bool holds, std::string_view what, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  if (!holds) fail(what, file, line);
}

// Throws failure unless both are equal.
template <class A, class B>
void expect_equal(const A& seen, const B& wanted, std::string_view what, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  if (seen == wanted) return;
  fail(what, shown(wanted), shown(seen), file, line);
}
// The same for an error: one of penstock::errc, or of std::errc by its condition.
template <class Error>
  requires(std::is_enum_v<Error>)
void expect_error(const std::error_code& seen, Error wanted, std::string_view what, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  if (seen == wanted) return;
  fail(what, shown(make_error_code(wanted)), shown(seen), file, line);
}
inline void expect_success(const std::error_code& seen, std::string_view what, const char* file = __builtin_FILE(),
                           int line = __builtin_LINE()) {
  if (seen) fail(what, "success", shown(seen), file, line);
}

}}}  // namespace penstock::v0::testing
