// SPDX-License-Identifier: BSL-1.0
// Sockets on their way to addresses: attempts, their race, and the stream that comes of it.
#pragma once

#include <boost/asio/bind_executor.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/asio/endpoints.hpp>
#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/on_use.hpp>
#include <penstock/asio/resolve.hpp>
#include <penstock/asio/sockets.hpp>
#include <penstock/asio/stream_transport.hpp>
#include <penstock/coro/notification.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/racing.hpp>
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

// What all attempts of a call share; outlives them.
struct destination {
  executor_loop& loop;
  notification& changed;
  int protocol;                        // 0: the address's own
  std::span<const any_endpoint> from;  // local addresses: of the attempt's family the first that can be bound
};

// One address's; `penstock::detail::connecting` says what its functions do.
class attempt {
 public:
  attempt(const destination& way, const any_endpoint& to)
      : way_(way), to_(to), under_way_(std::make_shared<state>(way.changed, way.loop)) {}
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;
  ~attempt() { close(); }

  std::error_code start() {
    boost::system::error_code ec;
    any_socket& socket = under_way_->socket;
    const any_protocol usual = to_.protocol();
    socket.open(way_.protocol == 0 ? usual : any_protocol(usual.family(), way_.protocol), ec);
    if (!ec && !way_.from.empty()) ec = bind_one();
    if (ec) return to_std(ec);
    socket.async_connect(to_, net::bind_executor(way_.loop.executor(), [its = under_way_](error_code result) {
                           if (!its->waited_for) return;
                           its->reported = true;
                           its->outcome = result ? result : its->not_connected();
                           its->loop->inside([&] { its->changed.notify_all(); });
                         }));
    return {};
  }
  // Where to; where it could not be bound, also where from (R100).
  std::string text() const {
    if (unbound_ != nullptr) return text_of(to_) + " from " + text_of(*unbound_);
    const bool served = way_.from.empty() || std::ranges::any_of(way_.from, [this](const any_endpoint& own) {
                          return own.protocol().family() == to_.protocol().family();
                        });
    return text_of(to_) + (served ? "" : " from a local address, of which none has its family");
  }
  bool reported() const noexcept { return under_way_->reported; }
  std::error_code outcome() const noexcept { return to_std(under_way_->outcome); }
  void close() noexcept {
    under_way_->waited_for = false;
    boost::system::error_code ec;
    under_way_->socket.close(ec);
  }
  // The connected one.
  any_socket release() noexcept { return std::move(under_way_->socket); }

 private:
  using error_code = boost::system::error_code;
  struct state {
    state(notification& its_changed, executor_loop& its_loop)
        : changed(its_changed), loop(its_loop), socket(its_loop.executor()) {}
    // Asio takes a Unix socket's EAGAIN, of a full backlog, for one that is on its way, and then for success.
    error_code not_connected() const {
      error_code ec;
      static_cast<void>(socket.remote_endpoint(ec));
      return ec == net::error::not_connected ? error_code(net::error::try_again) : ec;
    }
    notification& changed;  // while it is waited for
    held<executor_loop> loop;
    any_socket socket;
    error_code outcome;
    bool reported = false;
    bool waited_for = true;
  };

  // Error: the last bind's, or that no local address has the family (R100).
  error_code bind_one() {
    error_code last = net::error::address_family_not_supported;
    for (const any_endpoint& own : way_.from) {
      if (own.protocol().family() != to_.protocol().family()) continue;
      under_way_->socket.bind(own, last);
      unbound_ = last ? &own : nullptr;
      if (!last) break;
    }
    return last;
  }

  const destination& way_;
  const any_endpoint& to_;
  std::shared_ptr<state> under_way_;       // with the attempt that is pending
  const any_endpoint* unbound_ = nullptr;  // the local one that was tried last, in vain
};

// Which of the addresses connected first; the others are closed.
template <class = on_use>
task<any_socket> connect_one_of(executor_loop& loop, const std::vector<any_endpoint>& to,
                                const std::vector<any_endpoint>& from, int protocol, race_options options,
                                bool all_errors) {
  notification changed(loop);
  const destination way{loop, changed, protocol, from};
  std::deque<attempt> attempts;
  for (const any_endpoint& one : to) attempts.emplace_back(way, one);
  const std::size_t won = co_await penstock::detail::race(loop, changed, attempts, options, all_errors);
  co_return attempts[won].release();
}

// Behind the filter's handshake, where there is one (R86).
template <class = on_use>
task<open_streams> connected(executor_loop& loop, any_socket socket, const stream_options& options) {
  boost::system::error_code ec;
  static_cast<void>(socket.remote_endpoint(ec));
  // Where both sides have finished there is no name, but there may be bytes, and there is an end.
  char one = 0;
  const bool finished =
      ec == net::error::not_connected && ::recv(socket.native_handle(), &one, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  if (ec && !finished) throw std::system_error(to_std(ec), "the socket to adopt is not connected");
  open_streams made = adopt(event_loop(loop_use(loop)), std::move(socket), options);
  co_await penstock::detail::established(made.out.underlying());
  co_return made;
}

}}}}  // namespace penstock::v0::asio::detail
