// SPDX-License-Identifier: BSL-1.0
// Names to addresses by Asio's resolver; numeric addresses ask nobody (R100).
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <netdb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include <penstock/asio/endpoints.hpp>
#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/on_use.hpp>
#include <penstock/asio/sockets.hpp>
#include <penstock/asio/use_task.hpp>
#include <penstock/coro/names.hpp>
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

struct name_query {
  std::string host;     // empty: none given
  std::string service;  // a number or a name; empty: none given
  int family = AF_UNSPEC;
  int flags = 0;  // of getaddrinfo
};

inline std::optional<any_endpoint> numeric_endpoint(const name_query& query) {
  const std::int64_t port = query.service.empty() ? 0 : port_name(query.service).number();
  if (port < 0 || port > 65535) return std::nullopt;
  boost::system::error_code ec;
  const auto host = net::ip::make_address(query.host, ec);
  if (ec || (host.is_v6() && host.to_v6().scope_id() != 0)) return std::nullopt;
  const net::ip::tcp::endpoint at(host, static_cast<std::uint16_t>(port));
  if (query.family != AF_UNSPEC && query.family != at.protocol().family()) return std::nullopt;
  return any_endpoint(at);
}

template <class = on_use>
task<std::vector<any_endpoint>> resolve_all(executor_loop& loop, name_query query) {
  std::vector<any_endpoint> found;
  if (const std::optional<any_endpoint> known = numeric_endpoint(query)) {
    found.push_back(*known);
    co_return found;
  }
  using flags = net::ip::resolver_base::flags;
  net::ip::tcp::resolver names(loop.executor());
  const auto wanted = static_cast<flags>(query.flags);
  const auto token = net::as_tuple(use_task);
  std::tuple<boost::system::error_code, net::ip::tcp::resolver::results_type> answer;
  if (query.family == AF_UNSPEC) {
    answer = co_await names.async_resolve(query.host, query.service, wanted, token);
  } else {
    const auto protocol = query.family == AF_INET6 ? net::ip::tcp::v6() : net::ip::tcp::v4();
    answer = co_await names.async_resolve(protocol, query.host, query.service, wanted, token);
  }
  const auto& [ec, results] = answer;
  const std::string asked = query.host + ':' + query.service;
  if (ec) throw std::system_error(to_std(ec), "resolving " + asked);
  for (const auto& one : results) found.emplace_back(one.endpoint());
  if (found.empty())
    throw std::system_error(std::make_error_code(std::errc::address_not_available),
                            "resolving " + asked + " gave nothing");
  co_return found;
}

// A path, or an abstract name where the first byte is 0. Nothing if it is empty or too long.
inline std::optional<any_endpoint> unix_endpoint(std::string_view path) {
  // A path keeps its final zero; an abstract name has none.
  constexpr std::size_t room = sizeof(sockaddr_un::sun_path);
  if (path.empty() || path.size() > room - (path[0] == 0 ? 0 : 1)) return std::nullopt;
  if (path[0] != 0 && path.find('\0') != path.npos) return std::nullopt;
  return any_endpoint(net::local::stream_protocol::endpoint(path));
}

}}}}  // namespace penstock::v0::asio::detail
