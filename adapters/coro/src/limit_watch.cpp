// SPDX-License-Identifier: BSL-1.0
// Deadlines and stop requests on their way to a wait.
#include <penstock/coro/limit_watch.hpp>

namespace penstock { inline namespace v0 {

limit_watch::due::due(limit_watch& w) noexcept
    : timer([](timer& t) {
        limit_watch& self = static_cast<due&>(t).watch;
        self.reached_(self.context_, errc::timed_out);
      }),
      watch(w) {}

limit_watch::stopped::stopped(limit_watch& w) noexcept
    : runnable([](runnable& r) {
        limit_watch& self = static_cast<stopped&>(r).watch;
        self.reached_(self.context_, errc::canceled);
      }),
      watch(w) {}

void limit_watch::request::operator()() const noexcept { watch->loop_.post_from_any_thread(watch->stopped_); }

limit_watch::limit_watch(scheduler& loop, const wait_limit& limit, function reached, void* context)
    : loop_(loop), reached_(reached), context_(context) {
  if (limit.token().stop_possible()) {
    loop.tell_end_to(*this);
    callback_.emplace(limit.token(), request{this});
  }
  const time_point when = limit.deadline(loop.time());
  if (when != time_point::never()) loop.arm(due_, when);
}

limit_watch::~limit_watch() {
  if (callback_) loop_ends();
}

// First no stop can post any more, then what one posted is taken back.
void limit_watch::loop_ends() noexcept {
  callback_.reset();
  loop_.withdraw(stopped_);
}

}}  // namespace penstock::v0
