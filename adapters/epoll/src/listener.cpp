// SPDX-License-Identifier: BSL-1.0
// Accepting until the kernel has no more, or nothing to give.
#include "listener.hpp"

#include <poll.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

using penstock::detail::accept_error;

listener::listener(event_loop& loop, owner& of) noexcept
    : runnable([](runnable& r) { static_cast<listener&>(r).accept_some(); }),
      timer([](timer& t) { static_cast<listener&>(t).try_again(); }),
      loop_(loop),
      owner_(of) {}

listener::~listener() { close(); }

std::error_code listener::begin(int fd) noexcept {
  const std::error_code ec = loop_.watch(fd, *this, EPOLLIN);
  if (!ec) fd_ = fd;
  return ec;
}

int listener::release() noexcept {
  if (fd_ < 0) return -1;
  loop_.forget(*this);
  runnable::unlink();
  timer::disarm();
  return std::exchange(fd_, -1);
}

void listener::close() noexcept {
  const int fd = release();
  if (fd < 0) return;
  loop_.calls().close(fd);
  loop_.closed_one();
}

void listener::on_events(std::uint32_t) noexcept {
  if (!runnable::linked() && !starving_) loop_.schedule(*this);
}

void listener::resume() noexcept {
  paused_ = false;
  try_again();
}

void listener::try_again() noexcept {
  if (fd_ < 0) return;
  runnable::unlink();  // from among those that starve
  loop_.schedule(*this);
}

void listener::accept_some() {
  if (paused_) return;
  // One try while starving: what is there may be for one alone.
  const bool was_starving = starving_;
  held<penstock::detail::server_state> alive;
  for (unsigned n = 0; n != (was_starving ? 1 : penstock::detail::accepts_a_turn); ++n) {
    address peer;
    peer.size = sizeof peer.storage;
    const int fd = loop_.calls().accept(fd_, peer.get(), &peer.size);
    if (fd == -EAGAIN) return rest();
    if (fd < 0) {
      switch (penstock::detail::kind_of_accept_error(-fd)) {
        case accept_error::of_a_client: continue;
        case accept_error::of_the_socket: return owner_.failed(system_error_of(fd));
        case accept_error::lasting: return starve(system_error_of(fd));
      }
    }
    rest();
    alive = owner_.accepted(fd, peer);
    if (paused_ || fd_ < 0) return;
  }
  if (!runnable::linked()) loop_.schedule(*this);
}

// Until an event tells of a client.
void listener::rest() noexcept {
  starving_ = false;
  timer::disarm();
}

// accept needs a descriptor before it looks for a client: whether there is one is asked for apart, for a server
// that is just full lacks nothing.
void listener::starve(std::error_code why) noexcept {
  if (loop_.calls().poll(fd_, POLLIN, 0) == 0) return rest();
  starving_ = true;
  if (!runnable::linked()) loop_.starving().push_back(*this);
  loop_.arm(*this, loop_.now() + penstock::detail::accept_again_after);
  if (reports_.due(loop_.now())) owner_.failed(why);
}

}}}}  // namespace penstock::v0::epoll::detail
