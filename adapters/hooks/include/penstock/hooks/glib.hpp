// SPDX-License-Identifier: BSL-1.0
// A driver in a GLib main context: a GSource with a descriptor and a ready time.
#pragma once

#include <glib-unix.h>
#include <glib.h>
#include <poll.h>

#include <cstdint>
#include <utility>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace hooks {

static_assert(G_IO_IN == POLLIN && G_IO_OUT == POLLOUT && G_IO_ERR == POLLERR && G_IO_HUP == POLLHUP);

// Attached as long as this lives, which may end inside the application's own call.
template <epoll::driven D>
class glib_hook {
 public:
  // Makes the driver of `made_of`; null is the default context. Throws what the driver throws.
  template <class... A>
  explicit glib_hook(GMainContext* context, A&&... made_of) : driver_(std::forward<A>(made_of)...) {
    source_ = reinterpret_cast<source*>(g_source_new(&functions, sizeof(source)));
    source_->hook = this;
    g_source_attach(&source_->base, context);
    driver_.before_close(&forget, this);
    rearm();
  }
  glib_hook(const glib_hook&) = delete;
  glib_hook& operator=(const glib_hook&) = delete;
  ~glib_hook() {
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
    if (source_ == nullptr) return;
    if (const short wants = driver_.wants(); wants != armed_) {
      armed_ = wants;
      if (tag_ != nullptr) g_source_remove_unix_fd(&source_->base, std::exchange(tag_, nullptr));
      // Without one where nothing is wanted: poll would tell of a hang-up without end.
      if (wants != 0) tag_ = g_source_add_unix_fd(&source_->base, driver_.fd(), static_cast<GIOCondition>(wants));
    }
    // GLib's monotonic clock is the same, in microseconds.
    const time_point due = driver_.deadline();
    g_source_set_ready_time(&source_->base, due == time_point::never() ? -1 : (due - time_point()).count() / 1000 + 1);
  }

 private:
  struct source {
    GSource base;
    glib_hook* hook;
  };

  static time_point now() noexcept { return epoll::system_kernel().now(); }

  static gboolean dispatch(GSource* base, GSourceFunc, gpointer) {
    glib_hook* const hook = reinterpret_cast<source*>(base)->hook;
    if (hook == nullptr) return G_SOURCE_REMOVE;
    const auto events =
        static_cast<std::uint32_t>(hook->tag_ != nullptr ? g_source_query_unix_fd(base, hook->tag_) : 0);
    const epoll::driver_state is = events != 0 ? hook->driver_.on_ready(events, now()) : hook->driver_.on_time(now());
    if (is != epoll::driver_state::open) return G_SOURCE_REMOVE;
    hook->rearm();
    return G_SOURCE_CONTINUE;
  }
  // Before the descriptor is closed.
  static void forget(void* self) {
    auto& hook = *static_cast<glib_hook*>(self);
    source* const ending = std::exchange(hook.source_, nullptr);
    if (ending == nullptr) return;
    ending->hook = nullptr;
    g_source_destroy(&ending->base);
    g_source_unref(&ending->base);
  }
  static inline GSourceFuncs functions{nullptr, nullptr, &dispatch, nullptr, nullptr, nullptr};

  D driver_;
  source* source_ = nullptr;  // null once the descriptor is closed
  gpointer tag_ = nullptr;
  short armed_ = 0;
};

template <class Application>
using glib_connection = glib_hook<epoll::driven_connection<Application>>;

}}}  // namespace penstock::v0::hooks
