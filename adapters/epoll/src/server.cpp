// SPDX-License-Identifier: BSL-1.0
// From options to sockets that are bound.
#include <penstock/epoll/server.hpp>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/timeout.hpp>
#include <penstock/epoll/address.hpp>

#include "resolve_all.hpp"
#include "socket_server.hpp"
#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

namespace shared = penstock::detail;
using detail::socket_server;

[[noreturn]] void throw_bind(long result, const address& at) {
  throw std::system_error(system_error_of(result), "error while attempting to bind on address " + at.text());
}

struct tcp_plan {
  std::vector<std::string> hosts;
  std::string port;
  server_options options;
};

// Sockets of families that the machine lacks, and addresses that it does not have, are passed over
// (R104).
descriptor bind_one(kernel& calls, const address& at, const server_options& options) {
  const int made = calls.socket(at.family(), SOCK_STREAM, 0);
  if (made == -EMFILE || made == -ENFILE || made == -ENOBUFS || made == -ENOMEM) throw_bind(made, at);
  descriptor socket(calls, made);
  if (made < 0) return socket;
  if (options.reuse_address) set_option(calls, socket.get(), SOL_SOCKET, SO_REUSEADDR);
  if (options.reuse_port) {
    if (const int result = set_option(calls, socket.get(), SOL_SOCKET, SO_REUSEPORT); result < 0)
      throw std::system_error(system_error_of(result), "reuse_port");
  }
  if (at.family() == AF_INET6) set_option(calls, socket.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  set_options(calls, socket.get(), at.family(), options);
  const int result = calls.bind(socket.get(), at.get(), at.size);
  if (result == -EADDRNOTAVAIL) return descriptor(calls, -1);
  if (result < 0) throw_bind(result, at);
  return socket;
}

// Each address once, in the order of the names.
task<std::vector<address>> addresses_of(const tcp_plan& plan) {
  const server_options& options = plan.options;
  resolver& names = options.names != nullptr ? *options.names : system_resolver();
  std::vector<address> addresses;
  for (const std::string& host : plan.hosts) {
    resolve_query query{host, plan.port, options.family, 0, options.flags};
    const std::vector<address> found = co_await resolve_all(names, std::move(query));
    for (const address& a : found) {
      bool known = false;
      for (const address& b : addresses) known = known || a == b;
      if (!known) addresses.push_back(a);
    }
  }
  co_return addresses;
}

// All that can be had, on one port.
std::vector<descriptor> bind_each(kernel& calls, const std::vector<address>& addresses, const server_options& options) {
  std::vector<descriptor> sockets;
  std::uint16_t shared_port = 0;
  for (address at : addresses) {
    if (at.port() == 0 && shared_port != 0) at.set_port(shared_port);
    descriptor bound = bind_one(calls, at, options);
    if (bound.get() < 0) continue;
    if (shared_port == 0) shared_port = own_address(calls, bound.get()).port();
    sockets.push_back(std::move(bound));
  }
  return sockets;
}

void bind_all(kernel& calls, socket_server& state, const std::vector<address>& addresses,
              const server_options& options) {
  const bool chosen = !addresses.empty() && addresses.front().port() == 0;
  for (descriptor& bound : shared::bound_on_one_port(chosen, [&] { return bind_each(calls, addresses, options); }))
    state.own(std::move(bound));
  if (state.has_sockets()) return;
  std::string tried;
  for (const address& at : addresses) tried += (tried.empty() ? "" : ", ") + at.text();
  throw std::system_error(std::make_error_code(std::errc::address_not_available),
                          "could not bind on any address out of " + tried);
}

server served(const held<socket_server>& state, bool start) {
  if (start) state->start_serving();
  return server(held<shared::server_state>(*state));
}

task<server> serve_tcp(event_loop& loop, connection_handler handler, tcp_plan plan) {
  const server_options& options = plan.options;
  const held<socket_server> state(*new socket_server(loop, std::move(handler), shared::streams_of(options, true),
                                                     shared::serving_of(options), options.backlog));
  if (options.sock >= 0) {
    descriptor taken = take_over(loop.calls(), options.sock, AF_UNSPEC);
    set_options(loop.calls(), taken.get(), own_address(loop.calls(), taken.get()).family(), options);
    state->own(std::move(taken));
  } else {
    const std::vector<address> addresses = co_await addresses_of(plan);
    bind_all(loop.calls(), *state, addresses, options);
  }
  co_return served(state, options.start_serving);
}

// An existing socket file is removed only if nobody accepts on it (R105 as mended).
void make_way(kernel& calls, const address& at, const std::string& path) {
  struct stat there{};
  if (calls.stat(path.c_str(), &there) < 0 || !S_ISSOCK(there.st_mode)) return;
  const descriptor probe(calls, calls.socket(AF_UNIX, SOCK_STREAM, 0));
  if (probe.get() >= 0 && calls.connect(probe.get(), at.get(), at.size) == -ECONNREFUSED) calls.unlink(path.c_str());
}

// The file is never more open than `mode`: before it is there the socket's own mode narrows it, and what
// the umask took away besides comes behind the bind.
descriptor bind_path(kernel& calls, const address& at, const std::string& path, std::optional<std::uint32_t> mode) {
  const auto checked = [](int result, const char* what) {
    if (result < 0) throw std::system_error(system_error_of(result), what);
  };
  descriptor socket(calls, calls.socket(AF_UNIX, SOCK_STREAM, 0));
  checked(socket.get(), "socket");
  const bool makes_file = path[0] != 0;
  if (makes_file) make_way(calls, at, path);
  if (makes_file && mode) checked(calls.fchmod(socket.get(), *mode), "mode");
  const int result = calls.bind(socket.get(), at.get(), at.size);
  if (result == -EADDRINUSE)
    throw std::system_error(system_error_of(result), "Address '" + at.text() + "' is already in use");
  if (result < 0) throw_bind(result, at);
  if (makes_file && mode) checked(calls.chmod(path.c_str(), *mode), "mode");
  return socket;
}

task<server> serve_unix(event_loop& loop, connection_handler handler, std::string path, unix_server_options options) {
  const held<socket_server> state(*new socket_server(loop, std::move(handler), shared::streams_of(options, true),
                                                     shared::serving_of(options), options.backlog));
  if (options.sock >= 0) {
    state->own(take_over(loop.calls(), options.sock, AF_UNIX));
  } else {
    const std::optional<address> at = address::unix_path(path);
    state->own(bind_path(loop.calls(), *at, path, options.mode));
    if (path[0] != 0 && options.cleanup_socket) state->remove_at_the_end(std::move(path));
  }
  co_return served(state, options.start_serving);
}

}  // namespace

task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options,
                          wait_limit limit) {
  shared::check_server(options);
  tcp_plan plan{shared::copies_of(options.host), options.port.text(), options};
  return shared::within(serve_tcp(loop, std::move(handler), std::move(plan)), std::move(limit));
}

task<server> start_unix_server(event_loop& loop, connection_handler handler, const unix_server_options& options,
                               wait_limit limit) {
  shared::check_server(options, address::unix_path(options.path).has_value());
  return shared::within(serve_unix(loop, std::move(handler), std::string(options.path), options), std::move(limit));
}

task<server> start_server(connection_handler handler, const server_options& options, wait_limit limit) {
  return start_server(scheduler::running<event_loop>(), std::move(handler), options, std::move(limit));
}
task<server> start_unix_server(connection_handler handler, const unix_server_options& options, wait_limit limit) {
  return start_unix_server(scheduler::running<event_loop>(), std::move(handler), options, std::move(limit));
}

}}}  // namespace penstock::v0::epoll
