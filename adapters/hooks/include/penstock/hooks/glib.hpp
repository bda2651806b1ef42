// SPDX-License-Identifier: BSL-1.0
// A driver in a GLib main context: a GSource with a descriptor and a ready time.
#pragma once

#include <glib-unix.h>
#include <glib.h>
#include <poll.h>

#include <cstdint>
#include <utility>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/hooks/attached.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace hooks {

static_assert(G_IO_IN == POLLIN && G_IO_OUT == POLLOUT && G_IO_ERR == POLLERR && G_IO_HUP == POLLHUP);

// Attached as long as this lives, which may end inside the application's own call.
template <epoll::driven D>
class glib_hook final : public attached<glib_hook<D>, D> {
  using base = attached<glib_hook, D>;
  friend base;

 public:
  // Makes the driver of `made_of`; null is the default context. Throws what the driver throws.
  template <class... A>
  explicit glib_hook(GMainContext* context, A&&... made_of) : base(std::in_place, std::forward<A>(made_of)...) {
    source_ = reinterpret_cast<source*>(g_source_new(&functions, sizeof(source)));
    source_->hook = this;
    g_source_attach(&source_->own, context);
    base::attach();
  }
  ~glib_hook() { base::detach(); }

 private:
  struct source {
    GSource own;
    glib_hook* hook;
  };

  void watch(short wants) {
    if (tag_ != nullptr) g_source_remove_unix_fd(&source_->own, std::exchange(tag_, nullptr));
    // Without one where nothing is wanted: poll would tell of a hang-up without end.
    if (wants != 0) tag_ = g_source_add_unix_fd(&source_->own, base::driver().fd(), static_cast<GIOCondition>(wants));
  }
  void wake_at(time_point due) {
    // GLib's monotonic clock is the same, in microseconds.
    g_source_set_ready_time(&source_->own, due == time_point::never() ? -1 : (due - time_point()).count() / 1000 + 1);
  }
  void forget() {
    source* const ending = std::exchange(source_, nullptr);
    if (ending == nullptr) return;
    ending->hook = nullptr;
    g_source_destroy(&ending->own);
    g_source_unref(&ending->own);
  }

  static gboolean dispatch(GSource* own, GSourceFunc, gpointer) {
    glib_hook* const hook = reinterpret_cast<source*>(own)->hook;
    if (hook == nullptr) return G_SOURCE_REMOVE;
    const auto events = static_cast<std::uint32_t>(hook->tag_ != nullptr ? g_source_query_unix_fd(own, hook->tag_) : 0);
    return hook->turn(events) == epoll::driver_state::open ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  }
  static inline GSourceFuncs functions{nullptr, nullptr, &dispatch, nullptr, nullptr, nullptr};

  source* source_ = nullptr;  // null once the descriptor is closed
  gpointer tag_ = nullptr;
};

template <class Application>
using glib_connection = glib_hook<epoll::driven_connection<Application>>;

}}}  // namespace penstock::v0::hooks
