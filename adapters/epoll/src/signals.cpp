// SPDX-License-Identifier: BSL-1.0
// A signalfd and the mask that belongs to it, for as long as somebody wants the signals.
#include <penstock/epoll/signals.hpp>

#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include <penstock/coro/loop_user.hpp>
#include <penstock/coro/notification.hpp>

#include "descriptor.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(system_error_of(result), what);
  return result;
}

// Of a thread, whose mask it is: they end in another order than they begin.
struct wanted_signal {
  unsigned times = 0;
  bool was_blocked = false;  // before the first of them
};
thread_local std::array<wanted_signal, NSIG> wanted_here;

// Its signals are blocked in the thread that makes and ends it; those that nobody else wants and that were not
// blocked before, no longer than it lives.
class blocked {
 public:
  blocked(kernel& calls, const sigset_t& of) : calls_(calls), signals_(of) {
    sigset_t before;
    checked(calls.set_blocked(SIG_BLOCK, of, &before), "pthread_sigmask");
    for_each([&](int signal, wanted_signal& its) {
      if (its.times++ == 0) its.was_blocked = ::sigismember(&before, signal) == 1;
    });
  }
  blocked(const blocked&) = delete;
  blocked& operator=(const blocked&) = delete;
  ~blocked() {
    sigset_t ended;
    ::sigemptyset(&ended);
    for_each([&](int signal, wanted_signal& its) {
      if (--its.times == 0 && !its.was_blocked) ::sigaddset(&ended, signal);
    });
    calls_.set_blocked(SIG_UNBLOCK, ended, nullptr);
  }

 private:
  template <class F>
  void for_each(F f) const {
    for (int signal = 1; signal != NSIG; ++signal)
      if (::sigismember(&signals_, signal) == 1) f(signal, wanted_here[static_cast<std::size_t>(signal)]);
  }

  kernel& calls_;
  sigset_t signals_;
};

}  // namespace

class signal_watch::source final : private watched, private loop_user {
 public:
  source(event_loop& loop, const sigset_t& of)
      : loop_(loop),
        changed_(loop),
        mask_(std::in_place, loop.calls(), of),
        fd_(loop.calls(), checked(loop.calls().signalfd(of), "signalfd")) {
    if (const std::error_code ec = loop.watch(fd_.get(), *this, EPOLLIN))
      throw std::system_error(ec, "watching signals");
    loop.tell_end_to(*this);
  }
  source(const source&) = delete;
  source& operator=(const source&) = delete;
  ~source() {
    if (mask_) loop_ends();
  }

  task<int> next() {
    for (;;) {
      if (const int which = read(); which > 0) co_return which;
      co_await changed_.wait();
    }
  }

 private:
  int read() noexcept { return mask_ ? loop_.calls().read_signal(fd_.get()) : -1; }  // below 0: none
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

signal_watch::signal_watch(event_loop& loop, signal_set of) : source_(std::make_unique<source>(loop, of.get())) {}
signal_watch::signal_watch(signal_set of) : signal_watch(scheduler::running<event_loop>(), of) {}
signal_watch::~signal_watch() = default;
task<int> signal_watch::next() { return source_->next(); }

task<int> next_signal(event_loop& loop, signal_set of) {
  signal_watch watch(loop, of);
  co_return co_await watch.next();
}

task<int> next_signal(signal_set of) { return next_signal(scheduler::running<event_loop>(), of); }

int run_until_signal(event_loop& loop, signal_set of) { return loop.run_until(next_signal(loop, of)); }

}}}  // namespace penstock::v0::epoll
