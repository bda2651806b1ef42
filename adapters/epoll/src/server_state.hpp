// SPDX-License-Identifier: BSL-1.0
// What a server's handle, its listeners and its connections share.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <penstock/coro/list.hpp>
#include <penstock/coro/notification.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/epoll/listener.hpp>
#include <penstock/epoll/server.hpp>

#include "socket_options.hpp"

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

// A connection under way, in its handler's frame.
struct client : list_hook<client> {
  explicit client(stream& s) noexcept : of(s) {}
  stream& of;
};

class server_state : public std::enable_shared_from_this<server_state> {
 public:
  server_state(event_loop& loop, connection_handler handler, const stream_options& options, int backlog)
      : loop_(loop), handler_(std::move(handler)), options_(options), backlog_(backlog), changed_(loop) {}
  ~server_state() { close(); }

  void own(descriptor bound) { bound_.push_back(std::move(bound)); }
  void remove_file_at_the_end(std::string path);

  void start();
  void close() noexcept;
  bool closed() const noexcept { return closed_; }
  bool serving() const noexcept { return !listeners_.empty() && !closed_; }
  std::vector<int> sockets() const;
  std::uint16_t port() const noexcept;
  std::size_t connections() const noexcept { return count_; }
  void close_clients() noexcept;
  void abort_clients() noexcept;

  static task<> until_closed(std::shared_ptr<server_state> self, bool clients_too);
  static task<> serve_forever(std::shared_ptr<server_state> self);

 private:
  static penstock::detail::detached serve(scheduler& loop, std::shared_ptr<server_state> self, stream& s);
  std::shared_ptr<void> accepted(int fd, const address& peer);

  event_loop& loop_;
  connection_handler handler_;
  stream_options options_;
  int backlog_;
  notification changed_;
  std::vector<descriptor> bound_;
  std::vector<std::unique_ptr<listener>> listeners_;
  list<client> clients_;
  std::size_t count_ = 0;
  std::string path_;  // of the file that we made
  dev_t device_ = 0;
  ino_t file_ = 0;
  bool closed_ = false;
  bool forever_ = false;
};

}}}}  // namespace penstock::v0::epoll::detail
