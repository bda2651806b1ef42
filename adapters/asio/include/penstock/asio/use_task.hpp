// SPDX-License-Identifier: BSL-1.0
// Asio's operations inside our tasks: a completion token, and what makes an awaitable of a deferred operation.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <penstock/asio/event_loop.hpp>
#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 { namespace asio {

// A completion token for tasks of an event_loop: `std::size_t n = co_await socket.async_read_some(b, use_task);`.
// The operation starts when it is awaited. An error is thrown as Asio throws it, boost::system::system_error;
// as_tuple(use_task) answers it. Destroyed while it waits the operation is cancelled, and what it refers to is
// left alone by sockets and timers from there on. Contract: awaited once.
struct use_task_t {};
inline constexpr use_task_t use_task{};

namespace detail {

// What the awaiting side and the operation's handler share.
template <class... Result>
struct awaited_operation {
  explicit awaited_operation(executor_loop& its_loop) noexcept : loop(its_loop) {}
  held<executor_loop> loop;
  std::coroutine_handle<> awaiting;
  std::optional<std::tuple<Result...>> result;
  net::cancellation_signal cancel;
};

template <class... Result>
class resuming_handler {
 public:
  using executor_type = net::any_io_executor;
  using cancellation_slot_type = net::cancellation_slot;

  explicit resuming_handler(std::shared_ptr<awaited_operation<Result...>> shared) noexcept
      : executor_(shared->loop->executor()), shared_(std::move(shared)) {}
  executor_type get_executor() const noexcept { return executor_; }
  cancellation_slot_type get_cancellation_slot() const noexcept { return shared_->cancel.slot(); }
  template <class... Arguments>
  void operator()(Arguments&&... result) {
    const std::shared_ptr<awaited_operation<Result...>> shared = std::move(shared_);
    if (!shared->awaiting || shared->loop->ended()) return;
    shared->result.emplace(std::forward<Arguments>(result)...);
    shared->loop->inside([&] { std::exchange(shared->awaiting, nullptr).resume(); });
  }

 private:
  executor_type executor_;
  std::shared_ptr<awaited_operation<Result...>> shared_;
};

// What a tuple of results is where it is awaited: an error is thrown, of one value no tuple is made.
inline void unwrapped(std::tuple<>&&) noexcept {}
template <class First, class... Rest>
decltype(auto) unwrapped(std::tuple<First, Rest...>&& result) {
  if constexpr (std::is_same_v<First, boost::system::error_code>) {
    if (std::get<0>(result)) throw boost::system::system_error(std::get<0>(result));
    return std::apply([](auto&&, auto&&... rest) { return unwrapped(std::tuple(std::move(rest)...)); },
                      std::move(result));
  } else if constexpr (std::is_same_v<First, std::exception_ptr>) {
    if (std::get<0>(result)) std::rethrow_exception(std::get<0>(result));
    return std::apply([](auto&&, auto&&... rest) { return unwrapped(std::tuple(std::move(rest)...)); },
                      std::move(result));
  } else if constexpr (sizeof...(Rest) == 0) {
    return First(std::get<0>(std::move(result)));
  } else {
    return std::tuple<First, Rest...>(std::move(result));
  }
}

template <class Signature, class Initiation, class... Arguments>
class operation_awaitable;

template <class... Result, class Initiation, class... Arguments>
class [[nodiscard]] operation_awaitable<void(Result...), Initiation, Arguments...> {
 public:
  template <class I, class... A>
  explicit operation_awaitable(std::in_place_t, I&& initiation, A&&... arguments)
      : initiation_(std::forward<I>(initiation)), arguments_(std::forward<A>(arguments)...) {}
  operation_awaitable(operation_awaitable&&) = default;
  operation_awaitable(const operation_awaitable&) = delete;
  operation_awaitable& operator=(const operation_awaitable&) = delete;
  ~operation_awaitable() {
    if (!shared_ || !shared_->awaiting) return;
    shared_->awaiting = nullptr;
    if (!shared_->loop->ended()) shared_->cancel.emit(net::cancellation_type::terminal);
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    shared_ = std::make_shared<awaited_operation<std::decay_t<Result>...>>(scheduler::running<executor_loop>());
    shared_->awaiting = awaiting;
    std::apply(
        [&](auto&&... arguments) {
          std::move(initiation_)(resuming_handler<std::decay_t<Result>...>(shared_),
                                 std::forward<decltype(arguments)>(arguments)...);
        },
        std::move(arguments_));
  }
  auto await_resume() { return unwrapped(std::move(*shared_->result)); }

 private:
  Initiation initiation_;
  std::tuple<Arguments...> arguments_;
  std::shared_ptr<awaited_operation<std::decay_t<Result>...>> shared_;
};

}  // namespace detail

// The same for an operation that waits for its token, such as net::deferred makes:
// `co_await await(timer.async_wait(net::deferred));`.
template <class Deferred>
auto await(Deferred&& operation) {
  return std::forward<Deferred>(operation)(use_task);
}

}}}  // namespace penstock::v0::asio

template <class... Result>
class boost::asio::async_result<penstock::asio::use_task_t, void(Result...)> {
 public:
  template <class Initiation, class... Arguments>
  using awaitable = penstock::asio::detail::operation_awaitable<void(Result...), std::decay_t<Initiation>,
                                                                std::decay_t<Arguments>...>;
  // The type is said: Asio asks for it where the body would not compile.
  template <class Initiation, class... Arguments>
  static awaitable<Initiation, Arguments...> initiate(Initiation&& initiation, penstock::asio::use_task_t,
                                                      Arguments&&... arguments) {
    return awaitable<Initiation, Arguments...>(std::in_place, std::forward<Initiation>(initiation),
                                               std::forward<Arguments>(arguments)...);
  }
};
