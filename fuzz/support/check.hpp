// SPDX-License-Identifier: BSL-1.0
// Comparing the core with a model: a difference ends the run with both sides escaped.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/describe.hpp>

namespace penstock::fuzz {

// What was expected and what was seen, ready to print. Thrown by a run; whoever started it decides
// whether to run the script again with a transcript, print, abort or fail a test.
struct mismatch {
  std::string what;
  std::string expected;
  std::string observed;
};

inline std::string shown(std::string_view bytes) { return quoted(bytes); }
inline std::string shown(bool value) { return value ? "true" : "false"; }
inline std::string shown(std::error_code ec) {
  return std::string(ec.category().name()) + ':' + std::to_string(ec.value()) + " (" + ec.message() + ')';
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
std::string shown(T value) {
  return std::to_string(value);
}
template <class T>
  requires requires(T value) { describe(value); }
std::string shown(const T& value) {
  return describe(value);
}
template <class Enum>
  requires requires(Enum value) { name(value); }
std::string shown(Enum value) {
  return std::string(name(value));
}

// The strings are made out of line: most frames of a run would carry them otherwise.
template <class A, class B>
[[noreturn, gnu::noinline, gnu::cold]] void differ(std::string_view what, const A& expected, const B& observed) {
  throw mismatch{std::string(what), shown(expected), shown(observed)};
}
template <class A, class B>
[[noreturn, gnu::noinline, gnu::cold]] void exceeds(std::string_view what, const A& bound, const B& observed) {
  throw mismatch{std::string(what), "at most " + shown(bound), shown(observed)};
}

// Nothing is formatted where the two are equal.
template <class A, class B>
void expect_equal(std::string_view what, const A& expected, const B& observed) {
  if (!(expected == observed)) differ(what, expected, observed);
}
inline void expect(std::string_view what, bool holds) {
  if (!holds) differ(what, true, false);
}
template <class A, class B>
void expect_at_most(std::string_view what, const A& bound, const B& observed) {
  if (bound < observed) exceeds(what, bound, observed);
}

}  // namespace penstock::fuzz
