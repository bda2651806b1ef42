// SPDX-License-Identifier: BSL-1.0
// What options take for a port and for hosts. Trivially destructible: whoever takes them copies.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace penstock { inline namespace v0 {

// A number, a service's name, or none. A number that is no port is not none: it is refused by who takes it.
class port_name {
 public:
  constexpr port_name() = default;
  template <std::integral I>
  constexpr port_name(I number) noexcept  // NOLINT: implicit on purpose
      : number_(std::in_range<std::uint16_t>(number) ? static_cast<std::int32_t>(number) : no_port) {}
  constexpr port_name(const char* service) noexcept : service_(service) {}       // NOLINT
  constexpr port_name(std::string_view service) noexcept : service_(service) {}  // NOLINT
  port_name(const std::string& service) noexcept : service_(service) {}          // NOLINT

  constexpr bool given() const noexcept { return number_ != none || !service_.empty(); }
  // Also where the number was given as text.
  constexpr bool out_of_range() const noexcept { return number_ == no_port || number() > most; }
  constexpr std::string_view service() const noexcept { return service_; }  // as it was given; empty: a number or none
  // What getaddrinfo takes.
  std::string text() const { return number_ >= 0 ? std::to_string(number_) : std::string(service_); }
  // The number, also where it was given as text, of however many digits; -1 for a name or none.
  constexpr std::int32_t number() const noexcept {
    if (service_.empty()) return number_;
    std::int32_t sum = 0;
    for (const char c : service_) {
      if (c < '0' || c > '9') return none;
      sum = 10 * sum + (c - '0');
      if (sum > most) sum = most + 1;  // getaddrinfo would take it for another one
    }
    return sum;
  }

 private:
  static constexpr std::int32_t most = 65535;
  static constexpr std::int32_t none = -1;
  static constexpr std::int32_t no_port = -2;  // a number that none can have
  std::int32_t number_ = none;
  std::string_view service_;
};

// An address, as asyncio's (host, port).
struct host_port {
  std::string_view host = {};
  port_name port = {};
};

// One name, a span of them, or none: all interfaces. A span without a name is none of these: it is refused by who
// takes it.
class host_names {
 public:
  constexpr host_names() = default;
  constexpr host_names(const char* host) noexcept : one_(host), count_(1) {}       // NOLINT
  constexpr host_names(std::string_view host) noexcept : one_(host), count_(1) {}  // NOLINT
  host_names(const std::string& host) noexcept : one_(host), count_(1) {}          // NOLINT
  constexpr host_names(std::span<const std::string_view> hosts) noexcept           // NOLINT
      : several_(hosts.data()), count_(hosts.size()), empty_list_(hosts.empty()) {}
  // An array or a vector of views.
  template <class Hosts>
    requires(std::convertible_to<const Hosts&, std::span<const std::string_view>> &&
             !std::convertible_to<const Hosts&, std::string_view>)
  constexpr host_names(const Hosts& hosts) noexcept : host_names(std::span<const std::string_view>(hosts)) {}  // NOLINT

  constexpr std::size_t size() const noexcept { return count_; }
  constexpr bool empty_list() const noexcept { return empty_list_; }
  constexpr std::string_view operator[](std::size_t i) const noexcept {
    return several_ == nullptr ? one_ : several_[i];
  }

 private:
  std::string_view one_;
  const std::string_view* several_ = nullptr;
  std::size_t count_ = 0;
  bool empty_list_ = false;
};

}}  // namespace penstock::v0
