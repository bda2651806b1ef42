// SPDX-License-Identifier: BSL-1.0
// What each system call's answer means for a turn.
#include <penstock/epoll/socket_io.hpp>

#include <sys/uio.h>

#include <cerrno>
#include <utility>

#include <penstock/write_half.hpp>

#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll {

PENSTOCK_HOT void socket_io::note(std::uint32_t events) noexcept {
  constexpr std::uint32_t marks = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;
  if ((events & (EPOLLIN | marks)) != 0) readable_ = !ended_;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
  if ((events & marks) != 0) more_behind_ = true;
  if ((events & EPOLLERR) != 0) failed_ = true;
}

PENSTOCK_HOT transfer socket_io::receive(std::span<char> into) noexcept {
  if (into.empty()) return {};
  for (;;) {
    const long n = kernel_.recv(fd_, into.data(), into.size());
    if (n == -EINTR) continue;
    if (n == -EAGAIN || n == -EWOULDBLOCK) {
      readable_ = more_behind_ = false;
      return {.blocked = true};
    }
    if (n <= 0) {
      readable_ = false;
      ended_ = true;
      if (n < 0) return {.error = system_error_of(n)};
      return {.ended = true};
    }
    const auto count = static_cast<std::size_t>(n);
    if (count < into.size() && !more_behind_ && !is_unix_) readable_ = false;
    return {.count = count, .blocked = !readable_};
  }
}

PENSTOCK_HOT transfer socket_io::send(std::span<const std::string_view> from) noexcept {
  if (!writable_) return {.blocked = true};
  iovec parts[write_half::useful_segments];
  msghdr message{};
  if (from.size() > 1) {
    std::size_t count = 0;
    for (const std::string_view part : from) {
      if (count == write_half::useful_segments) break;
      parts[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    message.msg_iov = parts;
    message.msg_iovlen = count;
  }
  for (;;) {
    const long n = from.size() > 1 ? kernel_.sendmsg(fd_, &message) : kernel_.send(fd_, from[0].data(), from[0].size());
    if (n == -EINTR) continue;
    if (n == -EAGAIN || n == -EWOULDBLOCK) {
      writable_ = false;
      return {.blocked = true};
    }
    if (n < 0) {  // what the peer sent before may have come since the last event
      broken_ = true;
      readable_ = more_behind_ = !ended_;
      return {.error = system_error_of(n)};
    }
    return {.count = static_cast<std::size_t>(n)};
  }
}

// A connection that the peer has reset is no more to shut: the next receive tells.
std::error_code socket_io::shut_down() noexcept {
  const int result = kernel_.shutdown_writing(fd_);
  return result < 0 && result != -ENOTCONN ? system_error_of(result) : std::error_code();
}

void socket_io::hang_up(bool reset) noexcept {
  if (!open()) return;
  if (reset) {
    const linger at_once{1, 0};
    kernel_.setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  } else if (!broken_) {
    char unwanted[16 * 1024];
    for (int receives = 64; receives != 0 && !ended_ && receive(unwanted).count != 0;) --receives;
  }
  kernel_.close(std::exchange(fd_, -1));
}

std::error_code socket_io::pending_error() noexcept {
  failed_ = false;
  const long ahead = kernel_.peek(fd_);
  if (ahead > 0) return {};
  const bool told = ahead < 0 && ahead != -EAGAIN && ahead != -EWOULDBLOCK && ahead != -EINTR;
  const std::error_code ec = told ? system_error_of(ahead) : error_of(kernel_, fd_);
  if (ec) {
    readable_ = false;
    ended_ = true;
  }
  return ec;
}

}}}  // namespace penstock::v0::epoll
