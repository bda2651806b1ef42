// SPDX-License-Identifier: BSL-1.0
// A ground a check, and the sums.
#include <penstock/testing/check_transport.hpp>

#include <algorithm>
#include <exception>

namespace penstock { inline namespace v0 { namespace testing {

std::size_t transport_report::count(verdict wanted) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [&](const check_result& r) { return r.outcome == wanted; }));
}

std::string transport_report::text() const {
  std::string all;
  for (const check_result& result : results)
    if (result.outcome == verdict::broken) all += result.text() + "\n";
  return all + std::to_string(count(verdict::holds)) + " checks hold, " + std::to_string(count(verdict::broken)) +
         " are broken, " + std::to_string(count(verdict::impossible)) + " are impossible";
}

check_result check_transport(const make_ground& factory, const check& one) {
  std::string threw;
  try {
    if (const std::unique_ptr<ground> fresh = factory()) return perform(one, *fresh);
    threw = "no ground";
  } catch (const std::exception& e) {
    threw = e.what();
  }
  return {.name = one.name,
          .rules = one.rules,
          .outcome = verdict::broken,
          .expected = "the factory makes a ground",
          .seen = threw};
}

transport_report check_transport(const make_ground& factory) {
  transport_report report;
  for (const check& one : transport_checks()) report.results.push_back(check_transport(factory, one));
  return report;
}

}}}  // namespace penstock::v0::testing
