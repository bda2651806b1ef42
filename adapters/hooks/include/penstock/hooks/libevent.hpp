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
#include <penstock/hooks/attached.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace hooks {

// Attached as long as this lives, which may end inside the application's own call.
template <epoll::driven D>
class event_hook final : public attached<event_hook<D>, D> {
  using base = attached<event_hook, D>;
  friend base;

 public:
  // Makes the driver of `made_of`; the loop outlives it. Throws std::runtime_error where libevent refuses the
  // descriptor, what the driver throws.
  template <class... A>
  explicit event_hook(event_base* loop, A&&... made_of)
      : base(std::in_place, std::forward<A>(made_of)...), loop_(loop) {
    event_assign(&io_, loop_, base::driver().fd(), 0, &on_io, this);
    evtimer_assign(&timer_, loop_, &on_timer, this);
    base::attach();
  }
  ~event_hook() { base::detach(); }

 private:
  void watch(short wants) {
    event_del(&io_);
    const int events = ((wants & POLLIN) != 0 ? EV_READ : 0) | ((wants & POLLOUT) != 0 ? EV_WRITE : 0);
    event_assign(&io_, loop_, base::driver().fd(), static_cast<short>(events | EV_PERSIST), &on_io, this);
    if (events != 0 && event_add(&io_, nullptr) != 0) throw std::runtime_error("event_add");
  }
  void wake_at(time_point due) {
    if (due == time_point::never()) {
      event_del(&timer_);
      return;
    }
    const std::int64_t left = (std::max<std::int64_t>((due - base::now()).count(), 0) + 999) / 1000;  // microseconds
    const timeval after = {static_cast<time_t>(left / 1'000'000), static_cast<suseconds_t>(left % 1'000'000)};
    event_add(&timer_, &after);
  }
  void forget() {
    event_del(&io_);
    event_del(&timer_);
  }

  static void on_io(evutil_socket_t, short events, void* self) {
    std::uint32_t bits = 0;
    if ((events & EV_READ) != 0) bits |= POLLIN;
    if ((events & EV_WRITE) != 0) bits |= POLLOUT;
    static_cast<event_hook*>(self)->turn(bits);
  }
  static void on_timer(evutil_socket_t, short, void* self) { static_cast<event_hook*>(self)->update(); }

  event_base* loop_;
  event io_;
  event timer_;
};

template <class Application>
using event_connection = event_hook<epoll::driven_connection<Application>>;

}}}  // namespace penstock::v0::hooks
