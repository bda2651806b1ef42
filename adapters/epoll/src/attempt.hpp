// SPDX-License-Identifier: BSL-1.0
// One socket on its way to an address.
#pragma once

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <system_error>

#include <penstock/coro/loop_user.hpp>
#include <penstock/coro/notification.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/event_loop.hpp>

#include "descriptor.hpp"
#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll {

// What all attempts of a call share; outlives them.
struct destination {
  event_loop& loop;
  notification& changed;
  int protocol;
  std::span<const address> from;  // local addresses: of the attempt's family the first that can be bound
};

// Writable means that the outcome is there. The loop's end closes it.
class attempt final : private watched, private loop_user {
 public:
  attempt(const destination& way, const address& to) noexcept : way_(way), to_(to), socket_(way.loop.calls(), -1) {}
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;
  ~attempt() { close(); }

  // Where to; where it could not be bound, also where from (R100).
  std::string text() const {
    if (unbound_ != nullptr) return to_.text() + " from " + unbound_->text();
    const bool served = way_.from.empty() || std::ranges::any_of(way_.from, [this](const address& own) {
                          return own.family() == to_.family();
                        });
    return to_.text() + (served ? "" : " from a local address, of which none has its family");
  }
  std::error_code start() {
    kernel& calls = way_.loop.calls();
    const int fd = calls.socket(to_.family(), SOCK_STREAM, way_.protocol);
    if (fd < 0) return system_error_of(fd);
    socket_ = descriptor(calls, fd);
    way_.loop.tell_end_to(*this);
    if (!way_.from.empty())
      if (const std::error_code ec = bind_one()) return ec;
    int result = calls.connect(fd, to_.get(), to_.size);
    if (result == -EINTR) result = -EINPROGRESS;  // goes on by itself
    if (result < 0 && result != -EINPROGRESS) return system_error_of(result);
    reported_ = result >= 0;
    return way_.loop.watch(fd, *this, EPOLLOUT);
  }
  bool reported() const noexcept { return reported_; }
  std::error_code outcome() noexcept { return error_of(way_.loop.calls(), socket_.get()); }
  void close() noexcept {
    if (socket_.get() < 0) return;
    loop_user::unlink();
    way_.loop.forget(*this);
    socket_.close();
    way_.loop.closed_one();
  }
  // The connected descriptor.
  descriptor release() noexcept {
    loop_user::unlink();
    way_.loop.forget(*this);
    return std::move(socket_);
  }

 private:
  void loop_ends() noexcept override { close(); }
  void on_events(std::uint32_t) noexcept override {
    reported_ = true;
    way_.changed.notify_all();
  }
  // Error: the last bind's, or that no local address has the family (R100).
  std::error_code bind_one() noexcept {
    std::error_code last = std::make_error_code(std::errc::address_family_not_supported);
    for (const address& own : way_.from) {
      if (own.family() != to_.family()) continue;
      const int result = way_.loop.calls().bind(socket_.get(), own.get(), own.size);
      unbound_ = result < 0 ? &own : nullptr;
      if (result >= 0) return {};
      last = system_error_of(result);
    }
    return last;
  }

  const destination& way_;
  const address& to_;
  descriptor socket_;
  const address* unbound_ = nullptr;  // the local one that was tried last, in vain
  bool reported_ = false;
};

}}}  // namespace penstock::v0::epoll
