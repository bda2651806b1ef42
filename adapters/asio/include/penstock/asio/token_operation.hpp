// SPDX-License-Identifier: BSL-1.0
// A completion handler that waits: its executor, allocator and cancellation slot, and its one call.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/system_executor.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <penstock/asio/executor_loop.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/limit_watch.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/error.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

// A handler and its results, on their way through an executor.
template <class Handler, class... Result>
class bound_handler {
 public:
  using allocator_type = net::associated_allocator_t<Handler>;
  bound_handler(Handler&& handler, Result... result) : handler_(std::move(handler)), result_(std::move(result)...) {}
  allocator_type get_allocator() const noexcept { return net::get_associated_allocator(handler_); }
  void operator()() { std::apply(std::move(handler_), std::move(result_)); }

 private:
  Handler handler_;
  std::tuple<Result...> result_;
};

// A handler with its executor, which has work for as long.
template <class Handler>
class awaited_handler {
 public:
  awaited_handler(Handler&& handler, const net::any_io_executor& otherwise)
      : executor_(net::get_associated_executor(handler, otherwise)),
        work_(net::prefer(executor_, net::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  const Handler& get() const noexcept { return handler_; }
  // By its executor; where that cannot promise to call nothing at once, as any_completion_handler's, by `otherwise`
  // first.
  template <class... Result>
  void post(const net::any_io_executor& otherwise, Result... result) {
    bound_handler<Handler, Result...> bound(std::move(handler_), std::move(result)...);
    if constexpr (net::can_require_v<tracked, net::execution::blocking_t::never_t>)
      net::post(work_, std::move(bound));
    else
      net::post(otherwise, net::bind_executor(work_, std::move(bound)));
  }
  // In the loop's thread, and not inside the call that started it: where the handler belongs to the loop's
  // executor it is called here, inside the turn, so that what it writes leaves with the turn.
  template <class... Result>
  void complete(executor_loop& loop, Result... result) {
    if constexpr (std::is_convertible_v<const executor&, net::any_io_executor>) {
      if (scheduler::current() == &loop && net::any_io_executor(executor_) == loop.executor())
        return call(std::move(result)...);
    }
    net::dispatch(work_, bound_handler<Handler, Result...>(std::move(handler_), std::move(result)...));
  }

 private:
  using executor = net::associated_executor_t<Handler, net::any_io_executor>;
  using tracked =
      std::decay_t<decltype(net::prefer(std::declval<executor>(), net::execution::outstanding_work.tracked))>;

  template <class... Result>
  void call(Result... result) {
    try {
      std::move(handler_)(std::move(result)...);
    } catch (...) {
      // Out of the context's run(), as everywhere else, and not through the turn.
      net::post(work_, [error = std::current_exception()] { std::rethrow_exception(error); });
    }
  }

  executor executor_;
  tracked work_;
  Handler handler_;
};

// Something that is done for a handler, made with the handler's allocator. Derived says how it is given up:
//   void give_up(errc why)      ends the wait and completes, by complete() or post()
//   void forget()               ends the wait
//   void fail()                 completes, by post(), with operation_aborted
template <class Derived, class Handler>
class token_operation : public pending_operation {
 public:
  template <class... Arguments>
  static Derived& create(Handler&& handler, Arguments&&... arguments) {
    allocator all(net::get_associated_allocator(handler));
    Derived* const memory = traits::allocate(all, 1);
    try {
      return *new (memory) Derived(std::move(handler), std::forward<Arguments>(arguments)...);
    } catch (...) {
      traits::deallocate(all, memory, 1);
      throw;
    }
  }
  token_operation(const token_operation&) = delete;
  token_operation& operator=(const token_operation&) = delete;

 protected:
  token_operation(Handler&& handler, executor_loop* loop)
      : loop_(loop != nullptr ? held<executor_loop>(*loop) : held<executor_loop>()),
        handler_(std::move(handler), executor_of(loop)) {}
  ~token_operation() {
    if (canceller_ != nullptr) canceller_->of = nullptr;
  }

  executor_loop& loop() const noexcept { return *loop_; }
  // From here on it may be given up.
  void begin(std::optional<wait_limit>&& limit) {
    loop_->look_at_clock();
    loop_->await_end_of(*this);
    if (auto slot = net::get_associated_cancellation_slot(handler_.get()); slot.is_connected())
      canceller_ = &slot.template emplace<canceller>(this);
    if (!limit) return;
    watch_.emplace(*loop_, *limit, [](void* self, errc why) { derived(self).give_up(why); }, this);
  }
  // Both end the operation's life, and then call the handler.
  template <class... Result>
  void complete(Result... result) {
    const held<executor_loop> loop = loop_;
    taken().complete(*loop, std::move(result)...);
  }
  template <class... Result>
  void post(Result... result) {
    const net::any_io_executor otherwise = executor_of(loop_.get());
    taken().post(otherwise, std::move(result)...);
  }

 private:
  using allocator =
      typename std::allocator_traits<net::associated_allocator_t<Handler>>::template rebind_alloc<Derived>;
  using traits = std::allocator_traits<allocator>;

  // In the slot; it and the operation know of each other.
  struct canceller {
    explicit canceller(token_operation* op) noexcept : of(op) {}
    canceller(const canceller&) = delete;
    canceller& operator=(const canceller&) = delete;
    ~canceller() {
      if (of != nullptr) of->canceller_ = nullptr;
    }
    void operator()(net::cancellation_type_t type) const {
      if (of != nullptr && type != net::cancellation_type::none) derived(of).canceled();
    }
    token_operation* of;
  };

  // A loop has one until it has ended: for what it ends, too.
  static net::any_io_executor executor_of(const executor_loop* loop) {
    if (loop != nullptr && loop->executor()) return loop->executor();
    return net::system_executor();
  }
  static Derived& derived(void* self) noexcept { return static_cast<Derived&>(*static_cast<token_operation*>(self)); }
  static Derived& derived(token_operation* self) noexcept { return static_cast<Derived&>(*self); }
  awaited_handler<Handler> taken() {
    awaited_handler<Handler> handler(std::move(handler_));
    end_life(handler);
    return handler;
  }
  void end_life(const awaited_handler<Handler>& with) noexcept {
    allocator all(net::get_associated_allocator(with.get()));
    Derived* const self = &derived(this);
    self->~Derived();
    traits::deallocate(all, self, 1);
  }
  void loop_ends(bool context_runs) noexcept override {
    derived(this).forget();
    if (context_runs) return derived(this).fail();
    const awaited_handler<Handler> abandoned(std::move(handler_));
    end_life(abandoned);
  }

  held<executor_loop> loop_;
  awaited_handler<Handler> handler_;
  canceller* canceller_ = nullptr;
  std::optional<limit_watch> watch_;
};

}}}}  // namespace penstock::v0::asio::detail
