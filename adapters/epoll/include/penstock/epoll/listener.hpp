// SPDX-License-Identifier: BSL-1.0
// One listening socket: accepts, and starves politely.
#pragma once

#include <cstdint>
#include <memory>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/timer_heap.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Gives each accepted descriptor away. Out of descriptors or memory (R107 as mended): it stops, the
// waiting clients stay in the backlog, and one accept is tried every 100 ms and whenever a
// descriptor of the loop is closed (I-34).
class PENSTOCK_API listener final : private watched, private runnable, private timer {
 public:
  // Owns the descriptor. Answers what must live until the listener has gone on: it may be its owner.
  using accepted = std::shared_ptr<void> (*)(void* context, int fd, const address& peer);
  using failed = void (*)(void* context, std::error_code why);            // at most once a second

  // Takes the listening descriptor over. Throws std::system_error.
  listener(event_loop& loop, int fd, accepted give, failed report, void* context);
  ~listener();

  int fd() const noexcept { return fd_; }  // -1 once closed
  // Ends it, also from inside `give`.
  void close() noexcept;
  void pause() noexcept { paused_ = true; }
  void resume() noexcept;

 private:
  static constexpr unsigned accepts_a_turn = 64;

  void on_events(std::uint32_t events) noexcept override;
  void accept_some();
  void try_again() noexcept;
  void starve(std::error_code why);

  event_loop& loop_;
  int fd_;
  accepted give_;
  failed report_;
  void* context_;
  bool paused_ = false;
  bool starving_ = false;
  time_point last_report_{};
};

}}}  // namespace penstock::v0::epoll
