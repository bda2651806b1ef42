// SPDX-License-Identifier: BSL-1.0
// Places for sockets: a port that nobody has, one that answers nobody, a path that is removed.
#pragma once

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tests/transports/sockets.hpp>

namespace penstock_test {

inline constexpr const char* here = "127.0.0.1";

// Bound to any port of 127.0.0.1.
class bound_socket {
 public:
  bound_socket() : socket_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    checked(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&any), sizeof any));
    socklen_t size = sizeof at_;
    checked(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&at_), &size));
  }
  int get() const noexcept { return socket_.get(); }
  int release() noexcept { return socket_.release(); }
  int port() const noexcept { return ntohs(at_.sin_port); }
  const sockaddr* address() const noexcept { return reinterpret_cast<const sockaddr*>(&at_); }

 private:
  descriptor socket_;
  sockaddr_in at_{};
};

// Nobody has it, for now.
inline int free_port() { return bound_socket().port(); }

// Listens, and answers no further attempt: its backlog is full.
class full_place {
 public:
  full_place() {
    checked(::listen(socket_.get(), 0));
    for (int i = 0; i != 4; ++i) {
      waiting_.emplace_back(checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
      static_cast<void>(::connect(waiting_.back().get(), socket_.address(), sizeof(sockaddr_in)));
    }
  }
  int port() const noexcept { return socket_.port(); }

 private:
  bound_socket socket_;
  std::vector<descriptor> waiting_;
};

// Attempts that a listening path takes while nobody accepts: one more than its backlog.
inline std::vector<descriptor> fill_backlog(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(at.sun_path, sizeof at.sun_path - 1);
  for (std::vector<descriptor> waiting;;) {
    descriptor next(checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
    if (::connect(next.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return waiting;
    waiting.push_back(std::move(next));
  }
}

struct socket_path {
  socket_path() {
    static int number = 0;
    text = testing::TempDir() + "penstock-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
  }
  ~socket_path() { ::unlink(text.c_str()); }
  std::string text;
};

inline std::size_t open_descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) ++n;
  return n;
}

}  // namespace penstock_test
