// SPDX-License-Identifier: BSL-1.0
// A server's sockets: bound, listening, starving, closed.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/asio/endpoints.hpp>
#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/event_loop.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/socket_file.hpp>
#include <penstock/asio/sockets.hpp>
#include <penstock/asio/stream_transport.hpp>
#include <penstock/coro/accept_errors.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/served.hpp>
#include <penstock/coro/server_state.hpp>
#include <penstock/coro/timer_heap.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

using any_acceptor = net::basic_socket_acceptor<any_protocol>;

class socket_server final : public penstock::detail::server_state {
 public:
  socket_server(executor_loop& loop, connection_handler handler, const stream_options& streams,
                const serving_options& serving, int backlog)
      : server_state(loop, std::move(handler), streams, serving), use_(loop), backlog_(backlog) {}

  void own(any_acceptor bound) { listeners_.push_back(std::make_shared<listener>(*this, std::move(bound))); }
  void remove_at_the_end(std::string path) { file_.emplace(std::move(path)); }
  bool has_sockets() const noexcept { return !listeners_.empty(); }

  std::vector<int> sockets() const override {
    std::vector<int> fds;
    for (const auto& one : listeners_) fds.push_back(one->socket().native_handle());
    return fds;
  }
  std::uint16_t port() const noexcept override {
    if (listeners_.empty()) return 0;
    boost::system::error_code ec;
    const any_endpoint at = listeners_.front()->socket().local_endpoint(ec);
    const int family = ec ? AF_UNSPEC : at.protocol().family();
    return family == AF_INET || family == AF_INET6 ? endpoint_as<net::ip::tcp::endpoint>(at).port() : std::uint16_t{0};
  }

 private:
  // One listening socket. Out of descriptors or memory (R107 as mended), or where accepting is forbidden, it stops:
  // the waiting clients stay in the backlog, and as long as there are any one accept is tried every 100 ms (I-34).
  class listener final : public std::enable_shared_from_this<listener>, private runnable, private timer {
   public:
    listener(socket_server& of, any_acceptor socket)
        : runnable([](runnable& r) { static_cast<listener&>(r).accept_some(); }),
          timer([](timer& t) { static_cast<listener&>(t).look(); }),
          of_(of),
          socket_(std::move(socket)) {
      boost::system::error_code ec;
      socket_.non_blocking(true, ec);
      if (ec) throw std::system_error(to_std(ec), "taking a socket over");
      // Else Asio waits for the next client where one has gone, and with it all that its thread runs.
      socket_.set_option(net::socket_base::enable_connection_aborted(true), ec);
    }

    any_acceptor& socket() noexcept { return socket_; }
    void look() noexcept {
      if (!runnable::linked()) of_.use_->schedule(*this);
    }
    void close() noexcept {
      boost::system::error_code ec;
      socket_.close(ec);
      runnable::unlink();
      timer::disarm();
    }

   private:
    using accept_error = penstock::detail::accept_error;

    void wait() {
      if (std::exchange(waits_, true)) return;
      const auto ready = [weak = this->weak_from_this()](const boost::system::error_code& ec) {
        const std::shared_ptr<listener> self = weak.lock();
        if (!self) return;
        self->waits_ = false;
        if (!ec && self->socket_.is_open()) self->look();
      };
      socket_.async_wait(any_acceptor::wait_read, net::bind_executor(of_.use_->executor(), ready));
    }
    // Asks the system without waiting, for the socket is non-blocking.
    bool client_waits() {
      boost::system::error_code ec;
      socket_.wait(any_acceptor::wait_read, ec);
      return ec != net::error::would_block && ec != net::error::try_again;
    }
    void accept_some() {
      const std::shared_ptr<listener> alive = this->shared_from_this();
      const held<server_state> server(of_);
      const bool was_starving = std::exchange(starving_, false);
      for (unsigned n = 0; n != (was_starving ? 1 : penstock::detail::accepts_a_turn); ++n) {
        if (!of_.accepting() || !socket_.is_open()) return;
        any_socket client(of_.use_->executor());
        boost::system::error_code ec;
        socket_.accept(client, ec);
        if (!ec) {
          of_.accepted(std::move(client));
          continue;
        }
        if (ec == net::error::would_block || ec == net::error::try_again) return wait();
        switch (penstock::detail::kind_of_accept_error(ec.value())) {
          case accept_error::of_a_client: break;
          case accept_error::of_the_socket: return of_.accept_failed(to_std(ec));
          // accept needs a descriptor before it looks for a client: who is just full lacks nothing.
          case accept_error::lasting: return client_waits() ? starve(to_std(ec)) : wait();
        }
      }
      look();
    }
    void starve(std::error_code why) {
      starving_ = true;
      const time_point now = of_.use_->now();
      of_.use_->arm(*this, now + penstock::detail::accept_again_after);
      if (reports_.due(now)) of_.accept_failed(why);
    }

    socket_server& of_;
    any_acceptor socket_;
    bool waits_ = false;
    bool starving_ = false;
    penstock::detail::accept_reports reports_;
  };

  ~socket_server() override { close(); }
  void listen() override {
    for (const auto& one : listeners_) {
      boost::system::error_code ec;
      one->socket().listen(backlog_, ec);
      if (ec) throw std::system_error(to_std(ec), "listen");
    }
    for (const auto& one : listeners_) one->look();
  }
  void accepting_changed() noexcept override {
    if (accepting())
      for (const auto& one : listeners_) one->look();
  }
  void stop_listening() noexcept override {
    for (const auto& one : listeners_) one->close();
    listeners_.clear();
    file_.reset();
  }
  void accepted(any_socket client) noexcept {
    const held<server_state> self(*this);
    try {
      auto* const made =
          new penstock::detail::served<asio_transport<any_socket>>(self, *use_, std::move(client), streams());
      made->begin();
    } catch (...) {
      refused();
    }
  }

  loop_use use_;
  int backlog_;
  std::vector<std::shared_ptr<listener>> listeners_;
  std::optional<made_file> file_;
};

}}}}  // namespace penstock::v0::asio::detail
