// SPDX-License-Identifier: BSL-1.0
// A check is data: a sentence, the rules that it holds, a function; so is what came of it. The list of
// them is what a transport has to pass.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/testing/ground.hpp>

namespace penstock { inline namespace v0 { namespace testing {

struct check {
  std::string_view name;   // a sentence, in a form that test frameworks take for a name
  std::string_view rules;  // rules and invariants, with spaces between
  task<> (*run)(ground&);  // throws failure
  abilities needs = {.reset = false, .half_close = false};
};

// All checks for transports. Static.
PENSTOCK_API std::span<const check> transport_checks() noexcept;

// Whether the ground can do what the check needs.
PENSTOCK_API bool possible(const check& c, const ground& g) noexcept;

enum class verdict {
  holds,
  broken,
  impossible,  // the transport cannot do what is checked
};

// What came of one check.
struct check_result {
  std::string_view name;
  std::string_view rules;
  verdict outcome = verdict::holds;
  // Of a broken one: where in the kit, what should have been so, what was instead (empty where the
  // sentence says it all), and who waited for what if time ran out.
  std::string where = {};
  std::string expected = {};
  std::string seen = {};
  std::string waiting = {};

  // "AnEndWhilePaused (R81 R117) pausing_checks.cpp:54: the end is not seen"; empty unless broken.
  PENSTOCK_API std::string text() const;
};

// Runs it on a ground of its own, within the ground's patience.
PENSTOCK_API check_result perform(const check& c, ground& g);

}}}  // namespace penstock::v0::testing
