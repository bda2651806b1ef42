// SPDX-License-Identifier: BSL-1.0
// One handler under many plans for the same bytes: its conduct undisturbed is had once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <penstock/testing/handler.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// A problem as people are told of it.
struct finding {
  plan least;
  std::string report;
};

class trial {
 public:
  trial(const handler& what, const handler_options& options) : what_(what), options_(options) {}

  std::string problem_of(const plan& how);
  const conduct& undisturbed(const plan& like);
  // The least plan that has a problem, as `how` had `seen`. Where a handler that keeps something between runs does not
  // show it any more, that is said with `seen` and `how`.
  finding reduced(const plan& how, const std::string& seen, unsigned attempts = 2000);

 private:
  const handler& what_;
  const handler_options& options_;
  std::string bytes_;
  std::string second_;
  std::optional<conduct> undisturbed_;
};

// The least plan that still has a problem: parts are left out as long as one remains, at most so
// many times.
plan smallest(plan failing, const std::function<bool(const plan&)>& fails, unsigned attempts);

// A sentence of how two texts differ; none if they do not.
std::string where_they_part(std::string_view what, std::string_view seen, std::string_view wanted);

// A problem, the plan, what happened under it, and the line that plays it again.
std::string report(const handler& what, const plan& how, const handler_options& options, const std::string& problem);

}}}  // namespace penstock::v0::testing
