// SPDX-License-Identifier: BSL-1.0
// Socket addresses, by value and as text.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// An address of any family.
struct PENSTOCK_API address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const noexcept { return size == 0 ? AF_UNSPEC : storage.ss_family; }
  std::uint16_t port() const noexcept;  // 0 but for AF_INET and AF_INET6
  void set_port(std::uint16_t port) noexcept;

  // "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80", a path, "@name" of an abstract one; empty for an unnamed one.
  std::string text() const;

  static address of(const sockaddr_in& name) noexcept;
  // A numeric IPv4 or IPv6 address without a scope; nothing for any other text.
  static std::optional<address> numeric(std::string_view host, std::uint16_t port) noexcept;
  // A path, or an abstract name where the first byte is 0. Nothing if it is empty or too long.
  static std::optional<address> unix_path(std::string_view path) noexcept;

  friend bool operator==(const address& a, const address& b) noexcept;
};

PENSTOCK_API bool operator==(const address& a, const address& b) noexcept;

}}}  // namespace penstock::v0::epoll
