// SPDX-License-Identifier: BSL-1.0
// Looking up.
#include <penstock/memory/network.hpp>

#include <system_error>

#include <penstock/coro/names.hpp>
#include <penstock/memory/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace memory {

std::string network::text(const place& at) {
  return at.second == of_a_path ? at.first : at.first + ':' + std::to_string(at.second);
}

std::vector<network::place> network::resolve(std::string_view host, std::string_view service) const {
  const auto known_port = services_.find(service);
  const int port = known_port != services_.end() ? known_port->second
                   : service.empty()             ? 0
                                                 : port_name(service).number();
  const auto known = names_.find(host);
  std::vector<place> found;
  if (port >= 0 && known == names_.end()) found.emplace_back(host, port);
  if (port >= 0 && known != names_.end())
    for (const std::string& one : known->second) found.emplace_back(one, port);
  if (!found.empty()) return found;
  throw std::system_error(std::make_error_code(std::errc::address_not_available),
                          "resolving " + std::string(host) + ':' + std::string(service) + " gave nothing");
}

const way_to_host& network::way(std::string_view host) const {
  static const way_to_host plain;
  const auto known = ways_.find(host);
  return known != ways_.end() ? known->second : plain;
}

bool network::add(detail::named_server& server, const place& at) {
  for (const auto& [its, other] : servers_)
    if (its.second == at.second && (its.first == at.first || its.first.empty() || at.first.empty())) return false;
  return servers_.emplace(at, &server).second;
}

void network::remove(detail::named_server& server) noexcept {
  std::erase_if(servers_, [&](const auto& one) { return one.second == &server; });
}

detail::named_server* network::listening(const place& at) const noexcept {
  for (const auto& [its, server] : servers_)
    if (its.second == at.second && (its.first == at.first || its.first.empty())) return server;
  return nullptr;
}

}}}  // namespace penstock::v0::memory
