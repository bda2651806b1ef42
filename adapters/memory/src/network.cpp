// SPDX-License-Identifier: BSL-1.0
// Looking up.
#include <penstock/memory/network.hpp>

#include <penstock/memory/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace memory {

std::vector<std::string> network::resolve(std::string_view name) const {
  const auto known = names_.find(name);
  return known != names_.end() ? known->second : std::vector<std::string>(1, std::string(name));
}

const way_to_host& network::way(std::string_view host) const {
  static const way_to_host plain;
  const auto known = ways_.find(host);
  return known != ways_.end() ? known->second : plain;
}

bool network::add(detail::named_server& server, std::string_view host, std::uint16_t& port) {
  if (port == 0) port = ++last_port_;
  return servers_.emplace(place(host, port), &server).second;
}

void network::remove(detail::named_server& server) noexcept {
  std::erase_if(servers_, [&](const auto& one) { return one.second == &server; });
}

detail::named_server* network::listening(std::string_view host, std::uint16_t port) const noexcept {
  for (const auto& [at, server] : servers_)
    if (at.second == port && (at.first == host || at.first.empty())) return server;
  return nullptr;
}

}}}  // namespace penstock::v0::memory
