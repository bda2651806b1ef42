// SPDX-License-Identifier: BSL-1.0
// open_connection and open_unix_connection (R98-R101).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

#include <penstock/connect_race.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/connect_error.hpp>
#include <penstock/coro/names.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/epoll/event_loop.hpp>
#include <penstock/epoll/resolver.hpp>
#include <penstock/filter.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

using penstock::open_streams;

// Views are copied before the function returns; what is pointed at outlives the connection.
struct connection_options {
  std::string_view host = {};
  port_name port = {};
  std::size_t limit = 64 * 1024;
  const filter* ssl = nullptr;
  int family = AF_UNSPEC;
  int proto = 0;
  int flags = 0;                     // of getaddrinfo
  int sock = -1;                     // a connected stream socket to take over, instead of host and port;
                                     // it is closed where the task fails
  std::string_view local_host = {};  // local_addr: where to connect from
  port_name local_port = {};
  std::optional<std::string_view> server_hostname = {};  // host, unless set
  std::optional<duration> ssl_handshake_timeout = {};    // the filter's own, unless set
  std::optional<duration> ssl_shutdown_timeout = {};
  duration happy_eyeballs_delay = race_options::off;
  std::optional<std::size_t> interleave = {};
  bool all_errors = false;                       // connect_error::what() names every attempt's
  duration connect_timeout = race_options::off;  // for all attempts together
  bool no_delay = true;                          // TCP_NODELAY (R69)
  bool keep_alive = false;                       // SO_KEEPALIVE
  duration user_timeout = deadlines::off;        // TCP_USER_TIMEOUT: sent bytes may go unacknowledged for so long
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
  resolver* names = nullptr;  // null: system_resolver()
};
static_assert(std::is_trivially_destructible_v<connection_options>);

using penstock::unix_connection_options;

// Addresses are tried in order, or happy_eyeballs_delay apart (RFC 8305); the first that connects
// wins and no other stays open. Errors: std::invalid_argument for options that do not go together
// (R99), connect_error where no address could be connected to (R101), std::system_error for the rest,
// the resolver's with its own text. Cancelled or destroyed: everything is closed.
PENSTOCK_API task<open_streams> open_connection(event_loop& loop, const connection_options& options);
PENSTOCK_API task<open_streams> open_unix_connection(event_loop& loop, const unix_connection_options& options);
// In the loop that runs the task.
PENSTOCK_API task<open_streams> open_connection(const connection_options& options);
PENSTOCK_API task<open_streams> open_unix_connection(const unix_connection_options& options);

}}}  // namespace penstock::v0::epoll
