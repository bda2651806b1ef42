// SPDX-License-Identifier: BSL-1.0
// rapidcheck's properties as tests of GoogleTest: how many cases, and what a failure prints.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace penstock_test {

// Fails the test with the smallest counterexample found, and with the RC_PARAMS that show it again.
// 2,000 cases unless RC_PARAMS says max_success.
template <class Testable>
void holds(Testable&& property) {
  const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = std::string(test->test_suite_name()) + '/' + test->name();
  metadata.description = test->name();
  rc::detail::TestParams parameters = rc::detail::configuration().testParams;
  const char* const chosen = std::getenv("RC_PARAMS");
  if (chosen == nullptr || std::string_view(chosen).find("max_success") == std::string_view::npos)
    parameters.maxSuccess = 2000;
  const auto result = rc::detail::checkTestable(std::forward<Testable>(property), metadata, parameters);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  FAIL() << text.str();
}

// Text over few different bytes, so that separators and what looks like them are frequent.
inline rc::Gen<std::string> text_over(std::string_view alphabet) {
  return rc::gen::container<std::string>(rc::gen::elementOf(std::string(alphabet)));
}
inline rc::Gen<std::string> text() { return text_over("aab\r\n"); }

// The text in pieces, cut where the numbers say; the same bytes whatever the numbers are.
inline std::vector<std::string> cut(std::string_view whole, const std::vector<unsigned>& sizes) {
  std::vector<std::string> pieces;
  for (const unsigned size : sizes) {
    pieces.emplace_back(whole.substr(0, size));
    whole.remove_prefix(pieces.back().size());
  }
  pieces.emplace_back(whole);
  return pieces;
}
inline rc::Gen<std::vector<unsigned>> sizes_of_pieces() {
  return rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(1u, 9u));
}

// Some separators, short and like each other.
inline rc::Gen<std::vector<std::string>> some_separators() {
  return rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(text()))));
}

inline std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace penstock_test
