// SPDX-License-Identifier: BSL-1.0
// Listening sockets for the examples: a port of 127.0.0.1, a path. What fails ends the program.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

[[noreturn]] inline void give_up(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

inline int listen_on(const void* address, socklen_t size, int family, const char* name) {
  const int listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) give_up("socket");
  const int on = 1;
  if (family == AF_INET) {
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // clients inherit it
  }
  if (bind(listener, static_cast<const sockaddr*>(address), size) != 0) give_up(name);
  if (listen(listener, SOMAXCONN) != 0) give_up(name);
  return listener;
}

// Port 0 is any, and becomes the one that was found.
inline int listen_on_port(std::uint16_t& port) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int listener = listen_on(&address, size, AF_INET, "127.0.0.1");
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

// Whoever listens on a path removes it in the end.
inline int listen_on_path(const char* path) {
  const std::string_view name = path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  errno = ENAMETOOLONG;
  if (name.size() >= sizeof address.sun_path) give_up(path);
  name.copy(address.sun_path, name.size());
  return listen_on(&address, sizeof address, AF_UNIX, path);
}
