// SPDX-License-Identifier: BSL-1.0
// Any order of calls on two ends in memory.
#include "api_session.hpp"
#include "play.hpp"
#include "targets.hpp"

namespace penstock::fuzz {

std::size_t run_api_sequence(const script& input, transcript& out) {
  api_session session(input);
  return play(session, input, out);
}

}  // namespace penstock::fuzz
