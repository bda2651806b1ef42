// SPDX-License-Identifier: BSL-1.0
// A line echo server in a poll(2) loop of one's own, by a hook: `hook_poll [--once N]`.
#include <poll.h>

#include <span>
#include <vector>

#include <penstock/hooks/poll.hpp>

#include "hooked_echo.hpp"

using client = hooked::session<penstock::hooks::poll_connection, penstock::hooks::poll_set>;

int main(int argc, char** argv) {
  const auto [listener, once] = line_echo::begin(argc, argv);
  penstock::hooks::poll_set clients;
  std::vector<pollfd> fds;
  while (client::ended != once) {
    fds.assign(1, {listener, POLLIN, 0});  // ours first, then theirs
    const int milliseconds = clients.prepare(fds);
    poll(fds.data(), fds.size(), milliseconds);
    clients.dispatch(std::span(fds).subspan(1));
    if (fds[0].revents != 0) hooked::accept_from<client>(listener, clients);
  }
}
