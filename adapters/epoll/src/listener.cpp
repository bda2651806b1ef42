// SPDX-License-Identifier: BSL-1.0
// Accepting until the kernel has no more, or nothing to give.
#include <penstock/epoll/listener.hpp>

#include <cerrno>
#include <system_error>
#include <utility>

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

constexpr duration retry_after = duration::nanoseconds(100'000'000);
constexpr duration report_every = duration::nanoseconds(1'000'000'000);

}  // namespace

listener::listener(event_loop& loop, int fd, owner& of)
    : runnable([](runnable& r) { static_cast<listener&>(r).accept_some(); }),
      timer([](timer& t) { static_cast<listener&>(t).try_again(); }),
      loop_(loop),
      fd_(fd),
      owner_(of) {
  if (const std::error_code ec = loop.watch(fd, *this, EPOLLIN)) {
    loop.calls().close(fd);
    throw std::system_error(ec, "watching a listening socket");
  }
}

listener::~listener() { close(); }

void listener::close() noexcept {
  if (fd_ < 0) return;
  loop_.forget(*this);
  loop_.calls().close(std::exchange(fd_, -1));
  runnable::unlink();
  timer::disarm();
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
  for (unsigned n = 0; n != (was_starving ? 1 : accepts_a_turn); ++n) {
    address peer;
    peer.size = sizeof peer.storage;
    const int fd = loop_.calls().accept(fd_, peer.get(), &peer.size);
    switch (fd) {
      case -EAGAIN: starving_ = false; return;
      case -EINTR:
      case -ECONNABORTED: continue;
      case -EMFILE:
      case -ENFILE:
      case -ENOBUFS:
      case -ENOMEM: return starve(system_error_of(fd));
      default: break;
    }
    if (fd < 0) {
      // What Linux passes on of a connection that failed already: the next one is asked for.
      if (fd != -EBADF && fd != -EINVAL && fd != -ENOTSOCK) continue;
      return owner_.failed(system_error_of(fd));
    }
    starving_ = false;
    timer::disarm();
    alive = owner_.accepted(fd, peer);
    if (paused_ || fd_ < 0) return;
  }
  if (!runnable::linked()) loop_.schedule(*this);
}

void listener::starve(std::error_code why) {
  starving_ = true;
  if (!runnable::linked()) loop_.starving().push_back(*this);
  loop_.arm(*this, loop_.now() + retry_after);
  if (last_report_ != time_point() && loop_.now() - last_report_ < report_every) return;
  last_report_ = loop_.now();
  owner_.failed(why);
}

}}}  // namespace penstock::v0::epoll
