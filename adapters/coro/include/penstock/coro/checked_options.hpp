// SPDX-License-Identifier: BSL-1.0
// What the options of connecting and serving have in common on every transport, and what is refused of
// it (R99, R102, R103): for those who write such calls.
#pragma once

#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <penstock/coro/server.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/filter.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace detail {

inline void refuse_if(bool bad, const char* text) {
  if (bad) throw std::invalid_argument(text);
}

// What a filter is made with: its own times, unless the options set others. The name stays the caller's.
template <class Options>
filter_options layering_of(const Options& options, bool server, std::string_view server_hostname = {}) {
  filter_options made{.server = server, .server_hostname = server_hostname};
  if (options.ssl_handshake_timeout) made.handshake_timeout = *options.ssl_handshake_timeout;
  if (options.ssl_shutdown_timeout) made.shutdown_timeout = *options.ssl_shutdown_timeout;
  refuse_if(made.handshake_timeout <= duration(), "ssl_handshake_timeout must be above 0");
  refuse_if(made.shutdown_timeout < duration(), "ssl_shutdown_timeout must not be negative");
  return made;
}

// Times that nothing would look at.
template <class Options>
void check_times(const Options& options) {
  refuse_if(options.ssl_handshake_timeout && options.ssl == nullptr,
            "ssl_handshake_timeout is only meaningful with ssl: set ssl, or leave the timeout out");
  refuse_if(options.ssl_shutdown_timeout && options.ssl == nullptr,
            "ssl_shutdown_timeout is only meaningful with ssl: set ssl, or leave the timeout out");
}

// A client's name for the certificate, given or its host's. `without_host` says what is missing.
template <class Options>
void check_hostname(const Options& options, bool host_given, const char* without_host) {
  refuse_if(options.server_hostname && options.ssl == nullptr,
            "server_hostname is only meaningful with ssl: set ssl, or leave server_hostname out");
  refuse_if(options.ssl != nullptr && !options.server_hostname && !host_given, without_host);
}

// A place is named in one way: by its address, or by a socket that is there already.
inline void check_one_way(bool address_given, bool sock_given, const char* both, const char* none) {
  refuse_if(address_given && sock_given, both);
  refuse_if(!address_given && !sock_given, none);
}

// What each stream of the call is made with; views stay the caller's. Throws unless it is sound.
template <class Options>
stream_options streams_of(const Options& options, bool server, std::string_view server_hostname = {}) {
  stream_options made{.reading = {options.limit, options.max_buffered},
                      .writing = options.writing,
                      .policy = options.policy,
                      .layer = options.ssl,
                      .layering = layering_of(options, server, server_hostname)};
  require_valid(made);
  return made;
}

// What the filter has against them, before there is a connection. Throws std::system_error.
template <class Options>
void check_filter(const Options& options, bool server, std::string_view server_hostname = {}) {
  if (options.ssl == nullptr) return;
  const std::error_code ec = options.ssl->check(layering_of(options, server, server_hostname));
  if (ec) throw std::system_error(ec, "ssl");
}

// What a server's options share (R109).
template <class Options>
serving_options serving_of(const Options& options) {
  refuse_if(options.backlog < 0, "backlog must not be negative");
  refuse_if(options.max_connections && *options.max_connections == 0,
            "max_connections must be at least 1: leave it out for no bound, or pause_accepting() for a while");
  refuse_if(options.max_handshakes == 0, "max_handshakes must be at least 1");
  return {.max_connections = options.max_connections,
          .max_handshakes = options.max_handshakes,
          .observer = options.observer};
}

}}}  // namespace penstock::v0::detail
