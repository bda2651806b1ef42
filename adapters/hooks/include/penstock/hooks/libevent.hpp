// SPDX-License-Identifier: BSL-1.0
// A driver in a libevent loop.
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace hooks {

// Attached as long as this lives, which may end inside the application's own call.
template <epoll::driven D>
class event_hook {
 public:
  // Makes the driver of `made_of`; the base outlives it. Throws std::runtime_error where libevent refuses the
  // descriptor, what the driver throws.
  template <class... A>
  explicit event_hook(event_base* base, A&&... made_of) : base_(base), driver_(std::forward<A>(made_of)...) {
    event_assign(&io_, base_, driver_.fd(), 0, &on_io, this);
    evtimer_assign(&timer_, base_, &on_timer, this);
    driver_.before_close(&forget, this);
    rearm();
  }
  event_hook(const event_hook&) = delete;
  event_hook& operator=(const event_hook&) = delete;
  ~event_hook() {
    driver_.before_close(nullptr, nullptr);
    forget(this);
  }

  D& driver() noexcept { return driver_; }
  // A turn now: after a write, a close or an abort that was not the application's own.
  void update() {
    if (driver_.on_time(now()) != epoll::driver_state::destroyed) rearm();
  }
  // Looks again what the driver waits for, after a turn that was not this hook's.
  void rearm() {
    if (driver_.fd() < 0) return;
    if (const short wants = driver_.wants(); wants != armed_) {
      event_del(&io_);
      armed_ = wants;
      const int events = ((wants & POLLIN) != 0 ? EV_READ : 0) | ((wants & POLLOUT) != 0 ? EV_WRITE : 0);
      event_assign(&io_, base_, driver_.fd(), static_cast<short>(events | EV_PERSIST), &on_io, this);
      if (events != 0 && event_add(&io_, nullptr) != 0) throw std::runtime_error("event_add");
    }
    const time_point due = driver_.deadline();
    if (due == time_point::never()) {
      event_del(&timer_);
    } else {
      const std::int64_t left = (std::max<std::int64_t>((due - now()).count(), 0) + 999) / 1000;  // microseconds
      const timeval after = {static_cast<time_t>(left / 1'000'000), static_cast<suseconds_t>(left % 1'000'000)};
      event_add(&timer_, &after);
    }
  }

 private:
  static time_point now() noexcept { return epoll::system_kernel().now(); }

  static void on_io(evutil_socket_t, short events, void* self) {
    auto& hook = *static_cast<event_hook*>(self);
    std::uint32_t bits = 0;
    if ((events & EV_READ) != 0) bits |= POLLIN;
    if ((events & EV_WRITE) != 0) bits |= POLLOUT;
    if (hook.driver_.on_ready(bits, now()) != epoll::driver_state::destroyed) hook.rearm();
  }
  static void on_timer(evutil_socket_t, short, void* self) { static_cast<event_hook*>(self)->update(); }
  // Before the descriptor is closed.
  static void forget(void* self) {
    auto& hook = *static_cast<event_hook*>(self);
    event_del(&hook.io_);
    event_del(&hook.timer_);
  }

  event_base* base_;
  D driver_;
  event io_;
  event timer_;
  short armed_ = 0;
};

template <class Application>
using event_connection = event_hook<epoll::driven_connection<Application>>;

}}}  // namespace penstock::v0::hooks
