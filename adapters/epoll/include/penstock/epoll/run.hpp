// SPDX-License-Identifier: BSL-1.0
// asyncio.run: a loop for one task.
#pragma once

#include <utility>

#include <penstock/coro/task.hpp>
#include <penstock/epoll/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Runs the task in a loop of its own and answers its result or throws what ended it. Then the loop finishes:
// servers close, tasks and handlers that are left are destroyed, and what was written to connections that nobody holds
// any more leaves. Throws std::system_error where there are no descriptors for one.
template <class T>
T run(task<T> work) {
  struct finished_loop {
    event_loop loop;
    ~finished_loop() { loop.finish(); }
  } own;
  return own.loop.run_until(std::move(work));
}

}}}  // namespace penstock::v0::epoll
