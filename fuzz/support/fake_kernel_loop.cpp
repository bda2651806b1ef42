// SPDX-License-Identifier: BSL-1.0
// The model kernel's epoll, alarm and signal: levels, edges, and what a wait tells.
#include <algorithm>
#include <cerrno>

#include "fake_kernel.hpp"

namespace penstock::fuzz {

std::uint32_t fake_kernel::level(const descriptor& d) const noexcept {
  constexpr std::uint32_t nothing = 0;
  constexpr std::uint32_t input = EPOLLIN;
  switch (d.is) {
    case kind::event: return signals_ != 0 ? input : nothing;
    case kind::timer: return alarm_ <= now_ ? input : nothing;
    case kind::listener: return d.backlog != 0 ? input : nothing;
    case kind::connecting:
      return d.refused ? std::uint32_t{EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP} : nothing;
    case kind::connected: break;
    case kind::closed:
    case kind::epoll:
    case kind::socket: return nothing;
  }
  const remote& r = *d.peer;
  std::uint32_t events = nothing;
  if (d.error != 0) events |= EPOLLERR;
  if (r.delivered != r.given.size() || r.fin || r.reset) events |= EPOLLIN;
  if (r.fin || r.reset) events |= EPOLLRDHUP;
  if (r.reset || (r.fin && r.shut)) events |= EPOLLHUP;
  if (r.reset || r.taken.size() - r.read < way_.capacity) events |= EPOLLOUT;
  return events;
}

// Whether a wait would tell of it.
bool fake_kernel::due(const descriptor& d) const noexcept {
  if (!d.watched) return false;
  const std::uint32_t wanted = d.interest | EPOLLERR | EPOLLHUP;
  const bool by_edges = (d.interest & EPOLLET) != 0;
  return ((by_edges && !d.edge ? 0 : level(d) & wanted) | d.extra) != 0;
}

bool fake_kernel::readable() const noexcept {
  return !stale_.empty() || std::ranges::any_of(table_, [this](const descriptor& d) { return due(d); });
}

int fake_kernel::epoll_wait(int epfd, std::span<epoll_event> events, int milliseconds) noexcept {
  find(epfd, kind::epoll, "epoll_wait");
  constexpr unsigned most_in_vain = 32;
  rounds_in_vain_ = progress_ == progress_seen_ ? rounds_in_vain_ + 1 : 0;
  progress_seen_ = progress_;
  if (rounds_in_vain_ > most_in_vain) {
    wrong("rounds of the loop without any progress (I-17)", "few", "more and more");
    on_idle();
  }
  if (injected(call::epoll_wait) > 0) return -EINTR;
  if (milliseconds < 0 && !readable()) {
    on_idle();
    if (!readable()) wrong("a wait without end", "woken by stop()", "nothing to wake it");
  }
  std::size_t n = 0;
  const auto tell = [&](std::uint64_t tag, std::uint32_t flags) {
    events[n].events = flags;
    events[n++].data.u64 = tag;
  };
  for (; !stale_.empty() && n != events.size(); stale_.pop_back()) tell(stale_.back().first, stale_.back().second);
  for (descriptor& d : table_) {
    if (!due(d) || n == events.size()) continue;
    const std::uint32_t flags = (level(d) & (d.interest | EPOLLERR | EPOLLHUP)) | d.extra;
    tell(d.tag, flags);
    if (d.edge) ++progress_;
    if ((flags & ~std::uint32_t{EPOLLOUT}) != 0) d.drained = false;
    if ((flags & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) d.full = false;
    d.edge = false;
    d.extra = 0;
  }
  if (n == 0) ++vain_;
  return static_cast<int>(n);
}

int fake_kernel::epoll_create() noexcept { return open(kind::epoll, call::epoll_create); }
int fake_kernel::timerfd_create() noexcept { return open(kind::timer, call::timerfd_create); }
int fake_kernel::eventfd() noexcept { return open(kind::event, call::eventfd); }

int fake_kernel::epoll_ctl(int epfd, int operation, int fd, epoll_event* event) noexcept {
  descriptor* const d = find(fd, kind::closed, "epoll_ctl");
  if (find(epfd, kind::epoll, "epoll_ctl's loop") == nullptr || d == nullptr) return -EBADF;
  if (const int error = injected(call::epoll_ctl); error > 0) {
    if (d->peer != nullptr) d->peer->broken = true;
    return -error;
  }
  if (operation == EPOLL_CTL_ADD && d->watched) return -EEXIST;
  if (operation != EPOLL_CTL_ADD && !d->watched) return -ENOENT;
  d->watched = operation != EPOLL_CTL_DEL;
  d->interest = event->events;
  d->tag = event->data.u64;
  if (d->peer != nullptr) d->peer->tag = d->tag;
  d->edge = true;
  return 0;
}

int fake_kernel::timerfd_settime(int fd, time_point when) noexcept {
  if (find(fd, kind::timer, "timerfd_settime") != nullptr) alarm_ = when;
  return 0;
}

int fake_kernel::eventfd_write(int fd) noexcept {
  if (find(fd, kind::event, "a signal") != nullptr) ++signals_;
  return 8;
}

int fake_kernel::eventfd_read(int fd) noexcept {
  descriptor* const d = find(fd, kind::closed, "a read of a signal or an alarm");
  if (d == nullptr) return -EBADF;
  if ((level(*d) & EPOLLIN) == 0) {
    ++vain_;
    return -EAGAIN;
  }
  if (d->is == kind::timer)
    alarm_ = time_point::never();
  else
    signals_ = 0;
  return 8;
}

}  // namespace penstock::fuzz
