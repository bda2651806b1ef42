// SPDX-License-Identifier: BSL-1.0
// A driver in a libuv loop.
#pragma once

#include <poll.h>
#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/hooks/attached.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace hooks {

// Attached as long as this lives, which may end inside the application's own call. libuv's handles live on
// until it has closed them: run the loop once more before it is closed.
template <epoll::driven D>
class uv_hook final : public attached<uv_hook<D>, D> {
  using base = attached<uv_hook, D>;
  friend base;

 public:
  // Makes the driver of `made_of`; the loop outlives it. Throws std::system_error, what the driver throws.
  template <class... A>
  explicit uv_hook(uv_loop_t* loop, A&&... made_of) : base(std::in_place, std::forward<A>(made_of)...) {
    auto made = std::make_unique<handles>();
    if (const int result = uv_poll_init_socket(loop, &made->poll, base::driver().fd()); result < 0)
      throw std::system_error(-result, std::system_category(), "uv_poll_init_socket");
    uv_timer_init(loop, &made->timer);
    made->poll.data = made->timer.data = made.get();
    made->hook = this;
    handles_ = made.release();
    base::attach();
  }
  ~uv_hook() { base::detach(); }

 private:
  struct handles {
    uv_poll_t poll;
    uv_timer_t timer;
    uv_hook* hook;
    int open = 2;
  };

  void watch(short wants) {
    const int events = ((wants & POLLIN) != 0 ? UV_READABLE : 0) | ((wants & POLLOUT) != 0 ? UV_WRITABLE : 0);
    if (events != 0)
      uv_poll_start(&handles_->poll, events, &on_poll);
    else
      uv_poll_stop(&handles_->poll);
  }
  void wake_at(time_point due) {
    if (due == time_point::never()) {
      uv_timer_stop(&handles_->timer);
      return;
    }
    // libuv's clock is the same, in milliseconds, and stands during a round.
    const std::int64_t at = (due - time_point()).count() / 1'000'000 + 1;
    const std::int64_t start = static_cast<std::int64_t>(uv_now(handles_->timer.loop));
    uv_timer_start(&handles_->timer, &on_timer, static_cast<std::uint64_t>(std::max<std::int64_t>(at - start, 0)), 0);
  }
  void forget() {
    handles* const closing = std::exchange(handles_, nullptr);
    if (closing == nullptr) return;
    closing->hook = nullptr;
    const auto closed = [](uv_handle_t* handle) {
      auto* const all = static_cast<handles*>(handle->data);
      if (--all->open == 0) delete all;
    };
    uv_close(reinterpret_cast<uv_handle_t*>(&closing->poll), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&closing->timer), closed);
  }

  static void on_poll(uv_poll_t* handle, int status, int events) {
    uv_hook* const hook = static_cast<handles*>(handle->data)->hook;
    if (hook == nullptr) return;
    std::uint32_t bits = 0;
    if ((events & UV_READABLE) != 0) bits |= POLLIN;
    if ((events & UV_WRITABLE) != 0) bits |= POLLOUT;
    if (status < 0) {  // libuv has stopped the handle
      bits |= POLLERR;
      hook->unwatched();
    }
    hook->turn(bits);
  }
  static void on_timer(uv_timer_t* handle) {
    uv_hook* const hook = static_cast<handles*>(handle->data)->hook;
    if (hook != nullptr) hook->update();
  }

  handles* handles_ = nullptr;  // null once the descriptor is closed
};

template <class Application>
using uv_connection = uv_hook<epoll::driven_connection<Application>>;

}}}  // namespace penstock::v0::hooks
