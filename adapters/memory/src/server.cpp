// SPDX-License-Identifier: BSL-1.0
// Arriving, waiting in the backlog, being accepted.
#include <penstock/memory/server.hpp>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/timeout.hpp>

#include "named_server.hpp"

namespace penstock { inline namespace v0 { namespace memory {

namespace shared = penstock::detail;
using detail::named_server;

void named_server::bind(const network::place& at) {
  if (!loop_.net().add(*this, at))
    throw std::system_error(std::make_error_code(std::errc::address_in_use),
                            "Address '" + network::text(at) + "' is already in use");
  if (at.second != network::of_a_path) port_ = static_cast<std::uint16_t>(at.second);
  numbers_.push_back(loop_.net().next_number());
}

open_streams named_server::connect(const network::place& at, std::string name, const stream_options& client) {
  const way_to_host& way = loop_.net().way(at.first);
  auto* const near = new endpoint(loop_, std::move(name), client);
  open_streams ours{stream_reader(*near), stream_writer(*near)};
  try {
    auto* const far = new shared::served<endpoint>(held<server_state>(*this), loop_, network::text(at), streams());
    arrived one{*far, stream_reader(*far)};
    far->pause_reading();  // what comes waits, as with a kernel, until the connection is accepted
    endpoint::join(*near, *far, way.to_server, way.to_client);
    waiting_.push_back(std::move(one));
  } catch (...) {
    refused();
    throw std::system_error(std::make_error_code(std::errc::connection_reset), "connecting to " + at.first);
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
    next.client.start_handler();
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

task<server> serve_at(event_loop& loop, connection_handler handler, std::vector<network::place> places,
                      stream_options streams, serving_options serving, int backlog, bool start) {
  const held<named_server> state(*new named_server(loop, std::move(handler), streams, serving, backlog));
  for (const network::place& at : places) state->bind(at);
  if (start) state->start_serving();
  co_return server(held<shared::server_state>(*state));
}

// Each address once, and one port for all of them.
std::vector<network::place> places_of(network& net, const std::vector<std::string>& hosts, std::string_view service) {
  std::vector<network::place> places;
  int free_port = 0;
  for (const std::string& host : hosts)
    for (network::place& at : net.resolve(host, service)) {
      if (at.second == 0) at.second = free_port = free_port != 0 ? free_port : net.free_port();
      if (std::ranges::count(places, at) == 0) places.push_back(std::move(at));
    }
  return places;
}

task<server> serve(event_loop& loop, connection_handler handler, std::vector<std::string> hosts, std::string service,
                   server_options options) {
  co_return co_await serve_at(loop, std::move(handler), places_of(loop.net(), hosts, service),
                              shared::streams_of(options, true), shared::serving_of(options), options.backlog,
                              options.start_serving);
}

}  // namespace

task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options,
                          wait_limit limit) {
  shared::check_server(options);
  shared::refuse_if(options.sock >= 0, detail::no_sockets);
  return shared::within(serve(loop, std::move(handler), shared::copies_of(options.host), options.port.text(), options),
                        std::move(limit));
}
task<server> start_unix_server(event_loop& loop, connection_handler handler, const unix_server_options& options,
                               wait_limit limit) {
  shared::check_server(options, true);
  shared::refuse_if(options.sock >= 0, detail::no_sockets);
  return shared::within(
      serve_at(loop, std::move(handler), {{std::string(options.path), network::of_a_path}},
               shared::streams_of(options, true), shared::serving_of(options), options.backlog, options.start_serving),
      std::move(limit));
}

task<server> start_server(connection_handler handler, const server_options& options, wait_limit limit) {
  return start_server(scheduler::running<event_loop>(), std::move(handler), options, std::move(limit));
}
task<server> start_unix_server(connection_handler handler, const unix_server_options& options, wait_limit limit) {
  return start_unix_server(scheduler::running<event_loop>(), std::move(handler), options, std::move(limit));
}

}}}  // namespace penstock::v0::memory
