// SPDX-License-Identifier: BSL-1.0
// A socket's turns, and what it tells of itself.
#include <penstock/epoll/socket_transport.hpp>

#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include <penstock/epoll/address.hpp>

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

// Closes what was not taken over.
struct descriptor {
  kernel& calls;
  int fd;
  ~descriptor() {
    if (fd >= 0) calls.close(fd);
  }
};

}  // namespace

socket_transport& socket_transport::adopt(event_loop& loop, int fd, const address& peer, const stream_options& options) {
  descriptor guarded{loop.calls(), fd};
  auto* const made = new socket_transport(loop, fd, peer, options);
  guarded.fd = -1;
  if (const std::error_code ec = loop.watch(fd, *made)) {
    made->hold();
    made->inner().lost(ec);
    made->let_go();
    throw std::system_error(ec, "watching a socket");
  }
  made->begin();
  return *made;
}

socket_transport::socket_transport(event_loop& loop, int fd, const address& peer, const stream_options& options)
    : stream(loop, options), io_(loop.calls(), fd) {
  if (peer.family() == AF_INET || peer.family() == AF_INET6)
    std::memcpy(&peer_, &peer.storage, peer.size);
  else if (std::string name = peer.text(); !name.empty())
    names_.reset(new names{{}, std::move(name)});
}

void socket_transport::on_events(std::uint32_t events) noexcept {
  io_.note(events);
  update();
}

bool socket_transport::work(time_point now) {
  const bool again = turn(*this, outer(), *this, inner().in().buffered().size(), now);
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
  try {
    names_.reset(new names{own_name(), peer_name()});
  } catch (const std::bad_alloc&) {  // then it has no names any more
  }
  loop_of().forget(*this);
  io_.hang_up(reset);
  loop_of().closed_one();
}

std::string socket_transport::own_name() const {
  if (!io_.open()) return names_ ? names_->own : std::string();
  address own;
  own.size = sizeof own.storage;
  const int result = loop_of().calls().getsockname(io_.fd(), own.get(), &own.size);
  return result < 0 ? std::string() : own.text();
}

std::string socket_transport::peer_name() const {
  if (names_) return names_->peer;
  address peer;
  std::memcpy(&peer.storage, &peer_, sizeof peer_);
  peer.size = peer_.sin6_family == AF_UNSPEC ? 0 : sizeof peer_;
  return peer.text();
}

std::string socket_transport::extra_info(std::string_view key) const {
  if (key == "sockname") return own_name();
  if (key == "peername") return peer_name();
  if (key == "socket") return io_.open() ? std::to_string(io_.fd()) : std::string();
  return {};
}

}}}  // namespace penstock::v0::epoll
