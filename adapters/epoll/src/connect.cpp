// SPDX-License-Identifier: BSL-1.0
// Names to addresses to a race of attempts to a stream.
#include <penstock/epoll/connect.hpp>

#include <netdb.h>

#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include <penstock/coro/racing.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/timeout.hpp>
#include <penstock/epoll/socket_transport.hpp>

#include "attempt.hpp"
#include "connected_socket.hpp"
#include "resolve_all.hpp"
#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

namespace shared = penstock::detail;

// Which of the addresses connected first; the others are closed.
task<connected_socket> connect_one_of(event_loop& loop, std::vector<address> to, std::vector<address> from,
                                      int protocol, race_options options, bool all_errors) {
  notification changed(loop);
  const destination way{loop, changed, protocol, from};
  std::deque<attempt> attempts;
  for (const address& one : to) attempts.emplace_back(way, one);
  const std::size_t won = co_await shared::race(loop, changed, attempts, options, all_errors);
  co_return connected_socket{attempts[won].release(), to[won]};
}

connected_socket adopted(kernel& calls, descriptor taken) {
  address peer;
  peer.size = sizeof peer.storage;
  const int result = calls.getpeername(taken.get(), peer.get(), &peer.size);
  if (result >= 0) return {std::move(taken), peer};
  // Where both sides have finished there is no name, but there may be bytes, and there is an end.
  if (result == -ENOTCONN && calls.peek(taken.get()) >= 0) return {std::move(taken), address()};
  throw std::system_error(system_error_of(result), "the socket to adopt is not connected");
}

task<connected_socket> connect(event_loop& loop, shared::connecting_texts texts, connection_options options) {
  kernel& calls = loop.calls();
  if (options.sock >= 0) {
    descriptor taken = take_over(calls, options.sock, AF_UNSPEC);
    set_options(calls, taken.get(), own_address(calls, taken.get()).family(), options);
    co_return adopted(calls, std::move(taken));
  }
  resolver& names = options.names != nullptr ? *options.names : system_resolver();
  resolve_query query{texts.host, texts.port, options.family, options.proto, options.flags};
  std::vector<address> to = co_await resolve_all(names, std::move(query));
  std::vector<address> from;
  if (!texts.local_host.empty() || !texts.local_port.empty()) {
    resolve_query own{texts.local_host, texts.local_port, options.family, options.proto, AI_PASSIVE};
    from = co_await resolve_all(names, std::move(own));
  }
  const race_options racing = {options.happy_eyeballs_delay, options.connect_timeout};
  interleave(std::span<address>(to), options.interleave.value_or(default_interleave(racing)),
             [](const address& a) { return a.family(); });
  connected_socket made =
      co_await connect_one_of(loop, std::move(to), std::move(from), options.proto, racing, options.all_errors);
  set_options(calls, made.socket.get(), made.peer.family(), options);
  co_return made;
}

task<connected_socket> connect_unix(event_loop& loop, std::optional<address> to, int sock) {
  if (!to) co_return adopted(loop.calls(), take_over(loop.calls(), sock, AF_UNIX));
  std::vector<address> one(1, *to);
  co_return co_await connect_one_of(loop, std::move(one), {}, 0, {}, false);
}

// A stream on it, behind the filter's handshake, where there is one (R86).
task<open_streams> open_over(event_loop& loop, task<connected_socket> connecting, stream_options options,
                             std::string server_hostname) {
  connected_socket made = co_await std::move(connecting);
  options.layering.server_hostname = server_hostname;
  socket_transport& on_it = socket_transport::adopt(loop, made.socket.release(), made.peer, options);
  open_streams streams(stream_reader{on_it}, stream_writer{on_it});
  co_await shared::established(on_it);
  co_return streams;
}

}  // namespace

task<connected_socket> connect_socket(event_loop& loop, const connection_options& options) {
  shared::check_connection(options);
  return connect(loop, shared::connecting_texts::of(options), options);
}

task<connected_socket> connect_socket(event_loop& loop, const unix_connection_options& options) {
  const std::optional<address> to = address::unix_path(options.path);
  shared::check_connection(options, to.has_value());
  return connect_unix(loop, to, options.sock);
}

task<open_streams> open_connection(event_loop& loop, const connection_options& options, wait_limit limit) {
  task<connected_socket> connecting = connect_socket(loop, options);
  return shared::within(open_over(loop, std::move(connecting), shared::streams_of(options, false),
                                  std::string(options.server_hostname.value_or(options.host))),
                        std::move(limit));
}
task<open_streams> open_unix_connection(event_loop& loop, const unix_connection_options& options, wait_limit limit) {
  task<connected_socket> connecting = connect_socket(loop, options);
  return shared::within(open_over(loop, std::move(connecting), shared::streams_of(options, false),
                                  std::string(options.server_hostname.value_or(""))),
                        std::move(limit));
}
task<open_streams> open_connection(const connection_options& options, wait_limit limit) {
  return open_connection(scheduler::running<event_loop>(), options, std::move(limit));
}
task<open_streams> open_unix_connection(const unix_connection_options& options, wait_limit limit) {
  return open_unix_connection(scheduler::running<event_loop>(), options, std::move(limit));
}

}}}  // namespace penstock::v0::epoll
