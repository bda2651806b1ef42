// SPDX-License-Identifier: BSL-1.0
// A loop's virtual network: what names mean, who listens where, and how long the ways are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/memory/fault_plan.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace memory {

namespace detail {
class named_server;
}

// What happens to attempts to connect to a host, and to what is sent then.
struct way_to_host {
  duration connect_delay = {};   // until an attempt's outcome
  bool drops = false;            // attempts are never answered
  std::error_code refuses = {};  // unless success: attempts fail with it
  fault_plan to_server = {};
  fault_plan to_client = {};
};

// One a loop. Any text is a host; one that was given hosts is a name for them. Services are those that were set.
class PENSTOCK_API network {
 public:
  network() = default;
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  void set_hosts(std::string name, std::vector<std::string> hosts) { names_[std::move(name)] = std::move(hosts); }
  void set_service(std::string name, std::uint16_t port) { services_[std::move(name)] = port; }
  // A path is a host of its own.
  void set_way(std::string host, const way_to_host& way) { ways_[std::move(host)] = way; }

  // --- for connecting and serving ------------------------------------------------------------

  // A host, all of them if it is empty, and its port; or a path.
  using place = std::pair<std::string, int>;
  static constexpr int of_a_path = -1;
  static std::string text(const place& at);

  // Throws std::system_error where the host or the service is none.
  std::vector<place> resolve(std::string_view host, std::string_view service) const;
  const way_to_host& way(std::string_view host) const;
  // False: somebody listens there.
  bool add(detail::named_server& server, const place& at);
  void remove(detail::named_server& server) noexcept;
  detail::named_server* listening(const place& at) const noexcept;
  std::uint16_t free_port() noexcept { return ++last_port_; }
  std::uint64_t next_client() noexcept { return ++clients_; }
  // For what has a descriptor elsewhere.
  int next_number() noexcept { return ++numbers_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> names_;
  std::map<std::string, std::uint16_t, std::less<>> services_;
  std::map<std::string, way_to_host, std::less<>> ways_;
  std::map<place, detail::named_server*> servers_;
  std::uint16_t last_port_ = 49151;
  std::uint64_t clients_ = 0;
  int numbers_ = 0;
};

}}}  // namespace penstock::v0::memory
