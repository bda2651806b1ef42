// SPDX-License-Identifier: BSL-1.0
// start_server on a virtual address of the loop's network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include <penstock/contract.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/filter.hpp>
#include <penstock/memory/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace memory {

// As of epoll::start_server, where a virtual network has it.
struct server_options {
  std::string_view host = {};    // none: all hosts
  std::optional<int> port = {};  // 0: any
  std::size_t limit = 64 * 1024;
  const filter* ssl = nullptr;
  int backlog = 100;  // further clients get no answer
  std::optional<duration> ssl_handshake_timeout = {};
  std::optional<duration> ssl_shutdown_timeout = {};
  bool start_serving = true;
  std::optional<std::size_t> max_connections = {};
  std::size_t max_handshakes = 1024;
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
  server_observer* observer = nullptr;
};
static_assert(std::is_trivially_destructible_v<server_options>);

namespace detail {
class named_server;
}

class PENSTOCK_API server : public penstock::server {
 public:
  explicit server(held<detail::named_server> state) noexcept;
  std::uint16_t port() const noexcept;  // 0 once closed
};

// As epoll::start_server; std::system_error with address_in_use where somebody has the address.
PENSTOCK_API task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options);
// In the loop that runs the task.
PENSTOCK_API task<server> start_server(connection_handler handler, const server_options& options);

}}}  // namespace penstock::v0::memory
