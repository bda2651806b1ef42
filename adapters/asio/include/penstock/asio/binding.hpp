// SPDX-License-Identifier: BSL-1.0
// From addresses to sockets that are bound.
#pragma once

#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/error_code.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/asio/endpoints.hpp>
#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/resolve.hpp>
#include <penstock/asio/socket_server.hpp>
#include <penstock/asio/sockets.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

[[noreturn]] inline void throw_bind(const boost::system::error_code& ec, const any_endpoint& at) {
  throw std::system_error(to_std(ec), "error while attempting to bind on address " + text_of(at));
}

// Sockets of families that the machine lacks, and addresses that it does not have, are passed over (R104).
template <class Options>
std::optional<any_acceptor> bind_one(executor_loop& loop, const any_endpoint& at, const Options& options) {
  const int family = at.protocol().family();
  boost::system::error_code ec;
  any_acceptor socket(loop.executor());
  socket.open(at.protocol(), ec);
  if (ec) return std::nullopt;
  if (options.reuse_address) socket.set_option(net::socket_base::reuse_address(true), ec);
  if (options.reuse_port) {
    socket.set_option(integer_option<SOL_SOCKET, SO_REUSEPORT>(1), ec);
    if (ec) throw std::system_error(to_std(ec), "reuse_port");
  }
  if (family == AF_INET6) socket.set_option(net::ip::v6_only(true), ec);
  set_options(socket, family, options);
  socket.bind(at, ec);
  if (ec == std::errc::address_not_available) return std::nullopt;
  if (ec) throw_bind(ec, at);
  return socket;
}

// All that can be had, on one port.
template <class Options>
std::vector<any_acceptor> bind_each(executor_loop& loop, const std::vector<any_endpoint>& addresses,
                                    const Options& options) {
  std::vector<any_acceptor> sockets;
  std::uint16_t shared_port = 0;
  for (const any_endpoint& at : addresses) {
    auto ip = endpoint_as<net::ip::tcp::endpoint>(at);
    if (ip.port() == 0 && shared_port != 0) ip.port(shared_port);
    std::optional<any_acceptor> bound = bind_one(loop, any_endpoint(ip), options);
    if (!bound) continue;
    if (shared_port == 0) shared_port = endpoint_as<net::ip::tcp::endpoint>(bound->local_endpoint()).port();
    sockets.push_back(std::move(*bound));
  }
  return sockets;
}

template <class Options>
void bind_all(executor_loop& loop, socket_server& state, const std::vector<any_endpoint>& addresses,
              const Options& options) {
  const bool chosen = !addresses.empty() && endpoint_as<net::ip::tcp::endpoint>(addresses.front()).port() == 0;
  for (any_acceptor& bound :
       penstock::detail::bound_on_one_port(chosen, [&] { return bind_each(loop, addresses, options); }))
    state.own(std::move(bound));
  if (state.has_sockets()) return;
  std::string tried;
  for (const any_endpoint& at : addresses) tried += (tried.empty() ? "" : ", ") + text_of(at);
  throw std::system_error(std::make_error_code(std::errc::address_not_available),
                          "could not bind on any address out of " + tried);
}

// An existing socket file is removed only if nobody accepts on it (R105 as mended).
inline void make_way(executor_loop& loop, const any_endpoint& at, const std::string& path) {
  struct stat there{};
  if (::stat(path.c_str(), &there) < 0 || !S_ISSOCK(there.st_mode)) return;
  boost::system::error_code ec;
  any_socket probe(loop.executor());
  probe.open(at.protocol(), ec);
  if (!ec) probe.native_non_blocking(true, ec);
  if (!ec) probe.connect(at, ec);
  if (ec == std::errc::connection_refused) ::unlink(path.c_str());
}

// The file is never more open than `mode`: before it is there the socket's own mode narrows it, and what the
// umask took away besides comes behind the bind.
inline any_acceptor bind_path(executor_loop& loop, const std::string& path, std::optional<std::uint32_t> mode) {
  const auto checked = [](int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::system_category(), what);
  };
  const any_endpoint at = *unix_endpoint(path);
  boost::system::error_code ec;
  any_acceptor socket(loop.executor());
  socket.open(at.protocol(), ec);
  if (ec) throw std::system_error(to_std(ec), "socket");
  const bool makes_file = path[0] != 0;
  if (makes_file) make_way(loop, at, path);
  if (makes_file && mode) checked(::fchmod(socket.native_handle(), *mode), "mode");
  socket.bind(at, ec);
  if (ec == std::errc::address_in_use)
    throw std::system_error(to_std(ec), "Address '" + text_of(at) + "' is already in use");
  if (ec) throw_bind(ec, at);
  if (makes_file && mode) checked(::chmod(path.c_str(), *mode), "mode");
  return socket;
}

}}}}  // namespace penstock::v0::asio::detail
