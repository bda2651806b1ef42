// SPDX-License-Identifier: BSL-1.0
// Waiting for time: sleep, and a limit on a whole task.
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include <penstock/coro/exceptions.hpp>
#include <penstock/coro/limit_watch.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/wait_limit.hpp>

namespace penstock { inline namespace v0 {

// asyncio.sleep: suspends until the time has come, at least until the loop's next round. A stop
// requested before throws std::system_error with errc::canceled. Outside a loop's task std::logic_error.
class [[nodiscard]] sleep {
 public:
  explicit sleep(wait_limit until) noexcept : until_(std::move(until)) {}
  sleep(const sleep&) = delete;
  sleep& operator=(const sleep&) = delete;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    awaiting_ = awaiting;
    watch_.emplace(scheduler::running<scheduler>(), until_, &reached, this);
  }
  void await_resume() {
    watch_.reset();
    if (why_ == errc::canceled) throw_error(why_);
  }

 private:
  static void reached(void* context, errc why) {
    auto& self = *static_cast<sleep*>(context);
    self.why_ = why;
    self.awaiting_.resume();
  }

  wait_limit until_;
  std::optional<limit_watch> watch_;
  std::coroutine_handle<> awaiting_;
  errc why_{};
};

// asyncio.wait_for on a task: its result, or std::system_error with errc::timed_out or
// errc::canceled once the limit is reached. Then its frame is destroyed, and whatever it waited for
// with it: no byte is lost. Outside a loop's task std::logic_error.
template <class T>
class [[nodiscard]] with_timeout {
 public:
  with_timeout(task<T> work, wait_limit limit) noexcept : work_(std::move(work)), limit_(std::move(limit)) {}
  with_timeout(const with_timeout&) = delete;
  with_timeout& operator=(const with_timeout&) = delete;

  bool await_ready() { return work_.start(); }
  void await_suspend(std::coroutine_handle<> awaiting) {
    scheduler& loop = scheduler::running<scheduler>();
    awaiting_ = awaiting;
    then_.next = awaiting;
    work_.then(then_);
    watch_.emplace(loop, limit_, &reached, this);
  }
  T await_resume() {
    watch_.reset();
    if (why_ != errc()) throw_error(why_);
    return std::move(work_).result();
  }

 private:
  static void reached(void* context, errc why) {
    auto& self = *static_cast<with_timeout*>(context);
    self.why_ = why;
    self.work_ = task<T>();
    self.awaiting_.resume();
  }

  task<T> work_;
  detail::resumption then_;
  wait_limit limit_;
  std::optional<limit_watch> watch_;
  std::coroutine_handle<> awaiting_;
  errc why_{};
};

namespace detail {

template <class T>
task<T> limited(task<T> work, wait_limit limit) {
  co_return co_await with_timeout<T>(std::move(work), std::move(limit));
}
// What a call answers whose last argument is a limit.
template <class T>
task<T> within(task<T> work, wait_limit limit) {
  return limit.none() ? std::move(work) : limited(std::move(work), std::move(limit));
}

}  // namespace detail

}}  // namespace penstock::v0
