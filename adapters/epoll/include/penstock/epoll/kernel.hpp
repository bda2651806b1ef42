// SPDX-License-Identifier: BSL-1.0
// Every system call of the component, in one table: a fake one takes the kernel out.
#pragma once

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Each call answers what the system call answers, or -errno. EINTR comes through, but for close,
// which closes. Descriptors are made close-on-exec and non-blocking, sends raise no SIGPIPE (I-33).
class PENSTOCK_API kernel {
 public:
  virtual ~kernel() = default;

  // --- bytes ---------------------------------------------------------------------------------

  virtual long recv(int fd, char* into, std::size_t n) noexcept;
  virtual long peek(int fd) noexcept;  // what recv of one byte would answer, which stays
  virtual long send(int fd, const char* from, std::size_t n) noexcept;
  virtual long sendmsg(int fd, const msghdr* message) noexcept;
  virtual int shutdown_writing(int fd) noexcept;

  // --- sockets -------------------------------------------------------------------------------

  virtual int socket(int family, int type, int protocol) noexcept;
  virtual int bind(int fd, const sockaddr* address, socklen_t size) noexcept;
  virtual int listen(int fd, int backlog) noexcept;
  virtual int accept(int fd, sockaddr* address, socklen_t* size) noexcept;
  virtual int connect(int fd, const sockaddr* address, socklen_t size) noexcept;
  virtual int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept;
  virtual int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept;
  virtual int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept;
  virtual int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept;
  virtual int poll(int fd, short events, int milliseconds) noexcept;  // what it is ready for; -1 ms: for ever
  virtual int set_nonblocking(int fd) noexcept;                       // and close-on-exec: for an adopted descriptor
  virtual int close(int fd) noexcept;

  // --- the loop ------------------------------------------------------------------------------

  virtual int epoll_create() noexcept;
  virtual int epoll_ctl(int epfd, int operation, int fd, epoll_event* event) noexcept;
  virtual int epoll_wait(int epfd, std::span<epoll_event> events, int milliseconds) noexcept;
  virtual int timerfd_create() noexcept;
  virtual int timerfd_settime(int fd, time_point when) noexcept;  // never(): disarms
  virtual int eventfd() noexcept;
  virtual int eventfd_write(int fd) noexcept;  // becomes readable
  virtual int eventfd_read(int fd) noexcept;   // and timerfd: no longer readable
  virtual time_point now() noexcept;           // CLOCK_MONOTONIC

  // --- names of Unix sockets -----------------------------------------------------------------

  virtual int stat(const char* path, struct stat* into) noexcept;
  virtual int unlink(const char* path) noexcept;
  virtual int chmod(const char* path, mode_t mode) noexcept;
  virtual int fchmod(int fd, mode_t mode) noexcept;

  // --- signals -------------------------------------------------------------------------------

  // Readable when one of these comes, which the calling thread must have blocked.
  virtual int signalfd(const sigset_t& of) noexcept;
  virtual int read_signal(int fd) noexcept;  // which one
  // The calling thread's; answers what it was before in `before`.
  virtual int set_blocked(int how, const sigset_t& of, sigset_t* before) noexcept;
};

// The real one.
PENSTOCK_API kernel& system_kernel() noexcept;

// For how long poll may wait until `due`: milliseconds, rounded up, 60,000 at most; -1 where that is never().
inline int poll_timeout(time_point due, time_point now) noexcept {
  if (due == time_point::never()) return -1;
  constexpr std::int64_t millisecond = 1'000'000;
  const std::int64_t left = std::max<std::int64_t>((due - now).count(), 0);
  return static_cast<int>(std::min<std::int64_t>(left / millisecond + (left % millisecond != 0), 60'000));
}

inline std::error_code system_error_of(long negative_errno) noexcept {
  return {static_cast<int>(-negative_errno), std::system_category()};
}

}}}  // namespace penstock::v0::epoll
