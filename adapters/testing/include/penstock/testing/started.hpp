// SPDX-License-Identifier: BSL-1.0
// What a check does beside waiting: tasks that run meanwhile, errors as values, time that passes.
#pragma once

#include <coroutine>
#include <system_error>
#include <utility>

#include <penstock/coro/task.hpp>
#include <penstock/coro/timeout.hpp>
#include <penstock/error.hpp>
#include <penstock/testing/ground.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// A task that was started at once and goes on by itself, inside a loop's task. Destroying it
// destroys its frame, wherever it waits.
template <class T = void>
class [[nodiscard]] started {
 public:
  explicit started(task<T> work) : work_(std::move(work)) { work_.start(); }

  bool done() const noexcept { return work_.done(); }
  // Contract: done(). Its result, or what ended it, thrown.
  T result() { return std::move(work_).result(); }
  // Destroys its frame; done() may not be asked any more.
  void destroy() { work_ = task<T>(); }

  // Waits for its end. Contract: once.
  class awaiter {
   public:
    explicit awaiter(task<T>& work) noexcept : work_(work) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    bool await_ready() const noexcept { return work_.done(); }
    void await_suspend(std::coroutine_handle<> awaiting) noexcept {
      then_.next = awaiting;
      work_.then(then_);
    }
    T await_resume() { return std::move(work_).result(); }

   private:
    task<T>& work_;
    penstock::detail::resumption then_;
  };
  awaiter operator co_await() noexcept { return awaiter(work_); }

 private:
  task<T> work_;
};

// The error with which a wait ends, as std::system_error holds it; success if it ends without one.
// Awaited in the expression that makes it, as in `co_await error_of(in.readline())`.
template <class Awaitable>
class [[nodiscard]] error_of {
 public:
  explicit error_of(Awaitable&& wait) noexcept : wait_(wait) {}
  error_of(const error_of&) = delete;
  error_of& operator=(const error_of&) = delete;
  bool await_ready() { return wait_.await_ready(); }
  auto await_suspend(std::coroutine_handle<> awaiting) { return wait_.await_suspend(awaiting); }
  std::error_code await_resume() {
    try {
      static_cast<void>(wait_.await_resume());
    } catch (const std::system_error& e) {
      return e.code();
    }
    return {};
  }

 private:
  Awaitable& wait_;
};

// The same of a task, as a task.
template <class T>
task<std::error_code> failing(task<T> work) {
  try {
    static_cast<void>(co_await std::move(work));
  } catch (const std::system_error& e) {
    co_return e.code();
  }
  co_return std::error_code();
}

// A moment: for `while (!what_is_waited_for) co_await tick();`
inline auto tick() { return sleep(duration::nanoseconds(1'000'000)); }
// Until whatever can happen has happened.
inline auto calm(const ground& g) { return sleep(g.calm()); }
// Until it holds, or has not for a hundred times as long.
template <class Holds>
task<> eventually(const ground& g, Holds holds) {
  for (int left = 100; left != 0 && !holds(); --left) co_await calm(g);
}

}}}  // namespace penstock::v0::testing
