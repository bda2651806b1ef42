// SPDX-License-Identifier: BSL-1.0
// start_server and start_unix_server, and the server they make (R102-R116).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/names.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/epoll/event_loop.hpp>
#include <penstock/epoll/resolver.hpp>
#include <penstock/filter.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

using penstock::connection_handler;

// Views are copied before the function returns; what is pointed at outlives the server and its connections.
struct server_options {
  host_names host = {};  // none: all interfaces
  port_name port = {};   // 0: any, the same for all addresses
  std::size_t limit = 64 * 1024;
  const filter* ssl = nullptr;
  int family = AF_UNSPEC;
  int flags = 1;  // AI_PASSIVE
  int sock = -1;  // a bound stream socket to take over, instead of host and port
  int backlog = 100;
  bool reuse_address = true;
  bool reuse_port = false;
  bool keep_alive = false;                             // SO_KEEPALIVE on each connection
  std::optional<duration> ssl_handshake_timeout = {};  // the filter's own, unless set
  std::optional<duration> ssl_shutdown_timeout = {};
  bool start_serving = true;
  std::optional<std::size_t> max_connections = {};  // open ones; further clients wait in the backlog (R109)
  std::size_t max_handshakes = 1024;                // under way; further clients wait in the backlog (R6)
  bool no_delay = true;                             // TCP_NODELAY (R69)
  duration user_timeout = deadlines::off;           // TCP_USER_TIMEOUT
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
  server_observer* observer = nullptr;  // its failed() is the server's error handler
  resolver* names = nullptr;            // null: system_resolver()
};
static_assert(std::is_trivially_destructible_v<server_options>);

using penstock::unix_server_options;

namespace detail {
class socket_server;
}

// A handle, move-only. Destroying it closes the listening sockets; connections live on (R113).
class PENSTOCK_API server : public penstock::server {
 public:
  explicit server(held<detail::socket_server> state) noexcept;

  std::vector<int> sockets() const;     // descriptors; none once closed (R110)
  std::uint16_t port() const noexcept;  // of the first socket; 0 for a Unix one or once closed

 private:
  detail::socket_server& sockets_state() const noexcept;
};

// Each connection's handler runs as a task of the loop. When it has ended, in whatever way, the
// connection is closed as close() does, handles that it gave away included; an exception goes to the
// observer's failed(), or the loop's unhandled() (R47, R48). Throws as R102 says; with a reason that
// the system has: std::system_error.
PENSTOCK_API task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options);
PENSTOCK_API task<server> start_unix_server(event_loop& loop, connection_handler handler,
                                            const unix_server_options& options);
// In the loop that runs the task.
PENSTOCK_API task<server> start_server(connection_handler handler, const server_options& options);
PENSTOCK_API task<server> start_unix_server(connection_handler handler, const unix_server_options& options);

}}}  // namespace penstock::v0::epoll
