// SPDX-License-Identifier: BSL-1.0
// Any order of calls on two ends in memory.
#include <algorithm>

#include "api_session.hpp"
#include "targets.hpp"

namespace penstock::fuzz {

std::size_t run_api_sequence(const script& input, transcript& out) {
  constexpr std::size_t most_steps = 200;
  api_session session(input);
  std::size_t done = 0;
  for (const step& one : input.steps().first(std::min(input.steps().size(), most_steps))) {
    if (out.wants_steps()) out.begin(input.text(one));
    const bool useful = session.run(one);
    if (out.wants_steps()) out.end(useful ? session.outcome() : "(left out)");
    if (useful) ++done;
  }
  session.finish();
  return done;
}

}  // namespace penstock::fuzz
