// SPDX-License-Identifier: BSL-1.0
// The server's handle: every call is its state's.
#include <penstock/coro/server.hpp>

#include <utility>

#include <penstock/coro/server_state.hpp>
#include <penstock/coro/timeout.hpp>

namespace penstock { inline namespace v0 {

using detail::server_state;

server::server(held<server_state> state) noexcept : state_(std::move(state)) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&& other) noexcept {
  server taken(std::move(other));
  std::swap(state_, taken.state_);
  return *this;
}
server::~server() { close(); }

server_phase server::phase() const noexcept { return state_ ? state_->phase() : server_phase::closed; }
bool server::is_serving() const noexcept { return phase() == server_phase::serving || phase() == server_phase::paused; }
std::size_t server::connections() const noexcept { return state_ ? state_->connections() : 0; }
std::optional<std::size_t> server::max_connections() const noexcept {
  return state_ ? state_->max_connections() : std::nullopt;
}
std::vector<int> server::sockets() const {
  return phase() == server_phase::closed ? std::vector<int>() : state_->sockets();
}
std::uint16_t server::port() const noexcept {
  return phase() == server_phase::closed ? std::uint16_t{0} : state_->port();
}
scheduler& server::get_loop() const noexcept { return state_->loop(); }
counters server::counters() const noexcept { return state_ ? state_->counters() : penstock::counters(); }
void server::start_serving() { state_->start_serving(); }
task<> server::serve_forever(wait_limit limit) {
  return detail::within(server_state::serve_forever(state_), std::move(limit));
}
void server::pause_accepting() noexcept { state_->pause_accepting(); }
void server::resume_accepting() noexcept { state_->resume_accepting(); }
void server::close() noexcept {
  if (state_) state_->close();
}
task<> server::wait_closed(wait_limit limit) {
  return detail::within(server_state::wait_closed(state_), std::move(limit));
}
void server::close_clients() noexcept { state_->close_clients(); }
void server::abort_clients() noexcept { state_->abort_clients(); }
task<> server::shutdown(duration grace, wait_limit limit) {
  return detail::within(server_state::shutdown(state_, grace), std::move(limit));
}

}}  // namespace penstock::v0
