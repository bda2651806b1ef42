// SPDX-License-Identifier: BSL-1.0
// The loop of an executor: which one it is, how long it lives, and the handle on it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <penstock/asio/executor_loop.hpp>
#include <penstock/coro/counters.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 { namespace asio {

namespace detail {

// The loops of a context. It ends them before any other service of the context ends, so that whatever
// outlives the context touches nothing of it.
class loops final : public net::execution_context::service {
 public:
  using key_type = loops;
  static inline net::execution_context::id id;

  explicit loops(net::execution_context& of) : net::execution_context::service(of) {}

  // The one of that executor, made when it is first asked for. From any thread. O(loops) for a new one.
  static loop_use of(const net::any_io_executor& executor) {
    net::execution_context& context = net::query(executor, net::execution::context);
    return net::use_service<loops>(context).find(net::prefer(executor, net::execution::outstanding_work.untracked));
  }
  // True: nobody has taken it up again, and nobody will.
  bool give_up(executor_loop& loop) noexcept {
    const std::lock_guard guard(guard_);
    if (!loop.unused()) return false;
    erase(loop);
    return true;
  }
  void forget(executor_loop& loop) noexcept {
    const std::lock_guard guard(guard_);
    erase(loop);
  }

 private:
  loop_use find(const net::any_io_executor& executor) {
    const std::lock_guard guard(guard_);
    for (std::size_t i = all_.size(); i-- != 0;)
      if (all_[i]->executor_ == executor) return loop_use(*all_[i]);
    const held<executor_loop> made(*new executor_loop(*this, executor));
    all_.push_back(made);
    // The context's own is kept; a strand's goes with its last stream.
    if (executor.target<net::io_context::executor_type>() != nullptr) made->use();
    return loop_use(*made);
  }
  void erase(executor_loop& loop) noexcept {
    std::erase_if(all_, [&](const held<executor_loop>& one) { return one.get() == &loop; });
  }
  void shutdown() noexcept override {
    std::vector<held<executor_loop>> all;
    {
      const std::lock_guard guard(guard_);
      all.swap(all_);
    }
    for (const held<executor_loop>& loop : all) {
      loop->registry_ = nullptr;
      loop->end(false);
    }
  }

  std::mutex guard_;
  std::vector<held<executor_loop>> all_;
};

inline void executor_loop::end_if_unused() noexcept {
  if (has_tasks() || registry_ == nullptr) return;
  const held<executor_loop> alive(*this);
  if (registry_->give_up(*this)) end(true);
}

inline void executor_loop::end(bool context_runs) noexcept {
  if (ended_.exchange(true)) return;
  const held<executor_loop> alive(*this);
  if (loops* const registry = std::exchange(registry_, nullptr)) registry->forget(*this);
  // What a frame's destructor starts is ended, too, as long as there are streams for it.
  do {
    while (!operations_.empty()) {
      pending_operation& first = operations_.front();
      first.unlink();
      first.loop_ends(context_runs);
    }
    end_tasks();
  } while (!operations_.empty());
  end_all();
  timer_.reset();
  plain_ = nullptr;
  executor_ = net::any_io_executor();  // a strand's must not outlive its context
}

}  // namespace detail

// A handle: equal executors have the same loop. The loop of a context's own executor lives as long as the
// context, a strand's as long as a handle, a stream, a server or a task uses it; the end of the context ends
// both: tasks are destroyed, streams ended, by a reset where bytes are unsent, nothing is resumed. Used by one thread
// at a time: a context that several threads run gives each loop a strand.
class event_loop {
 public:
  event_loop(const net::any_io_executor& executor)  // NOLINT: implicit on purpose, as are both
      : use_(detail::loops::of(executor)) {}
  template <class Executor>
    requires(std::convertible_to<const Executor&, net::any_io_executor> && !std::same_as<Executor, event_loop> &&
             !std::same_as<Executor, net::any_io_executor>)
  event_loop(const Executor& executor) : event_loop(net::any_io_executor(executor)) {}  // NOLINT
  template <class Context>
    requires std::derived_from<Context, net::execution_context>
  event_loop(Context& context) : event_loop(net::any_io_executor(context.get_executor())) {}  // NOLINT
  explicit event_loop(detail::loop_use use) noexcept : use_(std::move(use)) {}

  detail::executor_loop& get() const noexcept { return *use_; }
  operator scheduler&() const noexcept { return *use_; }  // NOLINT: it is one
  // None once it has ended.
  const net::any_io_executor& executor() const noexcept { return use_->executor(); }

  // Starts the task now, up to its first wait; its exception goes to on_unhandled.
  void spawn(task<> work) const {
    use_->look_at_clock();
    penstock::spawn(*use_, std::move(work));
  }
  void on_unhandled(std::function<void(std::exception_ptr)> told) const { use_->on_unhandled(std::move(told)); }
  penstock::counters counters() const noexcept { return use_->counters(); }
  std::string explain() const { return use_->explain(); }
  // Destroys tasks, ends streams, by a reset where bytes are unsent, and completes operations with operation_aborted;
  // the executor stays. Nothing can be started here afterwards: adopt throws, and a handler without an executor of its
  // own is called by the system executor. In a task or a handler of this loop: as soon as that waits or has returned.
  void end() const noexcept { use_->end_by_its_owner(); }

 private:
  detail::loop_use use_;
};

}}}  // namespace penstock::v0::asio
