// SPDX-License-Identifier: BSL-1.0
// Starting threads that no signal is for.
#pragma once

#include <signal.h>

#include <penstock/epoll/kernel.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Threads that start meanwhile get none: they are for who asked for them (run_until_signal).
class no_signals {
 public:
  no_signals() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    system_kernel().set_blocked(SIG_SETMASK, all, &before_);
  }
  no_signals(const no_signals&) = delete;
  no_signals& operator=(const no_signals&) = delete;
  ~no_signals() { system_kernel().set_blocked(SIG_SETMASK, before_, nullptr); }

 private:
  sigset_t before_{};
};

}}}  // namespace penstock::v0::epoll
