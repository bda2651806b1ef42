// SPDX-License-Identifier: BSL-1.0
// A line echo session in somebody else's loop: what the hook examples share. The part that is a loop's own is
// in hook_poll.cpp, hook_uv.cpp, hook_libevent.cpp and hook_glib.cpp.
#pragma once

#include <sys/socket.h>

#include <penstock/epoll/connection_driver.hpp>

#include "line_echo.hpp"

namespace hooked {

// Hook<Application> is a hook's connection; it takes the loop first. A session ends itself.
template <template <class> class Hook, class Loop>
class session {
 public:
  session(Loop& loop, int socket)
      : hook_(loop, socket, penstock::receive_arena{line_echo::memory, line_echo::headroom}, application{this},
              penstock::stream_options{.policy = penstock::deadlines::server_defaults()}) {}
  ~session() { ++ended; }

  static inline int ended = 0;

 private:
  struct application {
    session* of;
    bool operator()(penstock::connection& c) const { return of->turn(c); }
  };
  bool turn(penstock::connection& c) {
    if (c.state() != penstock::connection_state::closed) return line_echo::echo(c, line_);
    delete this;  // inside the driver's call: it is made for that
    return false;
  }

  penstock::readline line_;
  Hook<application> hook_;
};

// Sessions for all who have come.
template <class Session, class Loop>
void accept_from(int listener, Loop& loop) {
  for (;;) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    new Session(loop, socket);
  }
}

}  // namespace hooked
