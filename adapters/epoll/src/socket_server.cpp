// SPDX-License-Identifier: BSL-1.0
// From descriptors that are bound to connections that are served.
#include "socket_server.hpp"

#include <cstddef>
#include <system_error>

#include <penstock/coro/served.hpp>
#include <penstock/epoll/socket_transport.hpp>

#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

void socket_server::listen() {
  for (const descriptor& socket : bound_)
    if (const int result = loop_.calls().listen(socket.get(), backlog_); result < 0)
      throw std::system_error(system_error_of(result), "listen");
  std::vector<std::unique_ptr<listener>> made;
  made.reserve(bound_.size());
  for (std::size_t i = 0; i != bound_.size(); ++i)
    made.push_back(std::make_unique<listener>(loop_, static_cast<listener::owner&>(*this)));
  for (std::size_t i = 0; i != bound_.size(); ++i) {
    const std::error_code ec = made[i]->begin(bound_[i].get());
    if (!ec) continue;
    while (i-- != 0) made[i]->release();
    throw std::system_error(ec, "watching a listening socket");
  }
  for (descriptor& socket : bound_) socket.release();
  bound_.clear();
  listeners_ = std::move(made);
}

void socket_server::accepting_changed() noexcept {
  for (const auto& one : listeners_) accepting() ? one->resume() : one->pause();
}

void socket_server::stop_listening() noexcept {
  for (const auto& one : listeners_) one->close();
  for (descriptor& socket : bound_) socket.close();
  bound_.clear();
  file_.reset();
}

held<penstock::detail::server_state> socket_server::accepted(int fd, const address& peer) noexcept {
  held<server_state> self(*this);
  descriptor guarded(loop_.calls(), fd);
  try {
    auto* const made = new penstock::detail::served<socket_transport>(self, loop_, fd, peer, streams());
    guarded.release();
    made->begin();
  } catch (...) {
    refused();
  }
  return self;
}

std::vector<int> socket_server::sockets() const {
  std::vector<int> fds;
  for (const auto& one : listeners_) fds.push_back(one->fd());
  for (const descriptor& socket : bound_) fds.push_back(socket.get());
  return fds;
}

std::uint16_t socket_server::port() const noexcept {
  const int fd = !listeners_.empty() ? listeners_.front()->fd() : !bound_.empty() ? bound_.front().get() : -1;
  return fd < 0 ? std::uint16_t{0} : own_address(loop_.calls(), fd).port();
}

}}}}  // namespace penstock::v0::epoll::detail
