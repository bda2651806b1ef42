// SPDX-License-Identifier: BSL-1.0
// The real calls.
#include <penstock/epoll/kernel.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

int answer(int result) noexcept { return result < 0 ? -errno : result; }
long answer(long result) noexcept { return result < 0 ? -errno : result; }

}  // namespace

PENSTOCK_HOT long kernel::recv(int fd, char* into, std::size_t n) noexcept { return answer(::recv(fd, into, n, 0)); }
long kernel::peek(int fd) noexcept {
  char one = 0;
  return answer(::recv(fd, &one, 1, MSG_PEEK | MSG_DONTWAIT));
}
PENSTOCK_HOT long kernel::send(int fd, const char* from, std::size_t n) noexcept {
  return answer(::send(fd, from, n, MSG_NOSIGNAL));
}
PENSTOCK_HOT long kernel::sendmsg(int fd, const msghdr* message) noexcept {
  return answer(::sendmsg(fd, message, MSG_NOSIGNAL));
}
int kernel::shutdown_writing(int fd) noexcept { return answer(::shutdown(fd, SHUT_WR)); }

int kernel::socket(int family, int type, int protocol) noexcept {
  return answer(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}
int kernel::bind(int fd, const sockaddr* address, socklen_t size) noexcept { return answer(::bind(fd, address, size)); }
int kernel::listen(int fd, int backlog) noexcept { return answer(::listen(fd, backlog)); }
int kernel::accept(int fd, sockaddr* address, socklen_t* size) noexcept {
  return answer(::accept4(fd, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC));
}
int kernel::connect(int fd, const sockaddr* address, socklen_t size) noexcept {
  return answer(::connect(fd, address, size));
}
int kernel::getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  return answer(::getsockname(fd, address, size));
}
int kernel::getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  return answer(::getpeername(fd, address, size));
}
int kernel::getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept {
  return answer(::getsockopt(fd, level, name, value, size));
}
int kernel::setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
  return answer(::setsockopt(fd, level, name, value, size));
}
int kernel::poll(int fd, short events, int milliseconds) noexcept {
  pollfd one{fd, events, 0};
  const int result = answer(::poll(&one, 1, milliseconds));
  return result < 0 ? result : one.revents;
}
int kernel::set_nonblocking(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
  return answer(::fcntl(fd, F_SETFD, FD_CLOEXEC));
}
// On Linux the descriptor is gone even where EINTR is answered.
int kernel::close(int fd) noexcept {
  const int result = answer(::close(fd));
  return result == -EINTR ? 0 : result;
}

int kernel::epoll_create() noexcept { return answer(::epoll_create1(EPOLL_CLOEXEC)); }
int kernel::epoll_ctl(int epfd, int operation, int fd, epoll_event* event) noexcept {
  return answer(::epoll_ctl(epfd, operation, fd, event));
}
PENSTOCK_HOT int kernel::epoll_wait(int epfd, std::span<epoll_event> events, int milliseconds) noexcept {
  return answer(::epoll_wait(epfd, events.data(), static_cast<int>(events.size()), milliseconds));
}
int kernel::timerfd_create() noexcept { return answer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)); }
int kernel::timerfd_settime(int fd, time_point when) noexcept {
  itimerspec spec{};
  if (when != time_point::never()) {
    // All zero would disarm it: what is long due becomes due at the clock's first nanosecond.
    const std::int64_t at = when.time_since_epoch().count() < 1 ? 1 : when.time_since_epoch().count();
    spec.it_value.tv_sec = static_cast<time_t>(at / 1'000'000'000);
    spec.it_value.tv_nsec = static_cast<long>(at % 1'000'000'000);
  }
  return answer(::timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, nullptr));
}
int kernel::eventfd() noexcept { return answer(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
int kernel::eventfd_write(int fd) noexcept {
  const std::uint64_t one = 1;
  return static_cast<int>(answer(static_cast<long>(::write(fd, &one, sizeof one))));
}
int kernel::eventfd_read(int fd) noexcept {
  std::uint64_t count = 0;
  return static_cast<int>(answer(static_cast<long>(::read(fd, &count, sizeof count))));
}
time_point kernel::now() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return time_point(duration::nanoseconds(std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec));
}

int kernel::stat(const char* path, struct stat* into) noexcept { return answer(::stat(path, into)); }
int kernel::unlink(const char* path) noexcept { return answer(::unlink(path)); }
int kernel::chmod(const char* path, mode_t mode) noexcept { return answer(::chmod(path, mode)); }
int kernel::fchmod(int fd, mode_t mode) noexcept { return answer(::fchmod(fd, mode)); }

int kernel::signalfd(const sigset_t& of) noexcept { return answer(::signalfd(-1, &of, SFD_NONBLOCK | SFD_CLOEXEC)); }
int kernel::read_signal(int fd) noexcept {
  signalfd_siginfo one{};
  const long n = answer(::read(fd, &one, sizeof one));
  return n < 0 ? static_cast<int>(n) : static_cast<int>(one.ssi_signo);
}
int kernel::set_blocked(int how, const sigset_t& of, sigset_t* before) noexcept {
  return -::pthread_sigmask(how, &of, before);
}

kernel& system_kernel() noexcept {
  static kernel real;
  return real;
}

}}}  // namespace penstock::v0::epoll
