// SPDX-License-Identifier: BSL-1.0
// Signals as something to wait for, through signalfd; only for who asks.
#pragma once

#include <signal.h>

#include <concepts>
#include <memory>

#include <penstock/contract.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/epoll/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// A set, written {SIGINT, SIGTERM}.
class signal_set {
 public:
  template <std::same_as<int>... S>
    requires(sizeof...(S) >= 1)
  signal_set(S... of) noexcept {  // NOLINT: implicit on purpose
    ::sigemptyset(&set_);
    (::sigaddset(&set_, of), ...);
  }
  const sigset_t& get() const noexcept { return set_; }

 private:
  sigset_t set_;
};

// Until one of the signals comes; answers which. While it waits they are blocked in this thread, and
// behave as before afterwards; other threads of the program block them themselves, before they start
// or by their own mask, or the signal goes there. Throws std::system_error. A second SIGHUP that comes
// before the next call ends the process, for that is its effect: a loop of waits needs a signal_watch.
PENSTOCK_API task<int> next_signal(event_loop& loop, signal_set of);
PENSTOCK_API task<int> next_signal(signal_set of);

// Waits for one signal after the other. They are blocked as with next_signal, but from here to its end: what comes
// between two waits is kept for the next, once a signal. Made and ended in the loop's thread; outlives its waits.
//
//   epoll::signal_watch hangups(SIGHUP);
//   for (;;) {
//     co_await hangups.next();
//     reload();
//   }
class PENSTOCK_API signal_watch {
 public:
  signal_watch(event_loop& loop, signal_set of);  // throws std::system_error
  explicit signal_watch(signal_set of);
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  ~signal_watch();

  task<int> next();  // answers which; given up: what comes is kept for the next

 private:
  class source;
  std::unique_ptr<source> source_;
};

// Runs the loop until one of the signals comes; answers which.
//
//   epoll::run_until_signal(loop, {SIGINT, SIGTERM});
//   loop.run_until(server.shutdown(5s));
PENSTOCK_API int run_until_signal(event_loop& loop, signal_set of);

}}}  // namespace penstock::v0::epoll
