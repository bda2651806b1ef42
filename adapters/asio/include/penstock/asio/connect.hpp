// SPDX-License-Identifier: BSL-1.0
// open_connection and open_unix_connection (R98-R101).
#pragma once

#include <netdb.h>

#include <optional>
#include <string>
#include <utility>

#include <penstock/asio/connecting.hpp>
#include <penstock/asio/event_loop.hpp>
#include <penstock/asio/on_use.hpp>
#include <penstock/connect_race.hpp>
#include <penstock/coro/connect_error.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/timeout.hpp>

namespace penstock { inline namespace v0 { namespace asio {

using connection_options = tcp_connection_options<no_resolver>;  // names are looked up by Asio
using penstock::unix_connection_options;

namespace detail {

template <class = on_use>
task<open_streams> connect_tcp(loop_use use, penstock::detail::connecting_texts texts, connection_options options) {
  executor_loop& loop = *use;
  const stream_options streams = penstock::detail::streams_of(options, false, texts.server_hostname);
  if (options.sock >= 0) {
    taken_descriptor taken(options.sock, AF_UNSPEC);
    any_socket socket(loop.executor());
    const int family = taken.family();
    taken.give_to(socket);
    set_options(socket, family, options);
    co_return co_await connected(loop, std::move(socket), streams);
  }
  name_query query{texts.host, texts.port, options.family, options.flags};
  std::vector<any_endpoint> to = co_await resolve_all(loop, std::move(query));
  std::vector<any_endpoint> from;
  if (!texts.local_host.empty() || !texts.local_port.empty()) {
    name_query own{texts.local_host, texts.local_port, options.family, AI_PASSIVE};
    from = co_await resolve_all(loop, std::move(own));
  }
  const race_options racing = {options.happy_eyeballs_delay, options.connect_timeout};
  interleave(std::span<any_endpoint>(to), options.interleave.value_or(default_interleave(racing)),
             [](const any_endpoint& a) { return a.protocol().family(); });
  any_socket socket = co_await connect_one_of(loop, to, from, options.proto, racing, options.all_errors);
  set_options(socket, socket.local_endpoint().protocol().family(), options);
  co_return co_await connected(loop, std::move(socket), streams);
}

template <class = on_use>
task<open_streams> connect_unix(loop_use use, std::optional<any_endpoint> to, std::string server_hostname,
                                unix_connection_options options) {
  executor_loop& loop = *use;
  const stream_options streams = penstock::detail::streams_of(options, false, server_hostname);
  if (!to) {
    taken_descriptor taken(options.sock, AF_UNIX);
    any_socket socket(loop.executor());
    taken.give_to(socket);
    co_return co_await connected(loop, std::move(socket), streams);
  }
  const std::vector<any_endpoint> one(1, *to);
  const std::vector<any_endpoint> anywhere;
  any_socket socket = co_await connect_one_of(loop, one, anywhere, 0, race_options{}, false);
  co_return co_await connected(loop, std::move(socket), streams);
}

}  // namespace detail

// Addresses are tried in order, or happy_eyeballs_delay apart (RFC 8305); the first that connects wins and no
// other stays open. Errors: std::invalid_argument for options that do not go together (R99), connect_error
// where no address could be connected to (R101), std::system_error for the rest. Destroyed: everything is closed.
template <class = detail::on_use>
task<open_streams> open_connection(const event_loop& loop, const connection_options& options, wait_limit limit = {}) {
  penstock::detail::check_connection(options);
  return penstock::detail::within(
      detail::connect_tcp(detail::loop_use(loop.get()), penstock::detail::connecting_texts::of(options), options),
      std::move(limit));
}

template <class = detail::on_use>
task<open_streams> open_unix_connection(const event_loop& loop, const unix_connection_options& options,
                                        wait_limit limit = {}) {
  const std::optional<detail::any_endpoint> to = detail::unix_endpoint(options.path);
  penstock::detail::check_connection(options, to.has_value());
  return penstock::detail::within(detail::connect_unix(detail::loop_use(loop.get()), to,
                                                       std::string(options.server_hostname.value_or("")), options),
                                  std::move(limit));
}

// In the loop that runs the task.
template <class = detail::on_use>
task<open_streams> open_connection(const connection_options& options, wait_limit limit = {}) {
  return open_connection(event_loop(detail::loop_use(scheduler::running<detail::executor_loop>())), options,
                         std::move(limit));
}
template <class = detail::on_use>
task<open_streams> open_unix_connection(const unix_connection_options& options, wait_limit limit = {}) {
  return open_unix_connection(event_loop(detail::loop_use(scheduler::running<detail::executor_loop>())), options,
                              std::move(limit));
}

}}}  // namespace penstock::v0::asio
