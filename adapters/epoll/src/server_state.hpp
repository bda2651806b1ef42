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

#include "served_transport.hpp"
#include "socket_options.hpp"

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

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

  // --- for the connections -------------------------------------------------------------------

  task<> handle(stream& s) { return handler_(stream_reader(s), stream_writer(s)); }
  void report(std::exception_ptr error) noexcept { loop_.unhandled(std::move(error)); }
  void add(served_transport&) noexcept;
  void remove(served_transport&) noexcept;

  static task<> until_closed(std::shared_ptr<server_state> self, bool clients_too);
  static task<> serve_forever(std::shared_ptr<server_state> self);

 private:
  std::shared_ptr<void> accepted(int fd, const address& peer);

  event_loop& loop_;
  connection_handler handler_;
  stream_options options_;
  int backlog_;
  notification changed_;
  std::vector<descriptor> bound_;
  std::vector<std::unique_ptr<listener>> listeners_;
  list<served_transport> clients_;
  std::size_t count_ = 0;
  std::string path_;  // of the file that we made
  dev_t device_ = 0;
  ino_t file_ = 0;
  bool closed_ = false;
  bool forever_ = false;
};

}}}}  // namespace penstock::v0::epoll::detail
