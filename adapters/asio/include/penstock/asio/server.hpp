// SPDX-License-Identifier: BSL-1.0
// start_server and start_unix_server (R102-R116).
#pragma once

#include <netdb.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <penstock/asio/binding.hpp>
#include <penstock/asio/event_loop.hpp>
#include <penstock/asio/on_use.hpp>
#include <penstock/asio/socket_server.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/timeout.hpp>

namespace penstock { inline namespace v0 { namespace asio {

using server_options = tcp_server_options<no_resolver>;  // names are looked up by Asio
using penstock::server;
using penstock::unix_server_options;

namespace detail {

template <class Options>
held<socket_server> server_state_of(executor_loop& loop, connection_handler handler, const Options& options) {
  return held<socket_server>(*new socket_server(loop, std::move(handler), penstock::detail::streams_of(options, true),
                                                penstock::detail::serving_of(options), options.backlog));
}

inline server served(const held<socket_server>& state, bool start) {
  if (start) state->start_serving();
  return server(held<penstock::detail::server_state>(*state));
}

template <class = on_use>
task<server> serve_tcp(loop_use use, connection_handler handler, std::vector<std::string> hosts, std::string port,
                       server_options options) {
  executor_loop& loop = *use;
  const held<socket_server> state = server_state_of(loop, std::move(handler), options);
  if (options.sock >= 0) {
    taken_descriptor taken(options.sock, AF_UNSPEC);
    any_acceptor socket(loop.executor());
    const int family = taken.family();
    taken.give_to(socket);
    set_options(socket, family, options);
    state->own(std::move(socket));
  } else {
    std::vector<any_endpoint> addresses;
    for (const std::string& host : hosts) {
      name_query query{host, port, options.family, options.flags};
      const std::vector<any_endpoint> found = co_await resolve_all(loop, std::move(query));
      for (const any_endpoint& one : found)
        if (std::find(addresses.begin(), addresses.end(), one) == addresses.end()) addresses.push_back(one);
    }
    bind_all(loop, *state, addresses, options);
  }
  co_return served(state, options.start_serving);
}

template <class = on_use>
task<server> serve_unix(loop_use use, connection_handler handler, std::string path, unix_server_options options) {
  executor_loop& loop = *use;
  const held<socket_server> state = server_state_of(loop, std::move(handler), options);
  if (options.sock >= 0) {
    taken_descriptor taken(options.sock, AF_UNIX);
    any_acceptor socket(loop.executor());
    taken.give_to(socket);
    state->own(std::move(socket));
  } else {
    state->own(bind_path(loop, path, options.mode));
    if (path[0] != 0 && options.cleanup_socket) state->remove_at_the_end(std::move(path));
  }
  co_return served(state, options.start_serving);
}

}  // namespace detail

// Each connection's handler runs as a task of the loop. When it has ended, in whatever way, the connection is
// closed as close() does; an exception goes to the observer's failed(), or the loop's on_unhandled (R47, R48).
// Throws as R102 says; with a reason that the system has: std::system_error. Given up: nothing stays bound.
template <class = detail::on_use>
task<server> start_server(const event_loop& loop, connection_handler handler, const server_options& options,
                          wait_limit limit = {}) {
  penstock::detail::check_server(options);
  return penstock::detail::within(
      detail::serve_tcp(detail::loop_use(loop.get()), std::move(handler), penstock::detail::copies_of(options.host),
                        options.port.text(), options),
      std::move(limit));
}

template <class = detail::on_use>
task<server> start_unix_server(const event_loop& loop, connection_handler handler, const unix_server_options& options,
                               wait_limit limit = {}) {
  penstock::detail::check_server(options, detail::unix_endpoint(options.path).has_value());
  return penstock::detail::within(
      detail::serve_unix(detail::loop_use(loop.get()), std::move(handler), std::string(options.path), options),
      std::move(limit));
}

// In the loop that runs the task.
template <class = detail::on_use>
task<server> start_server(connection_handler handler, const server_options& options, wait_limit limit = {}) {
  return start_server(event_loop(detail::loop_use(scheduler::running<detail::executor_loop>())), std::move(handler),
                      options, std::move(limit));
}
template <class = detail::on_use>
task<server> start_unix_server(connection_handler handler, const unix_server_options& options, wait_limit limit = {}) {
  return start_unix_server(event_loop(detail::loop_use(scheduler::running<detail::executor_loop>())),
                           std::move(handler), options, std::move(limit));
}

}}}  // namespace penstock::v0::asio
