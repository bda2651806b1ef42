// SPDX-License-Identifier: BSL-1.0
// Rounds of a loop, whose thread it is, and its end.
#include <penstock/coro/scheduler.hpp>

#include <cstdio>
#include <utility>

#include <penstock/coro/stream.hpp>

namespace penstock { inline namespace v0 {
namespace {

thread_local scheduler* loop_of_this_thread = nullptr;

block_pool& pool_beside(frame_recycler& frames) {
  try {
    return block_pool::create();
  } catch (...) {
    frames.retire();
    throw;
  }
}

}  // namespace

scheduler::scheduler(time_point now) : now_(now), frames_(frame_recycler::create()), blocks_(pool_beside(*frames_)) {}

scheduler::~scheduler() {
  end_all();
  while (kept_count_ != 0) forget_deadlines();
  frames_->retire();
  blocks_.let_go();
}

scheduler* scheduler::current() noexcept { return loop_of_this_thread; }

scheduler::scope::scope(scheduler& loop) noexcept
    : loop_(loop),
      outer_(std::exchange(loop_of_this_thread, &loop)),
      outer_frames_(frame_recycler::use(loop.frames_)),
      was_running_(std::exchange(loop.running_, true)) {}

scheduler::scope::~scope() {
  loop_of_this_thread = outer_;
  frame_recycler::use(outer_frames_);
  loop_.running_ = was_running_;
}

void scheduler::post_from_any_thread(runnable& r) noexcept {
  const std::lock_guard guard(posted_guard_);
  posted_.push_back(r);
  wake_up();
}

void scheduler::withdraw(runnable& r) noexcept {
  const std::lock_guard guard(posted_guard_);
  r.unlink();
}

void scheduler::collect_posted() noexcept {
  const std::lock_guard guard(posted_guard_);
  ready_->append(posted_);
}

scheduler::posted_functions::posted_functions(scheduler& loop) noexcept
    : runnable([](runnable& r) { static_cast<posted_functions&>(r).of.run_posted(); }), of(loop) {}

void scheduler::post(std::function<void()> f) {
  const std::lock_guard guard(posted_guard_);
  functions_.push_back(std::move(f));
  if (functions_.size() != 1) return;  // those before it have not run
  posted_.push_back(posted_functions_);
  wake_up();
}

void scheduler::run_posted() noexcept {
  std::vector<std::function<void()>> functions;
  {
    const std::lock_guard guard(posted_guard_);
    functions.swap(functions_);
  }
  for (const std::function<void()>& f : functions) {
    try {
      f();
    } catch (...) {
      unhandled(std::current_exception());
    }
  }
}

void scheduler::stopped_too_early() { throw std::logic_error("the loop was stopped before the task had ended"); }

kept_deadlines scheduler::keep(const deadlines& policy) {
  detail::shared_deadlines* one = nullptr;
  kept_.for_each([&](detail::shared_deadlines& kept) {
    if (kept.policy == policy) one = &kept;
  });
  if (one != nullptr) {
    one->unlink();
  } else {
    one = new detail::shared_deadlines(policy);
    one->hold();
    if (kept_count_ == most_kept) forget_deadlines();
    ++kept_count_;
  }
  kept_.push_back(*one);
  return kept_deadlines(*one);
}

// The earliest: it goes with its last stream.
void scheduler::forget_deadlines() noexcept {
  detail::shared_deadlines& one = kept_.front();
  one.unlink();
  one.let_go();
  --kept_count_;
}

void scheduler::adopt(stream& s) noexcept { streams_.push_back(s); }

PENSTOCK_HOT unsigned scheduler::run_ready(unsigned most) {
  // Behind what is left of the last batch, so that nothing is passed over.
  if (batch_->empty()) std::swap(batch_, ready_);
  unsigned ran = 0;
  for (; ran != most && !batch_->empty(); ++ran) {
    runnable& next = batch_->front();
    next.unlink();
    next.run();
  }
  return ran;
}

bool scheduler::fire_due(time_point now) {
  // Apart, so that one that is armed for now again has its turn in the next round; where one throws the others have.
  struct round {
    round(timer_heap& armed, time_point when) noexcept : all(armed), now(when) { move(all, due); }
    ~round() { move(due, all); }
    void move(timer_heap& from, timer_heap& to) noexcept {
      while (timer* const t = from.take_due(now)) to.arm(*t, t->when());
    }
    timer_heap& all;
    time_point now;
    timer_heap due;
  } round(timers_, now);
  bool fired = false;
  for (; timer* const t = round.due.take_due(now); fired = true) t->fire();
  return fired;
}

bool scheduler::end_task() noexcept {
  if (spawned_.empty()) return false;
  spawned_frame& frame = spawned_.front();
  frame.unlink();
  frame.handle().destroy();
  return true;
}

// What a frame's destructor starts is ended, too.
void scheduler::end_tasks() noexcept {
  const scope here(*this);
  list<loop_user> told;
  for (;;) {
    if (end_task()) continue;
    if (users_.empty()) break;
    loop_user& user = users_.front();
    user.unlink();
    told.push_back(user);
    user.loop_finishes();
  }
  users_.append(told);
}

void scheduler::end_all() noexcept {
  const scope here(*this);
  for (;;) {
    if (end_task()) continue;
    if (!users_.empty()) {
      loop_user& user = users_.front();
      user.unlink();
      user.loop_ends();
    } else if (!streams_.empty()) {
      streams_.front().leave_loop();
    } else if (!forget_functions()) {
      break;
    }
  }
}

// Destroyed outside the lock: what they hold may post.
bool scheduler::forget_functions() noexcept {
  std::vector<std::function<void()>> functions;
  {
    const std::lock_guard guard(posted_guard_);
    functions.swap(functions_);
    posted_functions_.unlink();
  }
  const auto told = std::exchange(told_unhandled_, nullptr);
  return !functions.empty() || told;
}

bool scheduler::has_closing() const noexcept {
  bool some = false;
  streams_.for_each([&](const stream& s) { some = some || s.inner().state() == connection_state::closing; });
  return some;
}

penstock::counters scheduler::counters() const noexcept {
  penstock::counters all = ended_;
  streams_.for_each([&](const stream& s) {
    if (!s.told_closed_) all += s.counters();
  });
  return all;
}

void scheduler::unhandled(std::exception_ptr error) noexcept {
  if (const auto told = told_unhandled_) return (*told)(std::move(error));  // which may replace it
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "penstock: a task failed: %s\n", e.what());
  } catch (...) {
    std::fprintf(stderr, "penstock: a task failed\n");
  }
}

std::string scheduler::explain() const {
  std::string lines;
  streams_.for_each([&](const stream& s) {
    const std::string line = penstock::explain(s);
    if (!line.empty()) lines += line + '\n';
  });
  return lines;
}

}}  // namespace penstock::v0
