// SPDX-License-Identifier: BSL-1.0
// Any order of calls around the upgrades of two streams.
#include "play.hpp"
#include "targets.hpp"
#include "upgrade_session.hpp"

namespace penstock::fuzz {

std::size_t run_upgrade(const script& input, transcript& out) {
  upgrade_session session(input);
  return play(session, input, out);
}

}  // namespace penstock::fuzz
