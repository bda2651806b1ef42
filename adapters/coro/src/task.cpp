// SPDX-License-Identifier: BSL-1.0
// A task that the loop owns.
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 {
namespace {

detail::detached run(scheduler& loop, task<> work) {
  std::exception_ptr error;
  try {
    co_await std::move(work);
  } catch (...) {
    error = std::current_exception();
  }
  if (error) loop.unhandled(std::move(error));
}

}  // namespace

void spawn(scheduler& loop, task<> work) {
  {
    const scheduler::scope here(loop);
    run(loop, std::move(work));
  }
  if (!loop.running_) loop.work_came();
}

}}  // namespace penstock::v0
