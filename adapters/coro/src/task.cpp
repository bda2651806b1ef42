// SPDX-License-Identifier: BSL-1.0
// A task that the loop owns.
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 {
namespace {

// The coroutine around a spawned task: owned by the loop's list, gone when it has ended.
struct root {
  struct promise_type : spawned_frame {
    promise_type() noexcept : spawned_frame(std::coroutine_handle<promise_type>::from_promise(*this)) {}
    static void* operator new(std::size_t size) { return frame_recycler::allocate(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { frame_recycler::release(frame, size); }
    root get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }  // run() lets none out
  };
  std::coroutine_handle<promise_type> frame;
};

root run(scheduler* loop, task<> work) {
  std::exception_ptr error;
  try {
    co_await std::move(work);
  } catch (...) {
    error = std::current_exception();
  }
  if (error) loop->unhandled(error);
}

}  // namespace

void spawn(scheduler& loop, task<> work) {
  const root started = run(&loop, std::move(work));
  loop.adopt(started.frame.promise());
  started.frame.resume();
}

}}  // namespace penstock::v0
