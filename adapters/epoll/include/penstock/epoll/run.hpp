// SPDX-License-Identifier: BSL-1.0
// asyncio.run: a loop for one task.
#pragma once

#include <utility>

#include <penstock/coro/task.hpp>
#include <penstock/epoll/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Runs the task in a loop of its own and answers its result or throws what ended it. What it
// spawned and left is destroyed with the loop.
template <class T>
T run(task<T> work) {
  event_loop loop;
  return loop.run_until(std::move(work));
}

}}}  // namespace penstock::v0::epoll
