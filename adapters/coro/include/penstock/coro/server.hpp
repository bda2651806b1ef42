// SPDX-License-Identifier: BSL-1.0
// A server as its owner sees it, whatever it listens on (R102-R116).
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/counters.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/server_states.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

class scheduler;
class stream;

namespace detail {
class server_state;
}

// What went wrong on a server, once.
struct server_failure {
  std::string_view what;  // "accept", "setting up", "handshake", "handler"
  std::string peer;       // the client's address, empty where there is none
  std::exception_ptr error;
};

// A server's error handler, and who watches its connections come and go. Called in the loop's thread;
// may close the server, destroys nothing of it. Outlives the server and its connections.
class PENSTOCK_API server_observer {
 public:
  virtual ~server_observer() = default;
  virtual void accepted(const stream&) noexcept {}  // its handler begins: behind a filter's handshake
  virtual void closed(const stream&, const counters& its) noexcept { static_cast<void>(its); }  // by the transport
  // Unless overridden: the error goes to the loop's unhandled().
  virtual void failed(const server_failure&) noexcept;
};

// What every kind of server has among its options.
struct serving_options {
  std::optional<std::size_t> max_connections = {};  // open ones; further clients wait in the backlog (R109)
  std::size_t max_handshakes = 1024;                // of a filter, under way; further clients wait in the backlog (R6)
  server_observer* observer = nullptr;
};

// A handle, move-only. Destroying it closes the server; connections live on (R113). It may outlive its loop, whose
// end closes the server too. A wait whose limit is reached throws std::system_error: errc::timed_out or
// errc::canceled. A handle that was moved from answers as a closed one; contract: it is told nothing but
// close().
class [[nodiscard]] PENSTOCK_API server {
 public:
  explicit server(held<detail::server_state> state) noexcept;
  server(server&&) noexcept;
  server& operator=(server&& other) noexcept;  // closes the one that was here
  ~server();

  server_phase phase() const noexcept;
  bool is_serving() const noexcept;          // it listens: serving or paused
  std::size_t connections() const noexcept;  // open ones, those in a handshake included
  std::optional<std::size_t> max_connections() const noexcept;
  std::vector<int> sockets() const;      // descriptors, in memory a number for each address; none once closed (R110)
  std::uint16_t port() const noexcept;   // of the first address; 0 for a path or once closed
  scheduler& get_loop() const noexcept;  // R110; while the loop lives
  penstock::counters counters() const noexcept;  // O(open connections)

  // Listens and accepts; again: nothing. std::logic_error once closed, std::system_error (R111).
  void start_serving();
  // Serves until close() is called, here or elsewhere. Giving it up closes the server (R112).
  task<> serve_forever(wait_limit limit = {});
  // Clients wait in the backlog from here on; those that are served are not concerned.
  void pause_accepting() noexcept;
  void resume_accepting() noexcept;
  // Idempotent; accepted connections live on (R113).
  void close() noexcept;
  // Until it is closed and no connection is left (R114). Handlers are not waited for. Given up: nothing changes.
  task<> wait_closed(wait_limit limit = {});
  void close_clients() noexcept;  // close() on every connection (R115)
  void abort_clients() noexcept;
  // Closes it and its connections with a flush; what is open after `grace` is aborted. Always returns.
  // Handlers that ignore their connection's end go on. Given up: what it closed stays closed (R116).
  task<> shutdown(duration grace, wait_limit limit = {});

 private:
  held<detail::server_state> state_;
};

}}  // namespace penstock::v0
