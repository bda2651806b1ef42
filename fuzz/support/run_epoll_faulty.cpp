// SPDX-License-Identifier: BSL-1.0
// The epoll adapter over a kernel that answers what the script says.
#include "epoll_session.hpp"
#include "play.hpp"
#include "targets.hpp"

namespace penstock::fuzz {

std::size_t run_epoll_faulty(const script& input, transcript& out) {
  epoll_session session;
  return play(session, input, out);
}

}  // namespace penstock::fuzz
