// SPDX-License-Identifier: BSL-1.0
// A resolver's answer, or an exception; numeric addresses ask nobody (R100). Queries are named before they are
// awaited with: g++ 12 destroys an aggregate temporary in a co_await expression twice.
#pragma once

#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/coro/names.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/resolver.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

inline task<std::vector<address>> resolve_all(resolver& names, resolve_query query) {
  const std::int64_t port = query.service.empty() ? 0 : port_name(query.service).number();
  if (port >= 0 && port <= 65535) {
    const std::optional<address> known = address::numeric(query.host, static_cast<std::uint16_t>(port));
    if (known && (query.family == AF_UNSPEC || query.family == known->family())) {
      std::vector<address> one;
      one.push_back(*known);
      co_return one;
    }
  }
  const std::string asked = query.host + ':' + query.service;
  resolve_answer answer = co_await names.resolve(std::move(query));
  if (answer.error) throw std::system_error(answer.error, "resolving " + asked);
  if (answer.addresses.empty())
    throw std::system_error(std::make_error_code(std::errc::address_not_available),
                            "resolving " + asked + " gave nothing");
  co_return std::move(answer.addresses);
}

}}}  // namespace penstock::v0::epoll
