// SPDX-License-Identifier: BSL-1.0
// Our tasks on an executor of Asio's, with a completion token for their end.
#pragma once

#include <boost/asio/async_result.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include <penstock/asio/event_loop.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/token_operation.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/error.hpp>

namespace penstock { inline namespace v0 { namespace asio {

namespace detail {

// Handlers get a result also where an exception took its place.
template <class T>
using spawned_result = std::conditional_t<std::default_initializable<T>, T, std::optional<T>>;
template <class T>
struct spawn_signature {
  using type = void(std::exception_ptr, spawned_result<T>);
};
template <>
struct spawn_signature<void> {
  using type = void(std::exception_ptr);
};

// A task that runs, and the handler that is told its end. It begins and ends in a round of the loop.
template <class T, class Handler>
class spawned final : public token_operation<spawned<T, Handler>, Handler>,
                      private runnable,
                      private penstock::detail::completion {
  using base = token_operation<spawned, Handler>;

 public:
  spawned(Handler&& handler, executor_loop& loop, task<T> work)
      : base(std::move(handler), &loop),
        runnable([](runnable& r) { static_cast<spawned&>(r).go(); }),
        penstock::detail::completion{[](penstock::detail::completion& c) noexcept -> std::coroutine_handle<> {
          auto& self = static_cast<spawned&>(c);
          if (!self.runnable::linked()) self.loop().schedule(self);  // else its cancellation has
          return std::noop_coroutine();
        }},
        use_(loop),
        work_(std::move(work)) {}

  void start() {
    if (this->loop().ended()) return fail();
    this->begin(std::nullopt);
    this->loop().schedule(*this);
  }

 private:
  friend base;

  // Ended and cancelled at once: the result wins, for the task may have taken bytes.
  void go() {
    if (started_ && work_.done()) return finish();
    if (canceled_) return give_up(errc::canceled);
    started_ = true;
    if (!work_.start()) return work_.then(*this);
    finish();
  }
  void finish() {
    std::exception_ptr error;
    if constexpr (std::is_void_v<T>) {
      try {
        std::move(work_).result();
      } catch (...) {
        error = std::current_exception();
      }
      work_ = task<T>();
      this->complete(std::move(error));
    } else {
      spawned_result<T> result{};
      try {
        result = std::move(work_).result();
      } catch (...) {
        error = std::current_exception();
      }
      work_ = task<T>();
      this->complete(std::move(error), std::move(result));
    }
  }
  template <class End>
  void without_result(End end) {
    std::exception_ptr error = std::make_exception_ptr(std::system_error(errc::canceled));
    if constexpr (std::is_void_v<T>)
      end(std::move(error));
    else
      end(std::move(error), spawned_result<T>{});
  }

  // The task may be what asked for it: it is destroyed in a round of its own.
  void canceled() {
    if (std::exchange(canceled_, true) || runnable::linked()) return;
    this->loop().schedule(*this);
  }
  void give_up(errc) {
    work_ = task<T>();
    without_result([&](auto&&... result) { this->complete(std::move(result)...); });
  }
  void forget() noexcept { work_ = task<T>(); }
  void fail() {
    without_result([&](auto&&... result) { this->post(std::move(result)...); });
  }

  loop_use use_;
  task<T> work_;
  bool started_ = false;
  bool canceled_ = false;
};

struct initiate_task {
  template <class Handler, class T>
  void operator()(Handler&& handler, event_loop loop, task<T> work) const {
    std::decay_t<Handler> own(std::forward<Handler>(handler));
    spawned<T, std::decay_t<Handler>>::create(std::move(own), loop.get(), std::move(work)).start();
  }
};

}  // namespace detail

// Runs the task on the executor's loop: void(std::exception_ptr), or void(std::exception_ptr, T), where a T that
// cannot be made by default comes in an optional. Cancelling it destroys a task that has not ended, and the exception
// is std::system_error with errc::canceled: no byte is lost. Its end is told in a round of its own, so what comes
// between the two may be first under `||`: a limit belongs inside the task.
//
//   co_await penstock::asio::co_spawn(executor, talk(std::move(in), std::move(out)), boost::asio::use_awaitable);
template <class T, class Token>
auto co_spawn(const event_loop& loop, task<T> work, Token&& token) {
  return net::async_initiate<Token, typename detail::spawn_signature<T>::type>(detail::initiate_task(), token,
                                                                               event_loop(loop), std::move(work));
}

}}}  // namespace penstock::v0::asio
