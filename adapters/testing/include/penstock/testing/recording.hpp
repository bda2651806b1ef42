// SPDX-License-Identifier: BSL-1.0
// What a tap wrote down, and what can be made of it.
#pragma once

#include <string>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/testing/handler.hpp>
#include <penstock/testing/plan.hpp>

namespace penstock { inline namespace v0 { namespace testing {

struct PENSTOCK_API recording {
  explicit recording(std::string_view script);  // any form of it

  plan arrived;         // a seed is arrived.seed(), a script for people arrived.text()
  std::string written;  // by the handler
  std::string problem;  // what is wrong with the script; then the rest is empty

  // Plays what arrived to the handler: nothing if it writes the same bytes, else where they part, or `problem`.
  std::string problem_of(const handler& what, const handler_options& options = {}) const;
  // The same as a test to be pasted, for GoogleTest; of a script that holds no answer, as a finding does, a replay().
  static std::string test(std::string_view script);
  // A line for each piece that arrived or was sent, with the time since the beginning.
  static std::string transcript(std::string_view script);
};

}}}  // namespace penstock::v0::testing
