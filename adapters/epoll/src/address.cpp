// SPDX-License-Identifier: BSL-1.0
// Addresses from text and to it.
#include <penstock/epoll/address.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

template <class T>
T as(const address& a) noexcept {
  T typed{};
  std::memcpy(&typed, &a.storage, sizeof typed);
  return typed;
}

template <class T>
address from(const T& typed, std::size_t size = sizeof(T)) noexcept {
  address a;
  std::memcpy(&a.storage, &typed, sizeof typed);
  a.size = static_cast<socklen_t>(size);
  return a;
}

constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);

}  // namespace

address address::of(const sockaddr_in& name) noexcept { return from(name); }

std::uint16_t address::port() const noexcept {
  if (family() == AF_INET) return ntohs(as<sockaddr_in>(*this).sin_port);
  if (family() == AF_INET6) return ntohs(as<sockaddr_in6>(*this).sin6_port);
  return 0;
}

void address::set_port(std::uint16_t port) noexcept {
  if (family() == AF_INET) {
    auto typed = as<sockaddr_in>(*this);
    typed.sin_port = htons(port);
    *this = from(typed);
  } else if (family() == AF_INET6) {
    auto typed = as<sockaddr_in6>(*this);
    typed.sin6_port = htons(port);
    *this = from(typed);
  }
}

std::string address::text() const {
  char host[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET) {
    const auto typed = as<sockaddr_in>(*this);
    inet_ntop(AF_INET, &typed.sin_addr, host, sizeof host);
    return std::string(host) + ':' + std::to_string(port());
  }
  if (family() == AF_INET6) {
    const auto typed = as<sockaddr_in6>(*this);
    inet_ntop(AF_INET6, &typed.sin6_addr, host, sizeof host);
    const std::string scope = typed.sin6_scope_id == 0 ? std::string() : '%' + std::to_string(typed.sin6_scope_id);
    return '[' + std::string(host) + scope + "]:" + std::to_string(port());
  }
  if (family() != AF_UNIX || size <= path_offset) return {};
  const auto typed = as<sockaddr_un>(*this);
  const std::size_t n = std::min<std::size_t>(size - path_offset, sizeof typed.sun_path);  // Linux counts an end, too
  if (typed.sun_path[0] == 0) return '@' + std::string(typed.sun_path + 1, n - 1);
  return std::string(typed.sun_path, strnlen(typed.sun_path, n));
}

std::optional<address> address::numeric(std::string_view host, std::uint16_t port) noexcept {
  char text[INET6_ADDRSTRLEN + 1] = {};
  if (host.size() >= sizeof text) return std::nullopt;
  host.copy(text, host.size());
  sockaddr_in v4{};
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return from(v4);
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return from(v6);
  }
  return std::nullopt;
}

std::optional<address> address::unix_path(std::string_view path) noexcept {
  sockaddr_un name{};
  // A path keeps its final zero; an abstract name has none.
  if (path.empty() || path.size() > sizeof name.sun_path - (path[0] == 0 ? 0 : 1)) return std::nullopt;
  if (path[0] != 0 && path.find('\0') != path.npos) return std::nullopt;
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, path.size());
  return from(name, path_offset + path.size() + (path[0] == 0 ? 0 : 1));
}

bool operator==(const address& a, const address& b) noexcept {
  return a.size == b.size && std::memcmp(&a.storage, &b.storage, a.size) == 0;
}

}}}  // namespace penstock::v0::epoll
