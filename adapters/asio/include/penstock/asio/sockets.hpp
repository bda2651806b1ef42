// SPDX-License-Identifier: BSL-1.0
// What connecting and serving ask of sockets of any family and set on them.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>

#include <penstock/asio/error_codes.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/deadlines.hpp>

namespace penstock { inline namespace v0 { namespace asio {

namespace net = boost::asio;

namespace detail {

using any_protocol = net::generic::stream_protocol;
using any_socket = any_protocol::socket;
using any_endpoint = any_protocol::endpoint;

// An option of the system's that Asio has no name for.
template <int Level, int Name>
class integer_option {
 public:
  explicit integer_option(int value = 0) noexcept : value_(value) {}
  int level(const auto&) const noexcept { return Level; }
  int name(const auto&) const noexcept { return Name; }
  int* data(const auto&) noexcept { return &value_; }
  const int* data(const auto&) const noexcept { return &value_; }
  std::size_t size(const auto&) const noexcept { return sizeof value_; }
  void resize(const auto&, std::size_t) const noexcept {}
  int value() const noexcept { return value_; }

 private:
  int value_;
};

// Of a connection, or of a listener, whose connections inherit it (R69). What a family lacks is passed over.
template <class Socket, class Options>
void set_options(Socket& socket, int family, const Options& options) {
  boost::system::error_code ec;
  if (options.keep_alive) socket.set_option(net::socket_base::keep_alive(true), ec);
  if (family != AF_INET && family != AF_INET6) return;
  if (options.no_delay) socket.set_option(net::ip::tcp::no_delay(true), ec);
  if (options.user_timeout == deadlines::off) return;
  const int milliseconds = penstock::detail::milliseconds_of_user_timeout(options.user_timeout);
  socket.set_option(integer_option<IPPROTO_TCP, TCP_USER_TIMEOUT>(milliseconds), ec);
}

// A descriptor that is closed unless it was given away.
class taken_descriptor {
 public:
  // A user's socket, which is ours from here on, also where this throws. `family` is AF_UNIX, or AF_UNSPEC for
  // any (R99).
  taken_descriptor(int fd, int family) : fd_(fd) {
    try {
      check(family);
    } catch (...) {
      ::close(fd_);
      throw;
    }
  }
  taken_descriptor(const taken_descriptor&) = delete;
  taken_descriptor& operator=(const taken_descriptor&) = delete;
  ~taken_descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int family() const noexcept { return family_; }
  // Throws std::system_error: where another of Asio's objects has it, for one.
  template <class Socket>
  void give_to(Socket& socket) {
    boost::system::error_code ec;
    socket.assign(any_protocol(family_, 0), fd_, ec);
    if (ec) throw std::system_error(to_std(ec), "taking a socket over");
    fd_ = -1;
  }

 private:
  void check(int family) {
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd_, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
      throw std::system_error(errno, std::system_category(), "taking a socket over");
    if (type != SOCK_STREAM) throw std::invalid_argument("A Stream Socket was expected: sock has another type");
    sockaddr_storage own{};
    size = sizeof own;
    if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size) < 0)
      throw std::system_error(errno, std::system_category(), "taking a socket over");
    family_ = own.ss_family;
    if (family == AF_UNIX && family_ != AF_UNIX)
      throw std::invalid_argument("A UNIX Domain Stream Socket was expected: sock is of another family");
  }

  int fd_;
  int family_ = AF_UNSPEC;
};

}  // namespace detail
}}}  // namespace penstock::v0::asio
