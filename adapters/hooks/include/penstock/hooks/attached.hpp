// SPDX-License-Identifier: BSL-1.0
// What hooks of all loops do alike with a driver: for those who write one.
#pragma once

#include <cstdint>
#include <utility>

#include <penstock/epoll/connection_driver.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace hooks {

// A driver and what a loop is told of it. The hook derives from it, and has
//
//   void watch(short wants);          // POLLIN, POLLOUT, both or none, of driver().fd(); called where it changes
//   void wake_at(time_point due);     // turn(0) then; in place of what was said before; never(): not at all
//   void forget();                    // both, for good: the descriptor is about to be closed; twice is nothing
//
// It calls attach() last of all in its constructor, detach() first of all in its destructor, and turn() whenever
// the loop tells it something. All of these may run inside a turn that the application ends the hook in.
template <class Hook, epoll::driven D>
class attached {
 public:
  attached(const attached&) = delete;
  attached& operator=(const attached&) = delete;

  D& driver() noexcept { return driver_; }
  // A turn now: after a write, a close or an abort that was not the application's own.
  void update() { turn(0); }
  // Looks again what the driver waits for, after a turn that was not this hook's.
  void rearm() {
    if (driver_.fd() < 0) return;
    if (const short wants = driver_.wants(); wants != watched_) {
      watched_ = wants;
      hook().watch(wants);
    }
    hook().wake_at(driver_.deadline());
  }

 protected:
  // Makes the driver of `made_of`.
  template <class... A>
  explicit attached(std::in_place_t, A&&... made_of) : driver_(std::forward<A>(made_of)...) {}
  ~attached() = default;

  void attach() {
    rearm();
    driver_.before_close([](void* self) { static_cast<attached*>(self)->hook().forget(); }, this);
  }
  void detach() {
    driver_.before_close(nullptr, nullptr);
    hook().forget();
  }
  // Of events as poll names them; none: of time. Where the answer is `destroyed`, this is gone.
  epoll::driver_state turn(std::uint32_t events) {
    const epoll::driver_state is = events != 0 ? driver_.on_ready(events, now()) : driver_.on_time(now());
    if (is != epoll::driver_state::destroyed) rearm();
    return is;
  }
  // The loop has stopped watching by itself: watch() is called again.
  void unwatched() noexcept { watched_ = 0; }
  static time_point now() noexcept { return epoll::system_kernel().now(); }

 private:
  Hook& hook() noexcept { return static_cast<Hook&>(*this); }

  D driver_;
  short watched_ = 0;
};

}}}  // namespace penstock::v0::hooks
