// SPDX-License-Identifier: BSL-1.0
// Connected pairs of sockets by hand, and a peer that is nothing but one.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/testing/ground.hpp>

namespace penstock_test {

inline int checked(int result) {
  if (result < 0) throw std::system_error(errno, std::system_category());
  return result;
}

class descriptor {
 public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

using descriptors = std::array<descriptor, 2>;

// Small buffers, so that a peer that takes nothing soon blocks its sender.
inline void shrink_buffers(int fd) {
  const int size = 32 * 1024;
  checked(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
  checked(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
}

inline void set_non_blocking(int fd) { checked(::fcntl(fd, F_SETFL, checked(::fcntl(fd, F_GETFL)) | O_NONBLOCK)); }

// Bytes of a Unix socket that come with a copy of a descriptor.
inline void send_with_descriptor(int to, std::string_view bytes, int passed) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof passed)] = {};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const along = CMSG_FIRSTHDR(&message);
  along->cmsg_level = SOL_SOCKET;
  along->cmsg_type = SCM_RIGHTS;
  along->cmsg_len = CMSG_LEN(sizeof passed);
  std::memcpy(CMSG_DATA(along), &passed, sizeof passed);
  if (::sendmsg(to, &message, 0) != static_cast<ssize_t>(bytes.size()))
    throw std::system_error(errno, std::system_category());
}

inline descriptors tcp_pair() {
  const descriptor listener(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  shrink_buffers(listener.get());
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  checked(::bind(listener.get(), any, size));
  checked(::listen(listener.get(), 1));
  checked(::getsockname(listener.get(), any, &size));
  descriptor client(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  shrink_buffers(client.get());
  checked(::connect(client.get(), any, size));
  descriptor accepted(checked(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  const int on = 1;
  for (const int fd : {client.get(), accepted.get()}) {
    checked(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    set_non_blocking(fd);
  }
  return {std::move(client), std::move(accepted)};
}

inline descriptors unix_pair() {
  int fds[2] = {};
  checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
  descriptors both = {descriptor(fds[0]), descriptor(fds[1])};
  for (const descriptor& one : both) shrink_buffers(one.get());
  return both;
}

class socket_peer final : public penstock::testing::raw_peer {
 public:
  explicit socket_peer(descriptor fd) noexcept : fd_(std::move(fd)) {}

  void send(std::string_view bytes) override {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (checked(static_cast<int>(sent)) != static_cast<int>(bytes.size()))
      throw std::system_error(std::make_error_code(std::errc::no_buffer_space));
  }
  std::string receive() override {
    std::string all;
    char some[16 * 1024];
    for (;;) {
      const ssize_t n = ::recv(fd_.get(), some, sizeof some, 0);
      if (n > 0) {
        all.append(some, static_cast<std::size_t>(n));
        continue;
      }
      if (n == 0) at_end_ = true;
      if (n < 0 && errno == ECONNRESET) was_reset_ = true;
      return all;
    }
  }
  bool at_end() override { return at_end_; }
  bool was_reset() override { return was_reset_; }
  void finish() override { checked(::shutdown(fd_.get(), SHUT_WR)); }
  void reset() override {
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    checked(::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    fd_ = descriptor();
  }

 private:
  descriptor fd_;
  bool at_end_ = false;
  bool was_reset_ = false;
};

}  // namespace penstock_test
