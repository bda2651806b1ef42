// SPDX-License-Identifier: BSL-1.0
// What everybody here asks of a socket and sets on it.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <stdexcept>
#include <system_error>

#include <penstock/coro/socket_options.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/kernel.hpp>

#include "descriptor.hpp"

namespace penstock { inline namespace v0 { namespace epoll {

inline int set_option(kernel& calls, int fd, int level, int name, int value = 1) noexcept {
  return calls.setsockopt(fd, level, name, &value, sizeof value);
}

// Of a connection, or of a listener, whose connections inherit it (R69). What a family lacks is passed over.
template <class Options>
void set_options(kernel& calls, int fd, int family, const Options& options) noexcept {
  if (options.keep_alive) set_option(calls, fd, SOL_SOCKET, SO_KEEPALIVE);
  if (family != AF_INET && family != AF_INET6) return;
  if (options.no_delay) set_option(calls, fd, IPPROTO_TCP, TCP_NODELAY);
  if (options.user_timeout == deadlines::off) return;
  set_option(calls, fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
             penstock::detail::milliseconds_of_user_timeout(options.user_timeout));
}

inline address own_address(kernel& calls, int fd) noexcept {
  address own;
  own.size = sizeof own.storage;
  if (calls.getsockname(fd, own.get(), &own.size) < 0) own.size = 0;
  return own;
}

// Clears it.
inline std::error_code error_of(kernel& calls, int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  const int result = calls.getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (result < 0) return system_error_of(result);
  return error == 0 ? std::error_code() : system_error_of(-error);
}

// A user's socket, which is ours from here on: it is closed where this throws. `family` is AF_UNIX, or
// AF_UNSPEC for any (R99).
inline descriptor take_over(kernel& calls, int fd, int family) {
  descriptor taken(calls, fd);
  int type = 0;
  socklen_t size = sizeof type;
  if (const int result = calls.getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size); result < 0)
    throw std::system_error(system_error_of(result), "taking a socket over");
  if (type != SOCK_STREAM) throw std::invalid_argument("A Stream Socket was expected: sock has another type");
  if (family == AF_UNIX && own_address(calls, fd).family() != AF_UNIX)
    throw std::invalid_argument("A UNIX Domain Stream Socket was expected: sock is of another family");
  if (const int result = calls.set_nonblocking(fd); result < 0)
    throw std::system_error(system_error_of(result), "taking a socket over");
  return taken;
}

}}}  // namespace penstock::v0::epoll
