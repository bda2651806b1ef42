// SPDX-License-Identifier: BSL-1.0
// What open_connection, start_server and their Unix twins take, in asyncio's order and then ours, and what they refuse
// of it: alike on every loop (R98-R105).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <penstock/connect_race.hpp>
#include <penstock/coro/checked_options.hpp>
#include <penstock/coro/names.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/filter.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

// For loops that look names up in one way alone: nothing but null is a pointer to one.
class no_resolver;

// Views are copied before the function returns; what is pointed at outlives the connection. `Resolver` is the
// loop's own kind.
template <class Resolver>
struct tcp_connection_options {
  std::string_view host = {};
  port_name port = {};
  std::size_t limit = 64 * 1024;
  const filter* ssl = nullptr;
  int family = 0;  // AF_UNSPEC
  int proto = 0;
  int flags = 0;              // of getaddrinfo
  int sock = -1;              // a connected stream socket to take over, instead of host and port;
                              // it is closed where the task fails, and the caller's where the call throws
  host_port local_addr = {};  // where to connect from: {"127.0.0.2", 5000}
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
  Resolver* names = nullptr;  // null: the loop's usual one
};

// Views are copied before the function returns; what is pointed at outlives the connection.
struct unix_connection_options {
  std::string_view path = {};  // one that begins with a zero byte is abstract
  std::size_t limit = 64 * 1024;
  const filter* ssl = nullptr;
  int sock = -1;                                         // a connected socket to take over, instead of path
  std::optional<std::string_view> server_hostname = {};  // must be set with ssl, perhaps empty
  std::optional<duration> ssl_handshake_timeout = {};    // the filter's own, unless set
  std::optional<duration> ssl_shutdown_timeout = {};
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
};

// Views are copied before the function returns; what is pointed at outlives the server and its connections.
template <class Resolver>
struct tcp_server_options {
  host_names host = {};  // none: all interfaces; a list without a name is refused
  port_name port = {};   // 0: any, the same for all addresses
  std::size_t limit = 64 * 1024;
  int family = 0;  // AF_UNSPEC
  int flags = 1;   // AI_PASSIVE
  int sock = -1;   // a bound stream socket to take over, instead of host and port; closed where the task fails
  int backlog = 100;
  const filter* ssl = nullptr;
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
  Resolver* names = nullptr;            // null: the loop's usual one
};

// Views are copied before the function returns; what is pointed at outlives the server and its connections.
struct unix_server_options {
  std::string_view path = {};  // one that begins with a zero byte is abstract
  std::size_t limit = 64 * 1024;
  int sock = -1;  // a bound socket to take over, instead of path
  int backlog = 100;
  const filter* ssl = nullptr;
  std::optional<duration> ssl_handshake_timeout = {};  // the filter's own, unless set
  std::optional<duration> ssl_shutdown_timeout = {};
  bool start_serving = true;
  bool cleanup_socket = true;              // removes the file in the end, if we made it (R106)
  std::optional<std::uint32_t> mode = {};  // the file's permissions, e.g. 0600; the process's umask decides otherwise
  std::optional<std::size_t> max_connections = {};  // open ones; further clients wait in the backlog (R109)
  std::size_t max_handshakes = 1024;                // under way; further clients wait in the backlog (R6)
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
  server_observer* observer = nullptr;  // its failed() is the server's error handler
};

static_assert(std::is_trivially_destructible_v<tcp_connection_options<no_resolver>>);
static_assert(std::is_trivially_destructible_v<unix_connection_options>);
static_assert(std::is_trivially_destructible_v<tcp_server_options<no_resolver>>);
static_assert(std::is_trivially_destructible_v<unix_server_options>);

namespace detail {

// TCP's unit, rounded up: 0 would be the system's default.
inline int milliseconds_of_user_timeout(duration d) noexcept {
  constexpr std::int64_t millisecond = 1'000'000;
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  const std::int64_t whole = d.count() / millisecond + (d.count() % millisecond != 0 ? 1 : 0);
  return static_cast<int>(whole < most ? whole : most);
}

// Copies of what a client's options only point at.
struct connecting_texts {
  std::string host;
  std::string port;
  std::string local_host;
  std::string local_port;
  std::string server_hostname;

  template <class Resolver>
  static connecting_texts of(const tcp_connection_options<Resolver>& options) {
    return {std::string(options.host), options.port.text(), std::string(options.local_addr.host),
            options.local_addr.port.text(), std::string(options.server_hostname.value_or(options.host))};
  }
};

// The same of a server's; all interfaces are one empty name.
inline std::vector<std::string> copies_of(const host_names& names) {
  std::vector<std::string> hosts;
  for (std::size_t i = 0; i != names.size(); ++i) hosts.emplace_back(names[i]);
  if (hosts.empty()) hosts.emplace_back();
  return hosts;
}

// What `bind_each` binds: all addresses of a server. Where the port that was chosen for the first is somebody's on a
// later one it is asked again, for another; a port that was wanted is not.
template <class BindEach>
auto bound_on_one_port(bool chosen, BindEach bind_each) {
  for (int rounds_left = 16;; --rounds_left) {
    try {
      return bind_each();
    } catch (const std::system_error& e) {
      if (!chosen || rounds_left == 1 || e.code() != std::errc::address_in_use) throw;
    }
  }
}

// A C string would end at a zero byte: another name than the one that was checked.
inline void check_name(std::string_view name) {
  refuse_if(name.find('\0') != std::string_view::npos, "a host's or service's name has no zero byte inside");
}

// Of a TCP client; throws std::invalid_argument, as the following do.
template <class Resolver>
void check_connection(const tcp_connection_options<Resolver>& options) {
  static_cast<void>(streams_of(options, false));
  check_hostname(options, !options.host.empty(),
                 "You must set server_hostname when using ssl without a host: to the name in the certificate");
  check_times(options);
  check_one_way(!options.host.empty() || options.port.given(), options.sock >= 0,
                "host/port and sock can not be specified at the same time: leave one of them out",
                "host and port was not specified and no sock specified: set host and port, or sock");
  refuse_if(options.port.out_of_range() || options.local_addr.port.out_of_range(), "a port must be 0-65535");
  check_name(options.host);
  check_name(options.local_addr.host);
  check_name(options.port.service());
  check_name(options.local_addr.port.service());
  refuse_if(options.happy_eyeballs_delay < duration(), "happy_eyeballs_delay must not be negative");
  refuse_if(options.connect_timeout <= duration(), "connect_timeout must be above 0; leave it out for none");
  refuse_if(options.user_timeout <= duration(), "user_timeout must be above 0; leave it out for none");
  check_filter(options, false, options.server_hostname.value_or(options.host));
}

// A path, or a socket that is there already.
inline void check_path(std::string_view path, bool path_fits, int sock) {
  check_one_way(!path.empty(), sock >= 0, "path and sock can not be specified at the same time: leave one of them out",
                "no path and sock were specified: set one of them");
  refuse_if(sock < 0 && !path_fits, "the path is too long for a Unix socket, or has a zero byte inside");
}

inline void check_connection(const unix_connection_options& options, bool path_fits) {
  static_cast<void>(streams_of(options, false));
  check_hostname(options, false, "you have to pass server_hostname when using ssl: the name in the certificate, or ''");
  check_times(options);
  check_path(options.path, path_fits, options.sock);
  check_filter(options, false, options.server_hostname.value_or(""));
}

template <class Options>
void check_any_server(const Options& options) {
  static_cast<void>(streams_of(options, true));
  check_times(options);
  check_filter(options, true);
  static_cast<void>(serving_of(options));
}

// Of a TCP server.
template <class Resolver>
void check_server(const tcp_server_options<Resolver>& options) {
  check_any_server(options);
  refuse_if(options.host.empty_list(), "host is a list without a name: leave it out for all interfaces");
  check_one_way(options.host.size() != 0 || options.port.given(), options.sock >= 0,
                "host/port and sock can not be specified at the same time: leave one of them out",
                "Neither host/port nor sock were specified: set port (0 for any), or sock");
  refuse_if(options.port.out_of_range(), "a port must be 0-65535");
  check_name(options.port.service());
  for (std::size_t i = 0; i != options.host.size(); ++i) check_name(options.host[i]);
  refuse_if(options.user_timeout <= duration(), "user_timeout must be above 0; leave it out for none");
}

inline void check_server(const unix_server_options& options, bool path_fits) {
  check_any_server(options);
  check_path(options.path, path_fits, options.sock);
  refuse_if(options.mode && *options.mode > 07777, "mode must be permissions: 0 to 07777");
  refuse_if(options.mode && (options.sock >= 0 || options.path[0] == 0),
            "mode is only meaningful for a path that makes a file");
}

}  // namespace detail
}}  // namespace penstock::v0
