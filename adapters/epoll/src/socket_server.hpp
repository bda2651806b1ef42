// SPDX-License-Identifier: BSL-1.0
// A server's sockets: bound, listening, closed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <penstock/coro/server_state.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/event_loop.hpp>

#include "descriptor.hpp"
#include "listener.hpp"
#include "socket_file.hpp"

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

class socket_server final : public penstock::detail::server_state, private listener::owner {
 public:
  socket_server(event_loop& loop, connection_handler handler, const stream_options& streams,
                const serving_options& serving, int backlog)
      : server_state(loop, std::move(handler), streams, serving), loop_(loop), backlog_(backlog) {}

  void own(descriptor bound) { bound_.push_back(std::move(bound)); }
  void remove_at_the_end(std::string path) { file_.emplace(loop_.calls(), std::move(path)); }
  bool has_sockets() const noexcept { return !bound_.empty(); }

  std::vector<int> sockets() const override;
  std::uint16_t port() const noexcept override;

 private:
  ~socket_server() override { close(); }
  void listen() override;
  void accepting_changed() noexcept override;
  void stop_listening() noexcept override;
  held<server_state> accepted(int fd, const address& peer) noexcept override;
  void failed(std::error_code why) noexcept override { accept_failed(why); }

  event_loop& loop_;
  int backlog_;
  std::vector<descriptor> bound_;
  std::vector<std::unique_ptr<listener>> listeners_;
  std::optional<made_file> file_;
};

}}}}  // namespace penstock::v0::epoll::detail
