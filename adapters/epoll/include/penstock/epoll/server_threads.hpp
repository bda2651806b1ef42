// SPDX-License-Identifier: BSL-1.0
// Several cores: a loop a thread, and in each a server on the same port.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/counters.hpp>
#include <penstock/epoll/server.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// The kernel spreads clients over the servers (SO_REUSEPORT, which is set here); a connection stays in
// its thread. Each thread has a copy of the handler, made before it starts: what the copies share is the
// application's to guard, an observer and a resolver included. max_connections counts a thread's.
// Signals are blocked in the threads. For one thread at a time, which is none of the serving ones.
class PENSTOCK_API server_threads {
 public:
  // Returns when all of them serve. Throws what start_server throws, std::system_error for threads; then
  // none is left; std::invalid_argument also for a start_serving of false, which nobody could make up for. `threads` of
  // 0: as many as the machine has cores. A `sock` of the options serves one.
  server_threads(const connection_handler& handler, const server_options& options, unsigned threads = 0);
  server_threads(const server_threads&) = delete;
  server_threads& operator=(const server_threads&) = delete;
  ~server_threads();  // shutdown without grace

  std::uint16_t port() const noexcept { return port_; }
  unsigned threads() const noexcept;
  // The sum over all loops. Asks each one, and waits for the answer; after shutdown: what they had then.
  penstock::counters counters();
  // server::shutdown in each of them at once, then their threads end. Again: nothing.
  void shutdown(duration grace);

 private:
  class one;
  std::vector<std::unique_ptr<one>> all_;
  std::uint16_t port_ = 0;
};

}}}  // namespace penstock::v0::epoll
