// SPDX-License-Identifier: BSL-1.0
// One listening socket: accepts, and starves politely.
#pragma once

#include <cstdint>
#include <system_error>

#include <penstock/coro/accept_errors.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/server_state.hpp>
#include <penstock/coro/timer_heap.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

// Gives each accepted descriptor away. Out of descriptors or memory (R107 as mended), or where accepting is
// forbidden: it stops, the waiting clients stay in the backlog, and as long as there are any one accept is tried
// every 100 ms and whenever a descriptor of the loop is closed (I-34).
class listener final : private watched, private runnable, private timer {
 public:
  class owner {
   public:
    // Owns the descriptor. Answers what must live until the listener has gone on: its owner may end here.
    virtual held<penstock::detail::server_state> accepted(int fd, const address& peer) noexcept = 0;
    virtual void failed(std::error_code why) noexcept = 0;  // at most once a second

   protected:
    ~owner() = default;
  };

  listener(event_loop& loop, owner& of) noexcept;
  ~listener();
  // Takes the listening descriptor over, unless it answers an error. Once.
  std::error_code begin(int fd) noexcept;
  // Gives it back.
  int release() noexcept;

  int fd() const noexcept { return fd_; }  // -1 while it has none
  // Ends it, also from inside `accepted`.
  void close() noexcept;
  void pause() noexcept { paused_ = true; }
  void resume() noexcept;

 private:
  void on_events(std::uint32_t events) noexcept override;
  void accept_some();
  void try_again() noexcept;
  void rest() noexcept;
  void starve(std::error_code why) noexcept;

  event_loop& loop_;
  int fd_ = -1;
  owner& owner_;
  bool paused_ = false;
  bool starving_ = false;
  penstock::detail::accept_reports reports_;
};

}}}}  // namespace penstock::v0::epoll::detail
