// SPDX-License-Identifier: BSL-1.0
// A lazy coroutine: it runs when it is awaited or spawned, and ends where it was awaited.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/coro/frames.hpp>
#include <penstock/coro/scheduler.hpp>

namespace penstock { inline namespace v0 {

template <class T = void>
class task;

namespace detail {

// Told once, at the end of a task that really suspended; answers what goes on, or a no-op. The
// task's frame is still there, and may not be destroyed inside.
struct completion {
  std::coroutine_handle<> (*ended)(completion&) noexcept;
};

// Goes on with a coroutine.
struct resumption : completion {
  resumption() noexcept : completion{[](completion& c) noexcept { return static_cast<resumption&>(c).next; }} {}
  std::coroutine_handle<> next;
};

class task_promise_base {
 public:
  static void* operator new(std::size_t size) { return frame_recycler::allocate(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { frame_recycler::release(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  // Goes on where it was awaited, if that really suspended: an awaiting side that found the task
  // ended in place goes on by itself, so that a loop of such awaits needs no stack.
  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      completion* const then = ended.promise().then_;
      return then != nullptr ? then->ended(*then) : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };
  final_awaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error_ = std::current_exception(); }

  void then(completion& told) noexcept { then_ = &told; }

 protected:
  void rethrow() {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  completion* then_ = nullptr;
  std::exception_ptr error_;
};

template <class T>
class task_promise final : public task_promise_base {
 public:
  task<T> get_return_object() noexcept;
  template <class U>
    requires std::is_constructible_v<T, U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T result() {
    rethrow();
    return std::move(*value_);  // NOLINT(bugprone-unchecked-optional-access): it is done, and did not throw
  }

 private:
  std::optional<T> value_;
};

template <>
class task_promise<void> final : public task_promise_base {
 public:
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void result() { rethrow(); }
};

}  // namespace detail

// Move-only. Destroying one that has not ended destroys its frame, and with it whatever it waits
// for: nothing is called afterwards, no byte is lost. Exceptions end in the awaiting coroutine. It may be made in one
// loop, and run and destroyed in another thread's.
template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::task_promise<T>;
  using handle = std::coroutine_handle<promise_type>;

  task() = default;
  explicit task(handle frame) noexcept : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    task(std::move(other)).swap(*this);
    return *this;
  }
  ~task() {
    if (frame_) frame_.destroy();
  }

  explicit operator bool() const noexcept { return frame_ != nullptr; }
  bool done() const noexcept { return frame_.done(); }  // contract: not empty

  // Awaiting it starts it in place; its end resumes whoever waits. The awaiting side owns it still.
  class awaiter {
   public:
    explicit awaiter(handle frame) noexcept : frame_(frame) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    bool await_ready() const {
      frame_.resume();
      return frame_.done();
    }
    void await_suspend(std::coroutine_handle<> awaiting) noexcept {
      then_.next = awaiting;
      frame_.promise().then(then_);
    }
    T await_resume() const { return frame_.promise().result(); }

   private:
    handle frame_;
    detail::resumption then_;
  };
  // Contract: awaited once, and not started before.
  awaiter operator co_await() && noexcept {
    PENSTOCK_EXPECTS(frame_ && !frame_.done());
    return awaiter(frame_);
  }

  // --- for those who drive a task without awaiting its result --------------------------------

  // Runs it up to its first wait. True: it has ended. Contract: not started before.
  bool start() {
    PENSTOCK_EXPECTS(frame_ && !frame_.done());
    frame_.resume();
    return frame_.done();
  }
  // Its end is told there, if start() answered false. `told` lives until then or as long as the task.
  void then(detail::completion& told) noexcept { frame_.promise().then(told); }
  // As awaiting it, but the result stays in it, exceptions included.
  class end_awaiter : public awaiter {
   public:
    using awaiter::awaiter;
    void await_resume() const noexcept {}
  };
  end_awaiter ended() noexcept {
    PENSTOCK_EXPECTS(frame_ && !frame_.done());
    return end_awaiter(frame_);
  }
  // The result of one that has ended; throws what ended it.
  T result() && { return frame_.promise().result(); }

 private:
  void swap(task& other) noexcept { std::swap(frame_, other.frame_); }

  handle frame_;
};

template <class T>
task<T> detail::task_promise<T>::get_return_object() noexcept {
  return task<T>(task<T>::handle::from_promise(*this));
}
inline task<void> detail::task_promise<void>::get_return_object() noexcept {
  return task<void>(task<void>::handle::from_promise(*this));
}

namespace detail {

// A coroutine that nobody awaits: it starts at once, and the loop that its first parameter names
// owns it until it ends. It lets no exception out.
struct detached {
  struct promise_type : spawned_frame {
    explicit promise_type(scheduler& loop, auto&&...) noexcept
        : spawned_frame(std::coroutine_handle<promise_type>::from_promise(*this)) {
      loop.adopt(*this);
    }
    static void* operator new(std::size_t size) { return frame_recycler::allocate(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { frame_recycler::release(frame, size); }
    detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

}  // namespace detail

// Starts the task now, up to its first wait. The loop owns it from there on and destroys it with
// itself; its exception goes to scheduler::unhandled. Throws std::bad_alloc; the task is destroyed then.
PENSTOCK_API void spawn(scheduler& loop, task<> work);
// In the loop that runs the task.
inline void spawn(task<> work) { spawn(scheduler::running<scheduler>(), std::move(work)); }

}}  // namespace penstock::v0
