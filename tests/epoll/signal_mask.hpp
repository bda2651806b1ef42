// SPDX-License-Identifier: BSL-1.0
// What this thread blocks.
#pragma once

#include <signal.h>

namespace penstock_test {

inline bool is_blocked(int signal) {
  sigset_t now;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
  return ::sigismember(&now, signal) == 1;
}

}  // namespace penstock_test
