// SPDX-License-Identifier: BSL-1.0
// What waiting needs of a loop: now, later, and at a time. Each loop is one.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/block_pool.hpp>
#include <penstock/coro/counters.hpp>
#include <penstock/coro/frames.hpp>
#include <penstock/coro/kept_deadlines.hpp>
#include <penstock/coro/list.hpp>
#include <penstock/coro/loop_user.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/timer_heap.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

class scheduler;
class stream;
namespace detail {
class server_state;
}
template <class T>
class task;
PENSTOCK_API void spawn(scheduler& loop, task<void> work);  // task.hpp

// A coroutine that the loop owns: spawned, and destroyed by the loop if it does not end before.
class spawned_frame : public list_hook<spawned_frame> {
 public:
  explicit spawned_frame(std::coroutine_handle<> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<> handle() const noexcept { return handle_; }

 private:
  std::coroutine_handle<> handle_;
};

// Used by one thread at a time; only post, post_from_any_thread and withdraw may be called by others.
class PENSTOCK_API scheduler {
 public:
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;
  virtual ~scheduler();

  // The loop that runs this thread's current task; null outside one.
  static scheduler* current() noexcept;
  // The same as the kind of loop that the caller works with: the loop of whoever names none (R12).
  // Throws std::logic_error where no such loop runs.
  template <std::derived_from<scheduler> Loop>
  static Loop& running() {
    auto* const loop = dynamic_cast<Loop*>(current());
    if (loop == nullptr)
      throw std::logic_error("not inside a task of such a loop: a call that takes a loop has it as its first argument");
    return *loop;
  }

  // When the round began: what all of it takes for now.
  time_point now() const noexcept { return now_; }
  // asyncio's loop.time(): what the clock says, from which a wait's limit counts. A virtual clock stands in a round.
  virtual time_point time() const noexcept { return now_; }

  // Runs it in the next round.
  void schedule(runnable& ready) noexcept {
    ready_->push_back(ready);
    if (!running_) work_came();
  }
  // From any thread: runs f in the loop's thread, in order. What it throws goes to unhandled().
  // Throws std::bad_alloc.
  void post(std::function<void()> f);
  // schedule from any thread. The runnable lives until it has run or was withdrawn, and nobody
  // posts it while it is posted.
  void post_from_any_thread(runnable&) noexcept;
  // Takes back what was posted from any thread and has not run; nothing if it is not posted. For
  // the loop's thread.
  void withdraw(runnable&) noexcept;
  void arm(timer& t, time_point when) noexcept {
    timers_.arm(t, when);
    if (!running_) work_came();
  }

  // A share of a copy of these deadlines. It is sought among the eight that were asked for last; others get a copy of
  // their own, which goes with its last stream.
  kept_deadlines keep(const deadlines&);
  block_pool& blocks() noexcept { return blocks_; }
  void adopt(spawned_frame& frame) noexcept { spawned_.push_back(frame); }
  void adopt(stream&) noexcept;
  void tell_end_to(loop_user& user) noexcept { users_.push_back(user); }

  // A spawned task or a connection's handler ended with an exception, a posted function threw, or
  // accepting failed. Told to whoever asked for it, else one line is written to standard error.
  void unhandled(std::exception_ptr) noexcept;
  // asyncio's set_exception_handler; an empty function: standard error again. It lets no exception out, and may be
  // replaced from inside. Throws std::bad_alloc.
  void on_unhandled(std::function<void(std::exception_ptr)> told) {
    told_unhandled_ = told ? std::make_shared<std::function<void(std::exception_ptr)>>(std::move(told)) : nullptr;
  }

  // The sums of all streams that there were and are, of servers what they accepted. O(streams).
  penstock::counters counters() const noexcept;

  // Who waits for what, a line each (see explain); empty if nobody does.
  std::string explain() const;

 protected:
  explicit scheduler(time_point now);
  void set_now(time_point now) noexcept { now_ = now; }

  // Makes this the thread's current loop, and its frames the ones to take, for as long as it lives.
  class PENSTOCK_API scope {
   public:
    explicit scope(scheduler&) noexcept;
    ~scope();
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

   private:
    scheduler& loop_;
    scheduler* outer_;
    frame_recycler* outer_frames_;
    bool was_running_;
  };

  // Something was posted, perhaps from another thread: the loop must not sleep. Called under a lock.
  virtual void wake_up() noexcept = 0;

  // Something was scheduled or armed from outside a round: whoever waits for the loop must look.
  virtual void work_came() noexcept {}

  bool has_ready() const noexcept { return !ready_->empty() || !batch_->empty(); }
  // Runs at most `most` of what is ready now, not what becomes ready meanwhile. Answers how many ran.
  unsigned run_ready(unsigned most = ~0u);
  // What other threads posted becomes ready.
  void collect_posted() noexcept;
  // Fires what is due. True if it fired anything.
  bool fire_due(time_point now);
  time_point next_timer() const noexcept { return timers_.next(); }
  bool running() const noexcept { return running_; }  // inside a scope
  // For a loop that can be stopped, and was while it ran a task to its end.
  [[noreturn]] static void stopped_too_early();
  bool has_tasks() const noexcept { return !spawned_.empty(); }
  // Destroys the frames of all spawned tasks and handlers, and closes servers; resumes nothing.
  void end_tasks() noexcept;
  // Destroys tasks, tells whoever may outlive the loop, ends all streams, by a reset where bytes are unsent, and
  // forgets what was posted; also what all that starts meanwhile. The first thing a loop's destructor does.
  void end_all() noexcept;
  // A connection that was closed still flushes, or waits for its filter's end. O(streams).
  bool has_closing() const noexcept;

 private:
  friend void spawn(scheduler& loop, task<void> work);
  friend class stream;
  friend class detail::server_state;
  struct posted_functions : runnable {
    explicit posted_functions(scheduler& loop) noexcept;
    scheduler& of;
  };
  void run_posted() noexcept;

  static constexpr unsigned most_kept = 8;  // deadlines to look among

  void forget_deadlines() noexcept;
  bool end_task() noexcept;          // one; false: there was none
  bool forget_functions() noexcept;  // false: there were none

  time_point now_;
  bool running_ = false;
  list<runnable> queues_[2];  // their roles are swapped, which moves nothing
  list<runnable>* ready_ = &queues_[0];
  list<runnable>* batch_ = &queues_[1];  // being run
  timer_heap timers_;
  list<spawned_frame> spawned_;
  list<stream> streams_;
  penstock::counters ended_;  // of streams that have closed; what servers accepted and refused
  std::shared_ptr<std::function<void(std::exception_ptr)>> told_unhandled_;
  list<loop_user> users_;
  frame_recycler* frames_;
  block_pool& blocks_;
  list<detail::shared_deadlines> kept_;  // held; the latest last
  unsigned kept_count_ = 0;
  std::mutex posted_guard_;
  list<runnable> posted_;
  std::vector<std::function<void()>> functions_;  // under the guard, too
  posted_functions posted_functions_{*this};
};

}}  // namespace penstock::v0
