// SPDX-License-Identifier: BSL-1.0
// A socket's turns, and what it tells of itself.
#include <penstock/epoll/socket_transport.hpp>

#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include <penstock/epoll/address.hpp>

#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll {

socket_transport& socket_transport::adopt(event_loop& loop, int fd, const address& peer,
                                          const stream_options& options) {
  descriptor guarded(loop.calls(), fd);
  auto* const made = new socket_transport(loop, fd, peer, options);
  guarded.release();
  made->begin_in_loop();
  return *made;
}

void socket_transport::begin_in_loop() {
  if (const std::error_code ec = loop_of().watch(io_.fd(), *this)) {
    hold();
    outer().lost(ec);
    let_go();
    throw std::system_error(ec, "watching a socket");
  }
  begin();
}

socket_transport::socket_transport(event_loop& loop, int fd, const address& peer, const stream_options& options)
    : stream(loop, options), names_(kept_name(peer)), io_(loop.calls(), fd, peer.family() == AF_UNIX) {
  if (peer.family() != AF_INET) return;
  sockaddr_in name{};
  std::memcpy(&name, &peer.storage, sizeof name);
  peer_host_ = name.sin_addr.s_addr;
  peer_port_ = name.sin_port;
}

std::unique_ptr<socket_transport::names> socket_transport::kept_name(const address& peer) {
  if (peer.family() == AF_INET) return nullptr;
  std::string text = peer.text();
  return text.empty() ? nullptr : std::unique_ptr<names>(new names{{}, std::move(text), {}, -1});
}

PENSTOCK_HOT void socket_transport::on_events(std::uint32_t events) noexcept {
  io_.note(events);
  update();
}

PENSTOCK_HOT bool socket_transport::work(time_point now) {
  const bool again = turn(*this, now);
  if (!io_.failed() || !io_.open() || again) return again;
  // Nobody reads and nobody writes: only the event tells that the connection is gone.
  if (const std::error_code ec = io_.pending_error()) {
    hang_up(false);
    outer().lost(ec);
    return true;
  }
  return false;
}

void socket_transport::hang_up(bool reset) noexcept {
  if (!io_.open()) return;
  if (names_are_kept()) {
    try {
      names_.reset(new names{own_name(), peer_name(), credentials(), io_.fd()});
    } catch (const std::bad_alloc&) {  // then it has no names any more
    }
  }
  loop_of().forget(*this);
  io_.hang_up(reset);
  loop_of().closed_one();
}

std::string socket_transport::own_name() const {
  if (!io_.open()) return names_ ? names_->own : std::string();
  return own_address(loop_of().calls(), io_.fd()).text();
}

std::string socket_transport::peer_name() const {
  if (names_) return names_->peer;
  if (peer_port_ == 0) return {};
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = peer_host_;
  name.sin_port = peer_port_;
  return address::of(name).text();
}

// Of the process that connected, or that called listen.
std::string socket_transport::credentials() const {
  if (!io_.open()) return names_ ? names_->credentials : std::string();
  kernel& calls = loop_of().calls();
  if (own_address(calls, io_.fd()).family() != AF_UNIX) return {};
  ucred peer{};
  socklen_t size = sizeof peer;
  if (calls.getsockopt(io_.fd(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return {};
  return "pid=" + std::to_string(peer.pid) + " uid=" + std::to_string(peer.uid) + " gid=" + std::to_string(peer.gid);
}

std::string socket_transport::extra_info(std::string_view key) const {
  if (key == "sockname") return own_name();
  if (key == "peername") return peer_name();
  if (key == "peercred") return credentials();
  if (key != "socket") return {};
  const int fd = io_.open() ? io_.fd() : names_ ? names_->socket : -1;
  return fd < 0 ? std::string() : std::to_string(fd);
}

}}}  // namespace penstock::v0::epoll
