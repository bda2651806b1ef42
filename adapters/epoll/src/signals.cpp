// SPDX-License-Identifier: BSL-1.0
// A signalfd and the mask that belongs to it, for as long as somebody waits.
#include <penstock/epoll/signals.hpp>

#include <optional>
#include <system_error>

#include <penstock/coro/loop_user.hpp>
#include <penstock/coro/notification.hpp>

#include "descriptor.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(system_error_of(result), what);
  return result;
}

class blocked {
 public:
  blocked(kernel& calls, const sigset_t& signals) : calls_(calls) {
    checked(calls.set_blocked(SIG_BLOCK, signals, &before_), "pthread_sigmask");
  }
  blocked(const blocked&) = delete;
  blocked& operator=(const blocked&) = delete;
  ~blocked() { calls_.set_blocked(SIG_SETMASK, before_, nullptr); }

 private:
  kernel& calls_;
  sigset_t before_{};
};

class signal_source final : private watched, private loop_user {
 public:
  signal_source(event_loop& loop, const sigset_t& signals)
      : loop_(loop),
        changed_(loop),
        mask_(std::in_place, loop.calls(), signals),
        fd_(loop.calls(), checked(loop.calls().signalfd(signals), "signalfd")) {
    if (const std::error_code ec = loop.watch(fd_.get(), *this, EPOLLIN))
      throw std::system_error(ec, "watching signals");
    loop.tell_end_to(*this);
  }
  signal_source(const signal_source&) = delete;
  signal_source& operator=(const signal_source&) = delete;
  ~signal_source() {
    if (mask_) loop_ends();
  }

  notification::waiting changed() noexcept { return changed_.wait(); }
  int read() noexcept { return loop_.calls().read_signal(fd_.get()); }  // below 0: none

 private:
  void on_events(std::uint32_t) noexcept override { changed_.notify_all(); }
  void loop_ends() noexcept override {
    loop_.forget(*this);
    fd_.close();
    mask_.reset();
  }

  event_loop& loop_;
  notification changed_;
  std::optional<blocked> mask_;  // none: the loop has ended
  descriptor fd_;
};

}  // namespace

task<int> next_signal(event_loop& loop, signal_set signals) {
  signal_source source(loop, signals.get());
  for (;;) {
    if (const int which = source.read(); which > 0) co_return which;
    co_await source.changed();
  }
}

task<int> next_signal(signal_set signals) { return next_signal(scheduler::running<event_loop>(), signals); }

int run_until_signal(event_loop& loop, signal_set signals) { return loop.run_until(next_signal(loop, signals)); }

}}}  // namespace penstock::v0::epoll
