// SPDX-License-Identifier: BSL-1.0
// Something may have changed: whoever waits looks again in the loop's next round.
#pragma once

#include <coroutine>

#include <penstock/coro/list.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/scheduler.hpp>

namespace penstock { inline namespace v0 {

// Waits come in pairs with a condition: `while (!condition) co_await changed.wait();`. For one loop.
class notification {
 public:
  explicit notification(scheduler& loop) noexcept : loop_(loop) {}

  // Lives in the waiting frame; destroying it ends the wait.
  class [[nodiscard]] waiting : private runnable {
   public:
    explicit waiting(notification& of) noexcept
        : runnable([](runnable& r) { static_cast<waiting&>(r).awaiting_.resume(); }), of_(of) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) noexcept {
      awaiting_ = awaiting;
      of_.waiting_.push_back(*this);
    }
    void await_resume() const noexcept {}

   private:
    notification& of_;
    std::coroutine_handle<> awaiting_;
  };
  waiting wait() noexcept { return waiting(*this); }

  void notify_all() noexcept {
    while (!waiting_.empty()) {
      runnable& next = waiting_.front();
      next.unlink();
      loop_.schedule(next);
    }
  }

 private:
  scheduler& loop_;
  list<runnable> waiting_;
};

}}  // namespace penstock::v0
