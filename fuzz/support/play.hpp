// SPDX-License-Identifier: BSL-1.0
// A script played to a session, with its transcript.
#pragma once

#include <algorithm>
#include <cstddef>

#include "script.hpp"
#include "transcript.hpp"

namespace penstock::fuzz {

// The steps up to a bound, then finish(). Answers how many meant something.
template <class Session>
std::size_t play(Session& session, const script& input, transcript& out) {
  constexpr std::size_t most_steps = 200;
  std::size_t done = 0;
  for (const step& one : input.steps().first(std::min(input.steps().size(), most_steps))) {
    if constexpr (requires { session.ended(); })
      if (session.ended()) break;
    if (out.wants_steps()) out.begin(input.text(one));
    const bool useful = session.run(one);
    if (out.wants_steps()) out.end(useful ? session.outcome() : "(left out)");
    if (useful) ++done;
  }
  if (out.wants_steps()) out.begin("(the end)");
  session.finish();
  if (out.wants_steps()) out.end(session.outcome());
  return done;
}

}  // namespace penstock::fuzz
