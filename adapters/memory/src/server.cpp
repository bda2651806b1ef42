// SPDX-License-Identifier: BSL-1.0
// Arriving, waiting in the backlog, being accepted.
#include <penstock/memory/server.hpp>

#include <string>
#include <system_error>
#include <utility>

#include <penstock/coro/checked_options.hpp>

#include "named_server.hpp"

namespace penstock { inline namespace v0 { namespace memory {

namespace shared = penstock::detail;
using detail::named_server;

void named_server::bind(std::string_view host, std::uint16_t port) {
  port_ = port;
  if (!loop_.net().add(*this, host, port_))
    throw std::system_error(std::make_error_code(std::errc::address_in_use),
                            "Address '" + std::string(host) + ':' + std::to_string(port_) + "' is already in use");
}

duplex_end named_server::connect(std::string host, const stream_options& client) {
  const way_to_host& way = loop_.net().way(host);
  auto* const near = new endpoint(loop_, "client:" + std::to_string(loop_.net().next_client()), client);
  duplex_end ours{stream_reader(*near), stream_writer(*near)};
  try {
    std::string place = host + ':' + std::to_string(port_);
    auto* const far = new shared::served<endpoint>(held<server_state>(*this), loop_, std::move(place), streams());
    arrived one{*far, stream_reader(*far)};
    far->pause_reading();  // what comes waits, as with a kernel, until the connection is accepted
    endpoint::join(*near, *far, way.to_server, way.to_client);
    waiting_.push_back(std::move(one));
  } catch (...) {
    refused();
    throw std::system_error(std::make_error_code(std::errc::connection_reset), "connecting to " + host);
  }
  look();
  return ours;
}

void named_server::accept_some() {
  const held<server_state> alive(*this);
  while (accepting() && !waiting_.empty()) {
    const arrived next = std::move(waiting_.front());
    waiting_.pop_front();
    next.client.resume_reading();
    next.client.begin_served();
  }
}

void named_server::stop_listening() noexcept {
  listens_ = false;
  loop_.net().remove(*this);
  runnable::unlink();
  for (const arrived& one : waiting_) one.client.abort();
  waiting_.clear();
}

namespace {

task<server> serve(event_loop& loop, connection_handler handler, std::string host, server_options options) {
  held<named_server> state(*new named_server(loop, std::move(handler), shared::streams_of(options, true),
                                             shared::serving_of(options), options.backlog));
  state->bind(host, static_cast<std::uint16_t>(*options.port));
  if (options.start_serving) state->start_serving();
  co_return server(std::move(state));
}

}  // namespace

task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options) {
  static_cast<void>(shared::streams_of(options, true));
  shared::check_times(options);
  static_cast<void>(shared::serving_of(options));
  shared::refuse_if(!options.port, "no port was specified: set port, 0 for any");
  shared::refuse_if(*options.port < 0 || *options.port > 65535, "a port must be 0-65535");
  return serve(loop, std::move(handler), std::string(options.host), options);
}

task<server> start_server(connection_handler handler, const server_options& options) {
  return start_server(scheduler::running<event_loop>(), std::move(handler), options);
}

server::server(held<named_server> state) noexcept : penstock::server(held<shared::server_state>(*state)) {}
std::uint16_t server::port() const noexcept {
  return has_state() ? static_cast<named_server&>(state()).port() : std::uint16_t{0};
}

}}}  // namespace penstock::v0::memory
