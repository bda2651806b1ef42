// SPDX-License-Identifier: BSL-1.0
// The loop of whoever names none: the one that runs the task (R12).
#pragma once

#include <stdexcept>

#include <penstock/epoll/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

inline event_loop& running_loop() {
  auto* const current = dynamic_cast<event_loop*>(scheduler::current());
  if (current == nullptr)
    throw std::logic_error("outside a task of an epoll::event_loop the loop is the first argument");
  return *current;
}

}}}  // namespace penstock::v0::epoll
