// SPDX-License-Identifier: BSL-1.0
// A server's connection: a socket and the handler that runs on it, in one object.
#pragma once

#include <exception>
#include <memory>

#include <penstock/coro/list.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/epoll/socket_transport.hpp>

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

class server_state;

// Holds itself until its handler has ended, in whatever way; then it is closed with a flush,
// handles that were given away included (R47).
class served_transport final : public socket_transport,
                               public list_hook<served_transport>,
                               private penstock::detail::completion {
 public:
  // Takes the descriptor over and runs the handler up to its first wait.
  static void begin(event_loop& loop, int fd, const address& peer, const stream_options& options,
                    std::shared_ptr<server_state> of);

 private:
  served_transport(event_loop& loop, int fd, const address& peer, const stream_options& options,
                   std::shared_ptr<server_state> of);
  bool work(time_point now) override;
  void on_closed() noexcept override;
  void drop() noexcept override;
  void start();
  void handler_ended() noexcept;

  std::shared_ptr<server_state> state_;
  task<> handler_;
  bool ended_ = false;
};

}}}}  // namespace penstock::v0::epoll::detail
