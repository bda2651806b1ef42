// SPDX-License-Identifier: BSL-1.0
// Rounds: fetch events, run what is ready, fire what is due.
#include <penstock/epoll/event_loop.hpp>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

constexpr std::uint32_t none = ~std::uint32_t{0};
constexpr std::uint64_t timer_tag = ~std::uint64_t{0};
constexpr std::uint64_t event_tag = timer_tag - 1;

// Of epoll_wait: there is nothing to go on with.
struct wait_failure : std::system_error {
  using system_error::system_error;
};

int opened(int fd, const char* what) {
  if (fd < 0) throw std::system_error(system_error_of(fd), what);
  return fd;
}

}  // namespace

event_loop::event_loop(kernel& calls) : scheduler(calls.now()), kernel_(calls) {
  try {
    epoll_ = opened(kernel_.epoll_create(), "epoll_create1");
    timer_ = opened(kernel_.timerfd_create(), "timerfd_create");
    event_ = opened(kernel_.eventfd(), "eventfd");
    for (const auto& [fd, tag] : {std::pair{timer_, timer_tag}, std::pair{event_, event_tag}}) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = tag;
      opened(kernel_.epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }
  } catch (...) {
    close_descriptors();
    throw;
  }
}

event_loop::~event_loop() {
  end_all();
  close_descriptors();
}

void event_loop::close_descriptors() noexcept {
  for (const int fd : {epoll_, timer_, event_})
    if (fd >= 0) kernel_.close(fd);
}

// --- descriptors -----------------------------------------------------------------------------

std::uint64_t event_loop::tag(const watched& w) const noexcept {
  return std::uint64_t{slots_[w.slot].generation} << 32 | w.slot;
}

std::error_code event_loop::watch(int fd, watched& w, std::uint32_t events) noexcept {
  try {
    arena_.make();
    if (free_slot_ == none) {
      slots_.emplace_back();
      free_slot_ = static_cast<std::uint32_t>(slots_.size() - 1);
      slots_.back().next_free = none;
    }
  } catch (const std::bad_alloc&) {
    return errc::no_memory;
  }
  w.slot = free_slot_;
  slot& its = slots_[w.slot];
  free_slot_ = its.next_free;
  its.owner = &w;
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.u64 = tag(w);
  int result = kernel_.epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  // Another one watched it before and gave it away.
  if (result == -EEXIST) result = kernel_.epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
  if (result >= 0) return {};
  forget(w);
  return system_error_of(result);
}

std::error_code event_loop::change(int fd, watched& w, std::uint32_t events) noexcept {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.u64 = tag(w);
  const int result = kernel_.epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
  return result < 0 ? system_error_of(result) : std::error_code();
}

void event_loop::forget(watched& w) noexcept {
  if (w.slot == none) return;
  slot& its = slots_[w.slot];
  its.owner = nullptr;
  ++its.generation;
  its.next_free = free_slot_;
  free_slot_ = std::exchange(w.slot, none);
}

void event_loop::closed_one() noexcept {
  while (!starving_.empty()) {
    runnable& waiting = starving_.front();
    waiting.unlink();
    schedule(waiting);
  }
}

// --- rounds ----------------------------------------------------------------------------------

void event_loop::set_alarm() noexcept {
  if (next_timer() >= alarm_) return;  // rings in time, perhaps too early
  alarm_ = next_timer();
  kernel_.timerfd_settime(timer_, alarm_);
}

// True: there may be more events than one call takes.
PENSTOCK_HOT bool event_loop::fetch(int milliseconds) {
  std::array<epoll_event, most_events> events;
  const int n = kernel_.epoll_wait(epoll_, events, milliseconds);
  if (n < 0 && n != -EINTR) throw wait_failure(system_error_of(n), "epoll_wait");
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == timer_tag) {
      kernel_.eventfd_read(timer_);
      alarm_ = time_point::never();
    } else if (event.data.u64 == event_tag) {
      kernel_.eventfd_read(event_);
      signalled_ = false;
      collect_posted();
    } else {
      const std::uint32_t at = static_cast<std::uint32_t>(event.data.u64);
      if (at >= slots_.size() || slots_[at].generation != event.data.u64 >> 32) continue;
      if (slots_[at].owner != nullptr) slots_[at].owner->on_events(event.events);
    }
  }
  return n == static_cast<int>(most_events);
}

// Turns come before timers: a byte that arrived as its deadline passes still counts.
PENSTOCK_HOT bool event_loop::round(bool wait, unsigned budget) {
  const scope here(*this);
  const bool idle = wait && !has_ready() && !stopping_.load(std::memory_order_relaxed);
  if (idle) set_alarm();
  const bool more = fetch(idle ? -1 : 0);
  take_time();
  run_ready(budget);
  fire_due(now());
  return more || has_ready();
}

void event_loop::run() {
  const left_awake at_the_end{*this};
  while (!stopping_.exchange(false)) round(true, connections_a_round);
}

// All that has come is told first: a fetch brings the events of so many connections only.
void event_loop::finish() noexcept {
  PENSTOCK_EXPECTS(!running());
  end_tasks();
  constexpr int most_failures = 64;  // of operations that are asked again and again
  for (int failures = 0; failures != most_failures; ++failures) {
    try {
      if (failures == 0) {
        const scope here(*this);
        for (std::size_t n = slots_.size() / most_events; n != 0 && fetch(0);) --n;
      }
      round(false, ~0u);
      while (has_closing() && !stopping_.exchange(false)) round(true, connections_a_round);
      return;
    } catch (const wait_failure&) {
      return;  // the destructor ends what is left
    } catch (...) {
      unhandled(std::current_exception());
    }
  }
}

void event_loop::wake_up_for_rest() noexcept {
  if (running()) return;
  set_alarm();
  if (has_ready()) work_came();
}

bool event_loop::poll(unsigned budget) {
  const left_awake at_the_end{*this};
  const bool more = round(false, budget);
  if (more) {  // also where it is signalled already: an edge for who is told of edges
    signalled_ = true;
    kernel_.eventfd_write(event_);
  }
  return more;
}

void event_loop::work_came() noexcept {
  if (std::exchange(signalled_, true)) return;
  kernel_.eventfd_write(event_);
}

// --- other threads ---------------------------------------------------------------------------

void event_loop::wake_up() noexcept { kernel_.eventfd_write(event_); }

void event_loop::stop() noexcept {
  stopping_.store(true);
  kernel_.eventfd_write(event_);
}

}}}  // namespace penstock::v0::epoll
