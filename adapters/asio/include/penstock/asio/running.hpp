// SPDX-License-Identifier: BSL-1.0
// The loop of whoever names none: the one that runs the task (R12).
#pragma once

#include <stdexcept>

#include <penstock/asio/executor_loop.hpp>
#include <penstock/coro/scheduler.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

inline executor_loop& running_loop() {
  auto* const current = dynamic_cast<executor_loop*>(scheduler::current());
  if (current == nullptr)
    throw std::logic_error("outside a task of an asio::event_loop the loop is the first argument");
  return *current;
}

}}}}  // namespace penstock::v0::asio::detail
