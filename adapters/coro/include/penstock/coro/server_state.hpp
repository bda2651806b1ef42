// SPDX-License-Identifier: BSL-1.0
// What a server's handle, its listeners and its connections share: for those who write a listener.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/counters.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/list.hpp>
#include <penstock/coro/loop_user.hpp>
#include <penstock/coro/notification.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/stream.hpp>

namespace penstock { inline namespace v0 { namespace detail {

class served_client;

// Lives as long as the handle, a connection or a task of it holds it. A listener derives from it: it gives
// each client to served<transport>::begin while accepting() holds. The loop's end closes it, and its handlers end.
class PENSTOCK_API server_state : private loop_user {
 public:
  server_state(scheduler& loop, connection_handler handler, const stream_options& streams,
               const serving_options& serving);
  server_state(const server_state&) = delete;
  server_state& operator=(const server_state&) = delete;

  void hold() noexcept { ++holders_; }
  void let_go() noexcept {
    if (--holders_ == 0) delete this;
  }

  // --- for the handle ----------------------------------------------------------------------

  server_phase phase() const noexcept { return phase_; }
  std::size_t connections() const noexcept { return open_; }
  std::optional<std::size_t> max_connections() const noexcept {
    return most_open_ == ~std::size_t{0} ? std::nullopt : std::optional(most_open_);
  }
  scheduler& loop() const noexcept { return loop_; }
  bool has_observer() const noexcept { return observer_ != nullptr; }
  penstock::counters counters() const noexcept;
  void start_serving() { begin(server_call::start_serving); }
  void pause_accepting() noexcept { move(server_call::pause_accepting); }
  void resume_accepting() noexcept { move(server_call::resume_accepting); }
  void close() noexcept { move(server_call::close); }
  // Asked while it is not closed.
  virtual std::vector<int> sockets() const = 0;
  virtual std::uint16_t port() const noexcept = 0;  // of the first address; 0: a path
  void close_clients() noexcept;
  void abort_clients() noexcept;
  static task<> serve_forever(held<server_state> self);
  static task<> wait_closed(held<server_state> self);
  static task<> shutdown(held<server_state> self, duration grace);

  // --- for the listener --------------------------------------------------------------------

  // A level: another client may be given.
  bool accepting() const noexcept {
    return phase_ == server_phase::serving && open_ < most_open_ && handshakes_ < most_handshakes_;
  }
  const stream_options& streams() const noexcept { return streams_; }
  void report(std::string_view what, const stream* client, std::exception_ptr error) noexcept;
  // Without memory for its text std::bad_alloc is reported.
  void accept_failed(std::error_code why) noexcept;
  // A client that was accepted could not be set up and is closed; the current exception says why.
  void refused() noexcept;

  // --- for the connections -----------------------------------------------------------------

  // It counts from here on, whatever is around it: max_connections bounds sockets.
  void add(served_client& client) noexcept;
  task<> handle(served_client& client);
  void remove(served_client& client) noexcept;

 protected:
  // A listener's destructor calls close() first: stop_listening() is its own.
  virtual ~server_state();

  virtual void listen() = 0;                      // once; throws what went wrong, and may be called again then
  virtual void accepting_changed() noexcept = 0;  // accepting() is another; only while it listens
  virtual void stop_listening() noexcept = 0;     // perhaps without listen()

 private:
  class handshake;
  void announce(served_client& client) noexcept;
  task<> shake_hands_first(served_client& client);
  void begin(server_call call);
  void move(server_call call) noexcept;  // a call that no row names changes nothing
  void loop_ends() noexcept override;
  void loop_finishes() noexcept override;

  scheduler& loop_;
  connection_handler handler_;
  stream_options streams_;
  server_observer* observer_;
  std::size_t most_open_;
  std::size_t most_handshakes_;
  notification changed_;
  list<served_client> clients_;
  std::size_t open_ = 0;
  std::size_t handshakes_ = 0;  // under way
  penstock::counters past_;     // of connections that have closed, and accepted and refused
  std::size_t holders_ = 0;
  server_phase phase_ = server_phase::bound;
  bool forever_ = false;
};

}}}  // namespace penstock::v0::detail
