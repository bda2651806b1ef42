// SPDX-License-Identifier: BSL-1.0
// asyncio.gather: several tasks at once.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <penstock/coro/frames.hpp>
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 {

namespace detail {

// How many tasks of a group run, and who goes on when none does.
struct group {
  std::size_t running = 0;
  std::coroutine_handle<> awaiting;
};

// Runs one task of a group; its frame is the group's.
class member {
 public:
  struct promise_type {
    explicit promise_type(group* its_group, auto&) noexcept : of(its_group) {}
    static void* operator new(std::size_t size) { return frame_recycler::allocate(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { frame_recycler::release(frame, size); }
    member get_return_object() noexcept { return member(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct last {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) const noexcept {
        group& all = *ended.promise().of;
        if (--all.running == 0 && all.awaiting) return all.awaiting;
        return std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };
    last final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }  // run() lets none out
    group* of;
  };

  member() = default;
  member(member&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  member& operator=(member&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~member() {
    if (frame_) frame_.destroy();
  }
  void start() const { frame_.resume(); }

  template <class T>
  static member run(group*, task<T>& work) {
    co_await work.ended();
  }

 private:
  explicit member(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  std::coroutine_handle<promise_type> frame_;
};

template <class T>
using result_of = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
result_of<T> take(task<T>& work) {
  if constexpr (std::is_void_v<T>) {
    std::move(work).result();
    return {};
  } else {
    return std::move(work).result();
  }
}

}  // namespace detail

// Runs all of them and answers a tuple of their results (std::monostate for void) once the last one
// has ended; then the first exception, in the order of the arguments, is thrown. Destroying it while
// it waits destroys what has not ended.
template <class... T>
class [[nodiscard]] when_all {
 public:
  explicit when_all(task<T>... work) : work_(std::move(work)...) {}
  when_all(const when_all&) = delete;
  when_all& operator=(const when_all&) = delete;

  bool await_ready() {
    group_.running = sizeof...(T) + 1;
    std::apply([&](auto&... work) { members_ = {detail::member::run(&group_, work)...}; }, work_);
    for (const detail::member& one : members_) one.start();
    return --group_.running == 0;
  }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept { group_.awaiting = awaiting; }
  std::tuple<detail::result_of<T>...> await_resume() {
    return std::apply([](auto&... work) { return std::tuple<detail::result_of<T>...>{detail::take(work)...}; }, work_);
  }

 private:
  std::tuple<task<T>...> work_;
  detail::group group_;
  std::array<detail::member, sizeof...(T)> members_;  // last: they refer to the others
};

}}  // namespace penstock::v0
