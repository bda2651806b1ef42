// SPDX-License-Identifier: BSL-1.0
// Signals as something to wait for, through signalfd; only for who asks.
#pragma once

#include <signal.h>

#include <concepts>

#include <penstock/contract.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/epoll/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// A set, written {SIGINT, SIGTERM}.
class signal_set {
 public:
  template <std::same_as<int>... S>
    requires(sizeof...(S) >= 1)
  signal_set(S... signals) noexcept {  // NOLINT: implicit on purpose
    ::sigemptyset(&set_);
    (::sigaddset(&set_, signals), ...);
  }
  const sigset_t& get() const noexcept { return set_; }

 private:
  sigset_t set_;
};

// Until one of the signals comes; answers which. While it waits they are blocked in this thread, and
// behave as before afterwards; other threads of the program block them themselves, before they start
// or by their own mask, or the signal goes there. Throws std::system_error.
PENSTOCK_API task<int> next_signal(event_loop& loop, signal_set signals);
PENSTOCK_API task<int> next_signal(signal_set signals);

// Runs the loop until one of the signals comes; answers which.
//
//   epoll::run_until_signal(loop, {SIGINT, SIGTERM});
//   loop.run_until(server.shutdown(5s));
PENSTOCK_API int run_until_signal(event_loop& loop, signal_set signals);

}}}  // namespace penstock::v0::epoll
