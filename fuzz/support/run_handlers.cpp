// SPDX-License-Identifier: BSL-1.0
// The target `handlers` as penstock-replay shows it.
#include <penstock/describe.hpp>
#include <penstock/testing/handler.hpp>

#include "any_protocol.hpp"
#include "check.hpp"
#include "targets.hpp"

namespace penstock::fuzz {

std::size_t run_handlers(const script& input, transcript& out) {
  const testing::plan how(input.binary());
  const testing::handler what = handler_of_environment();
  if (out.wants_steps()) out.line(how.text() + testing::play(what, how).log);
  if (out.wants_test()) out.code("EXPECT_EQ(penstock::testing::replay(handler, " + quoted(how.text()) + "), \"\");");
  const std::string problem = testing::problem_of(what, how);
  if (!problem.empty()) throw mismatch{"a handler's conduct", "no problem", problem};
  return how.pieces.size() + how.stops.size() + 1;
}

}  // namespace penstock::fuzz
