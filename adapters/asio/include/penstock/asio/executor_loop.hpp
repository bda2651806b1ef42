// SPDX-License-Identifier: BSL-1.0
// The scheduler on one executor: rounds are posted work, timers one steady_timer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include <penstock/asio/operation_memory.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/list.hpp>
#include <penstock/coro/receive_arena.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace asio {

namespace net = boost::asio;

namespace detail {

class loops;

// Something with operations of Asio's under way, which the loop ends if it ends before.
class pending_operation : public list_hook<pending_operation> {
 public:
  // `context_runs`: a handler of the application's is posted, with operation_aborted; else it is destroyed, as Asio
  // does.
  virtual void loop_ends(bool context_runs) noexcept = 0;

 protected:
  pending_operation() = default;
  ~pending_operation() = default;
};

// A transport that will wait for its socket again.
class rearmed : public list_hook<rearmed> {
 public:
  virtual void arm() = 0;

 protected:
  rearmed() = default;
  ~rearmed() = default;
};

// What the running thread receives into: of a turn, and never held across a completion.
inline receive_arena arena_of_this_thread() {
  thread_local loop_arena arena;
  arena.make();
  return arena.get();
}

// Its memory lives as long as anything holds it, pending operations included; what it runs, as long as
// anybody uses it: handles, streams, servers, tasks. All but the counting is for the executor's threads.
class executor_loop final : public scheduler {
 public:
  executor_loop(loops& registry, const net::any_io_executor& executor)
      : scheduler(clock()),
        registry_(&registry),
        executor_(executor),
        timer_(std::in_place, executor),
        plain_(executor_.target<net::io_context::executor_type>()) {}

  void hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  void use() noexcept { uses_.fetch_add(1, std::memory_order_relaxed); }
  void unuse() noexcept {
    if (uses_.fetch_sub(1, std::memory_order_acq_rel) == 1 && !running()) end_if_unused();
  }
  bool unused() const noexcept { return uses_.load(std::memory_order_acquire) == 0; }

  time_point time() const noexcept override { return clock(); }
  const net::any_io_executor& executor() const noexcept { return executor_; }  // none once ended
  bool ended() const noexcept { return ended_; }

  // Its now may be old where no round runs: whoever comes from outside with a time calls this first.
  void look_at_clock() noexcept {
    if (!running()) set_now(clock());
  }
  // Runs f as a part of the loop: for completions that Asio brings.
  template <class F>
  void inside(F&& f) {
    look_at_clock();
    run(f);
  }
  // A turn of a stream of this loop, because its socket is ready: at once, so that no round has to be posted
  // for it, or with the others where one is. What it writes to other streams waits for the round.
  void turn_of(stream& s) {
    if (running() || has_ready()) return s.update();
    set_now(clock());
    run([&] {
      s.update();
      run_ready(1);
    });
  }
  // Behind the turns of whatever the executor has ready: what a busy peer sends meanwhile is there by then, and
  // comes without an event.
  void arm_later(rearmed& one) noexcept {
    if (!one.linked()) to_arm_.push_back(one);
  }
  void await_end_of(pending_operation& operation) noexcept { operations_.push_back(operation); }
  // A transport has something open, and has not any more.
  void opened() noexcept { ++open_; }
  void closed() noexcept { --open_; }

  // Tasks are destroyed, streams ended, operations too. Again: nothing.
  void end(bool context_runs) noexcept;
  // The same where the context runs. From inside the loop: behind what runs, for that may be one of the tasks.
  void end_by_its_owner() noexcept {
    if (running())
      end_asked_ = true;
    else
      end(true);
  }

 private:
  friend class loops;
  static constexpr unsigned turns_a_round = 64;
  using slot = operation_memory<96>;

  struct round_handler {
    using allocator_type = slot_allocator<void, 96>;
    allocator_type get_allocator() const noexcept { return allocator_type(*memory); }
    void operator()() const {
      loop->posted_ = false;
      loop->round();
    }
    held<executor_loop> loop;
    slot* memory;
  };

  ~executor_loop() override { end_all(); }
  static time_point clock() noexcept { return std::chrono::steady_clock::now(); }

  // Behind whatever the executor has ready, so that all of it shares the round.
  void work_came() noexcept override {
    if (ended_ || std::exchange(posted_, true)) return;
    round_handler next{held<executor_loop>(*this), &round_memory_};
    if (plain_ != nullptr)
      net::defer(*plain_, std::move(next));
    else
      net::defer(executor_, std::move(next));
  }
  void wake_up() noexcept override {
    if (ended_.load(std::memory_order_acquire) || woken_.exchange(true)) return;
    net::post(executor_, [loop = held<executor_loop>(*this)] {
      loop->woken_ = false;
      loop->round();
    });
  }
  void round() {
    if (ended_) return;
    run([this] {
      set_now(clock());
      collect_posted();
      run_ready(turns_a_round);
      fire_due(now());
      while (!to_arm_.empty()) {
        rearmed& first = to_arm_.front();
        first.unlink();
        first.arm();
      }
    });
  }
  // Looks around behind f also where f throws: what it left ready must not wait for the next event.
  template <class F>
  void run(F&& f) {
    const held<executor_loop> alive(*this);
    try {
      const scope here(*this);
      f();
    } catch (...) {
      look_around();
      throw;
    }
    look_around();
  }
  // Behind whatever ran: what is next, and when.
  void look_around() {
    if (!running()) {
      if (end_asked_) end(true);
      if (unused()) end_if_unused();
    }
    if (ended_) return;
    if (has_ready() || !to_arm_.empty()) work_came();
    if (next_timer() < alarm_)
      set_alarm();
    else if (alarm_ != time_point::never() && next_timer() == time_point::never() && idle())
      cancel_alarm();  // run() would wait for it
  }
  // Nothing is under way, whoever holds handles.
  bool idle() const noexcept { return !has_tasks() && operations_.empty() && open_ == 0; }
  void set_alarm() {
    alarm_ = next_timer();
    timer_->expires_at(alarm_);
    timer_->async_wait([loop = held<executor_loop>(*this)](const boost::system::error_code& ec) {
      if (ec) return;
      loop->alarm_ = time_point::never();
      loop->round();
    });
  }
  void cancel_alarm() {
    alarm_ = time_point::never();
    timer_->cancel();
  }
  void end_if_unused() noexcept;

  loops* registry_;  // null once it has ended
  net::any_io_executor executor_;
  std::optional<net::steady_timer> timer_;
  const net::io_context::executor_type* plain_;  // the executor, where it is that
  time_point alarm_ = time_point::never();       // for which the timer is set
  bool posted_ = false;                          // a round is
  bool end_asked_ = false;                       // from inside
  std::atomic<bool> ended_ = false;
  std::atomic<bool> woken_ = false;
  std::atomic<std::size_t> holders_ = 0;
  std::atomic<std::size_t> uses_ = 0;
  std::size_t open_ = 0;  // transports
  list<pending_operation> operations_;
  list<rearmed> to_arm_;
  slot round_memory_;
};

// A share in what the loop runs.
class loop_use {
 public:
  loop_use() = default;
  explicit loop_use(executor_loop& loop) noexcept : loop_(loop) { loop.use(); }
  loop_use(const loop_use& other) noexcept : loop_(other.loop_) {
    if (loop_) loop_->use();
  }
  loop_use(loop_use&& other) noexcept = default;
  loop_use& operator=(loop_use other) noexcept {
    std::swap(loop_, other.loop_);
    return *this;
  }
  ~loop_use() {
    if (loop_) loop_->unuse();
  }
  executor_loop& operator*() const noexcept { return *loop_; }
  executor_loop* operator->() const noexcept { return loop_.get(); }

 private:
  held<executor_loop> loop_;
};

}  // namespace detail
}}}  // namespace penstock::v0::asio
