// SPDX-License-Identifier: BSL-1.0
// What a server does with a connection: asyncio's client_connected_cb.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 {

namespace detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

template <class T>
task<> result_dropped(task<T> work) {
  static_cast<void>(co_await std::move(work));
}

// g++ 12 destroys a temporary closure twice inside a co_await expression.
template <class F>
concept sound_handler =
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F> ||
    std::is_constructible_v<F, decltype(nullptr)>;
#else
    true;
#endif

}  // namespace detail

// A coroutine, a callable that answers a task, or a plain callable; it is copied. However it ends, the
// connection is closed with a flush then, handles that it gave away included (R47): a plain callable's
// connection when it returns.
class connection_handler {
 public:
  template <class F>
    requires(std::invocable<std::decay_t<F>&, stream_reader, stream_writer> &&
             !std::same_as<std::remove_cvref_t<F>, connection_handler>)
  connection_handler(F&& f) {  // NOLINT: implicit on purpose
    static_assert(detail::sound_handler<F>, "g++ 12: name a handler with captures before it is passed");
    using result = std::invoke_result_t<std::decay_t<F>&, stream_reader, stream_writer>;
    static_assert(detail::is_task<result> || std::is_void_v<result>, "a handler answers a task, or nothing");
    if constexpr (std::same_as<result, task<>>) {
      run_ = std::forward<F>(f);
    } else if constexpr (detail::is_task<result>) {
      run_ = [g = std::decay_t<F>(std::forward<F>(f))](stream_reader in, stream_writer out) mutable {
        return detail::result_dropped(g(std::move(in), std::move(out)));
      };
    } else {
      run_ = [g = std::decay_t<F>(std::forward<F>(f))](stream_reader in, stream_writer out) mutable {
        g(std::move(in), std::move(out));
        return task<>();
      };
    }
  }

  // An empty task: it has ended already. Throws what the callable throws.
  task<> operator()(stream_reader in, stream_writer out) { return run_(std::move(in), std::move(out)); }

 private:
  std::function<task<>(stream_reader, stream_writer)> run_;
};

}}  // namespace penstock::v0
