// SPDX-License-Identifier: BSL-1.0
// The server's handle, and binding the sockets that its options name.
#include <penstock/epoll/server.hpp>

#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>

#include <penstock/epoll/address.hpp>

#include "resolve_all.hpp"
#include "server_state.hpp"
#include "socket_options.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

using detail::server_state;

[[noreturn]] void throw_bind(long result, const address& at) {
  throw std::system_error(system_error_of(result), "error while attempting to bind on address " + at.text());
}

address name_of(kernel& calls, int fd) {
  address own;
  own.size = sizeof own.storage;
  if (calls.getsockname(fd, own.get(), &own.size) < 0) own.size = 0;
  return own;
}

struct tcp_plan {
  std::vector<std::string> hosts;
  std::string port;
  server_options options;
};

// Sockets of families that the machine lacks, and addresses that it does not have, are passed over
// (R104).
descriptor bind_one(kernel& calls, const address& at, const server_options& options) {
  descriptor socket(calls, calls.socket(at.family(), SOCK_STREAM, 0));
  if (socket.get() < 0) return socket;
  if (options.reuse_address) set_option(calls, socket.get(), SOL_SOCKET, SO_REUSEADDR);
  if (options.reuse_port) {
    if (const int result = set_option(calls, socket.get(), SOL_SOCKET, SO_REUSEPORT); result < 0)
      throw std::system_error(system_error_of(result), "reuse_port");
  }
  if (options.keep_alive) set_option(calls, socket.get(), SOL_SOCKET, SO_KEEPALIVE);
  if (at.family() == AF_INET6) set_option(calls, socket.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  set_nodelay(calls, socket.get(), at.family());  // connections inherit it (R69)
  const int result = calls.bind(socket.get(), at.get(), at.size);
  if (result == -EADDRNOTAVAIL) return descriptor(calls, -1);
  if (result < 0) throw_bind(result, at);
  return socket;
}

task<server> serve_tcp(event_loop& loop, connection_handler handler, tcp_plan plan) {
  const server_options& options = plan.options;
  const stream_options streams = {{options.limit, options.max_buffered}, options.writing, options.policy};
  auto state = std::make_shared<server_state>(loop, std::move(handler), streams, options.backlog);
  kernel& calls = loop.calls();
  if (options.sock >= 0) {
    descriptor taken(calls, options.sock);
    if (const int result = calls.set_nonblocking(taken.get()); result < 0)
      throw std::system_error(system_error_of(result), "adopting a socket");
    set_nodelay(calls, taken.get(), name_of(calls, taken.get()).family());
    state->own(std::move(taken));
  } else {
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
    std::uint16_t shared_port = 0;
    for (address& at : addresses) {
      if (at.port() == 0 && shared_port != 0) at.set_port(shared_port);
      descriptor bound = bind_one(calls, at, options);
      if (bound.get() < 0) continue;
      if (shared_port == 0) shared_port = name_of(calls, bound.get()).port();
      state->own(std::move(bound));
    }
    if (state->sockets().empty())
      throw std::system_error(std::make_error_code(std::errc::address_not_available), "could not bind on any address");
  }
  if (options.start_serving) state->start();
  co_return server(std::move(state));
}

// An existing socket file is removed only if nobody accepts on it (R105 as mended).
void make_way(kernel& calls, const address& at, const std::string& path) {
  struct stat there{};
  if (calls.stat(path.c_str(), &there) < 0 || !S_ISSOCK(there.st_mode)) return;
  const descriptor probe(calls, calls.socket(AF_UNIX, SOCK_STREAM, 0));
  if (probe.get() >= 0 && calls.connect(probe.get(), at.get(), at.size) == -ECONNREFUSED) calls.unlink(path.c_str());
}

task<server> serve_unix(event_loop& loop, connection_handler handler, std::string path, unix_server_options options) {
  const stream_options streams = {{options.limit, options.max_buffered}, options.writing, options.policy};
  auto state = std::make_shared<server_state>(loop, std::move(handler), streams, options.backlog);
  kernel& calls = loop.calls();
  if (options.sock >= 0) {
    descriptor taken(calls, options.sock);
    if (const int result = calls.set_nonblocking(taken.get()); result < 0)
      throw std::system_error(system_error_of(result), "adopting a socket");
    state->own(std::move(taken));
  } else {
    const std::optional<address> at = address::unix_path(path);
    if (!at) throw std::invalid_argument("the path is too long or has a zero byte inside");
    descriptor socket(calls, calls.socket(AF_UNIX, SOCK_STREAM, 0));
    if (socket.get() < 0) throw std::system_error(system_error_of(socket.get()), "socket");
    if (path[0] != 0) make_way(calls, *at, path);
    if (const int result = calls.bind(socket.get(), at->get(), at->size); result < 0) {
      if (result == -EADDRINUSE) throw std::system_error(system_error_of(result), "Address '" + at->text() + "' is already in use");
      throw_bind(result, *at);
    }
    state->own(std::move(socket));
    if (path[0] != 0 && options.cleanup_socket) state->remove_file_at_the_end(std::move(path));
  }
  if (options.start_serving) state->start();
  co_return server(std::move(state));
}

event_loop& the_loop() {
  auto* const current = dynamic_cast<event_loop*>(scheduler::current());
  if (current == nullptr) throw std::logic_error("outside a task the loop is the first argument");
  return *current;
}

void check_common(std::size_t limit, const write_options& writing, const deadlines& policy, int backlog) {
  if (limit == 0) throw std::invalid_argument("limit must be at least 1");
  if (check(writing)) throw std::invalid_argument("high must be at least low");
  if (check(policy)) throw std::invalid_argument("a deadline must be positive");
  if (backlog < 0) throw std::invalid_argument("backlog must not be negative");
}

}  // namespace

task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options) {
  check_common(options.limit, options.writing, options.policy, options.backlog);
  const bool address_given = options.host.size() != 0 || options.port.given();
  if (options.sock >= 0 && address_given)
    throw std::invalid_argument("host/port and sock can not be specified at the same time");
  if (options.sock < 0 && !address_given) throw std::invalid_argument("Neither host/port nor sock were specified");
  if (options.port.out_of_range()) throw std::invalid_argument("a port must be 0-65535");
  tcp_plan plan{{}, options.port.text(), options};
  for (std::size_t i = 0; i != options.host.size(); ++i) plan.hosts.emplace_back(options.host[i]);
  if (plan.hosts.empty()) plan.hosts.emplace_back();
  return serve_tcp(loop, std::move(handler), std::move(plan));
}

task<server> start_unix_server(event_loop& loop, connection_handler handler, const unix_server_options& options) {
  check_common(options.limit, options.writing, options.policy, options.backlog);
  if (options.sock >= 0 && !options.path.empty())
    throw std::invalid_argument("path and sock can not be specified at the same time");
  if (options.sock < 0 && options.path.empty()) throw std::invalid_argument("no path and sock were specified");
  return serve_unix(loop, std::move(handler), std::string(options.path), options);
}

task<server> start_server(connection_handler handler, const server_options& options) {
  return start_server(the_loop(), std::move(handler), options);
}
task<server> start_unix_server(connection_handler handler, const unix_server_options& options) {
  return start_unix_server(the_loop(), std::move(handler), options);
}

server::~server() { close(); }
std::vector<int> server::sockets() const { return state_ ? state_->sockets() : std::vector<int>(); }
std::uint16_t server::port() const noexcept { return state_ ? state_->port() : std::uint16_t{0}; }
bool server::is_serving() const noexcept { return state_ && state_->serving(); }
std::size_t server::connections() const noexcept { return state_ ? state_->connections() : 0; }
void server::start_serving() { state_->start(); }
task<> server::serve_forever() { return server_state::serve_forever(state_); }
void server::close() noexcept {
  if (state_) state_->close();
}
task<> server::wait_closed() { return server_state::until_closed(state_, true); }
void server::close_clients() noexcept { state_->close_clients(); }
void server::abort_clients() noexcept { state_->abort_clients(); }

}}}  // namespace penstock::v0::epoll
