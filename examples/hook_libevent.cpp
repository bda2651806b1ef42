// SPDX-License-Identifier: BSL-1.0
// A line echo server in a libevent loop, by a hook: `hook_libevent [--once N]`.
#include <event2/event.h>

#include <penstock/hooks/libevent.hpp>

#include "hooked_echo.hpp"

using client = hooked::session<penstock::hooks::event_connection, event_base*>;

int main(int argc, char** argv) {
  const auto [listener, once] = line_echo::begin(argc, argv);
  event_base* base = event_base_new();
  event* const accepting = event_new(
      base, listener, EV_READ | EV_PERSIST,
      [](evutil_socket_t fd, short, void* loop) { hooked::accept_from<client>(fd, *static_cast<event_base**>(loop)); },
      &base);
  event_add(accepting, nullptr);
  while (client::ended != once) event_base_loop(base, EVLOOP_ONCE);
  event_free(accepting);
  event_base_free(base);
}
