// SPDX-License-Identifier: BSL-1.0
// start_server and start_unix_server, and the server they make (R102-R116).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/epoll/event_loop.hpp>
#include <penstock/epoll/names.hpp>
#include <penstock/epoll/resolver.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Views are copied before the function returns.
struct server_options {
  host_names host = {};  // none: all interfaces
  port_name port = {};   // 0: any, the same for all addresses
  std::size_t limit = 64 * 1024;
  int family = AF_UNSPEC;
  int flags = 1;  // AI_PASSIVE
  int sock = -1;  // a bound stream socket to take over, instead of host and port
  int backlog = 100;
  bool reuse_address = true;
  bool reuse_port = false;
  bool keep_alive = false;
  bool start_serving = true;
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
  resolver* names = nullptr;  // null: system_resolver()
};
static_assert(std::is_trivially_destructible_v<server_options>);

struct unix_server_options {
  std::string_view path = {};  // one that begins with a zero byte is abstract
  std::size_t limit = 64 * 1024;
  int sock = -1;
  int backlog = 100;
  bool start_serving = true;
  bool cleanup_socket = true;  // removes the file in the end, if we made it (R106)
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
};
static_assert(std::is_trivially_destructible_v<unix_server_options>);

using connection_handler = std::function<task<>(stream_reader, stream_writer)>;

namespace detail {
class server_state;
}

// A handle, move-only. Destroying it closes the listening sockets; connections live on (R113).
class PENSTOCK_API server {
 public:
  explicit server(std::shared_ptr<detail::server_state> state) noexcept : state_(std::move(state)) {}
  server(server&&) noexcept = default;
  server& operator=(server&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~server();

  std::vector<int> sockets() const;    // descriptors; none once closed (R110)
  std::uint16_t port() const noexcept; // of the first socket; 0 for a Unix one or once closed
  bool is_serving() const noexcept;
  std::size_t connections() const noexcept;  // open ones

  // Listens and accepts; again: nothing. std::logic_error once closed, std::system_error (R111).
  void start_serving();
  // Serves until close() is called, here or elsewhere. Giving it up closes the server (R112).
  task<> serve_forever();
  // Idempotent; accepted connections live on (R113).
  void close() noexcept;
  // Until it is closed and no connection is left (R114).
  task<> wait_closed();
  void close_clients() noexcept;  // close() on every connection (R115)
  void abort_clients() noexcept;

 private:
  std::shared_ptr<detail::server_state> state_;
};

// Each connection's handler runs as a task of the loop. When it has ended, in whatever way, the
// connection is closed as close() does, handles that it gave away included; an exception goes to
// the loop's unhandled() (R47, R48). Throws as R102 says.
PENSTOCK_API task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options);
PENSTOCK_API task<server> start_unix_server(event_loop& loop, connection_handler handler,
                                            const unix_server_options& options);
// In the loop that runs the task.
PENSTOCK_API task<server> start_server(connection_handler handler, const server_options& options);
PENSTOCK_API task<server> start_unix_server(connection_handler handler, const unix_server_options& options);

}}}  // namespace penstock::v0::epoll
