// SPDX-License-Identifier: BSL-1.0
// The conformance kit in one call: all checks on a transport, for any test framework or none.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/testing/check.hpp>
#include <penstock/testing/ground.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// Makes a fresh ground, one for each check.
using make_ground = std::function<std::unique_ptr<ground>()>;

struct transport_report {
  std::vector<check_result> results;  // one a check, in the order of transport_checks()

  PENSTOCK_API std::size_t count(verdict) const noexcept;
  bool passed() const noexcept { return count(verdict::broken) == 0; }
  // A line for each broken check, and last how many there were of each verdict.
  PENSTOCK_API std::string text() const;
};

// Runs every check. What the factory or a ground throws is a broken check.
PENSTOCK_API transport_report check_transport(const make_ground& factory);
// The same for one of transport_checks(), for who makes a test of each.
PENSTOCK_API check_result check_transport(const make_ground& factory, const check& one);

}}}  // namespace penstock::v0::testing
