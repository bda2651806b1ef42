// SPDX-License-Identifier: BSL-1.0
// Endpoints of any family as text.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstring>
#include <string>

namespace penstock { inline namespace v0 { namespace asio {

namespace net = boost::asio;

namespace detail {

template <class To, class From>
To endpoint_as(const From& from) {
  To to;
  std::memcpy(to.data(), from.data(), from.size() < to.capacity() ? from.size() : to.capacity());
  to.resize(from.size() < to.capacity() ? from.size() : to.capacity());
  return to;
}

// "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80", a path, "@name" of an abstract one; empty for an unnamed one.
template <class Endpoint>
std::string text_of(const Endpoint& at) {
  const int family = at.size() == 0 ? AF_UNSPEC : at.data()->sa_family;
  if (family == AF_INET || family == AF_INET6) {
    const auto ip = endpoint_as<net::ip::tcp::endpoint>(at);
    const std::string host = ip.address().to_string();
    const std::string port = ':' + std::to_string(ip.port());
    return family == AF_INET ? host + port : '[' + host + ']' + port;
  }
  if (family != AF_UNIX) return {};
  std::string path = endpoint_as<net::local::stream_protocol::endpoint>(at).path();
  if (!path.empty() && path[0] == 0) path[0] = '@';
  return path;
}

}  // namespace detail
}}}  // namespace penstock::v0::asio
