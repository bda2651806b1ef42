// SPDX-License-Identifier: BSL-1.0
// The loop over one epoll descriptor: sockets, timers in a timerfd, posts in an eventfd.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/receive_arena.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Something that owns a descriptor and is told of its events, edge by edge. It only takes note and
// schedules itself: while events are told nobody runs, so nothing is destroyed meanwhile.
class watched {
 public:
  virtual void on_events(std::uint32_t events) noexcept = 0;

  std::uint32_t slot = ~std::uint32_t{0};  // the loop's

 protected:
  watched() = default;
  ~watched() = default;
};

// For one thread; only post and stop may be called from others. Destroying it ends what it runs: tasks are destroyed,
// connections end, by a reset where bytes are unsent, and nothing is resumed.
class PENSTOCK_API event_loop final : public scheduler {
 public:
  // Throws std::system_error where the kernel gives no descriptors.
  explicit event_loop(kernel& calls = system_kernel());
  ~event_loop() override;

  // Until stop(). Throws std::system_error where epoll_wait fails, as run_until and poll do.
  void run();
  // Runs the task to its end and answers its result or throws what ended it; std::logic_error where
  // stop() came first. Also from inside a task, which then waits for it: its own stream moves nothing meanwhile.
  template <class T>
  T run_until(task<T> work) {
    const left_awake at_the_end{*this};
    {
      const scope here(*this);
      take_time();
      work.start();
    }
    while (!work.done()) {
      if (stopping_.exchange(false)) stopped_too_early();
      round(true, connections_a_round);
    }
    stopping_.store(false);
    return std::move(work).result();
  }
  // What stands behind the end of asyncio.run: servers close, tasks and handlers that are left are destroyed, and what
  // was written leaves, by one turn of each connection and, of those that are closing, until they have closed; each
  // has its deadline for that (close_flush; where it is off, none). What an operation of the application's throws
  // meanwhile goes to unhandled(). Returns early behind a stop() that comes meanwhile, or where epoll_wait fails.
  // Contract: from outside the loop.
  void finish() noexcept;
  // Does what can be done without waiting, at most `budget` turns and other steps. True: there is
  // more. For foreign loops: fd() is readable when poll() has something to do, and whoever is told of
  // edges has one for what a poll has left. Lets no exception of a task out.
  bool poll(unsigned budget = connections_a_round);
  int fd() const noexcept { return epoll_; }
  time_point time() const noexcept override { return kernel_.now(); }
  // Also from outside a round, where its waits count from now and not from the last round.
  void spawn(task<> work) {
    if (current() != this) take_time();
    penstock::spawn(*this, std::move(work));
  }

  // From any thread: run() returns after its round.
  void stop() noexcept;

  // --- for transports ----------------------------------------------------------------------

  // Contract: something is watched, or was.
  receive_arena arena() const noexcept { return arena_.get(); }
  kernel& calls() const noexcept { return kernel_; }
  // Told of input, output and hang-up from here on, by edges. errc::no_memory, or what the system says.
  std::error_code watch(int fd, watched& w, std::uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI) noexcept;
  std::error_code change(int fd, watched& w, std::uint32_t events) noexcept;
  // No event reaches it any more, not even one that was fetched already (I-35).
  void forget(watched& w) noexcept;
  // Called whenever a descriptor of ours is closed: who starves for one may try again.
  void closed_one() noexcept;
  list<runnable>& starving() noexcept { return starving_; }

 private:
  static constexpr unsigned connections_a_round = 64;
  static constexpr unsigned most_events = 64;

  struct slot {
    watched* owner = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;
  };

  // fd() is readable for what a run has left, too.
  struct left_awake {
    event_loop& loop;
    ~left_awake() { loop.wake_up_for_rest(); }
  };

  void close_descriptors() noexcept;
  PENSTOCK_API void wake_up_for_rest() noexcept;
  void wake_up() noexcept override;
  void work_came() noexcept override;
  bool round(bool wait, unsigned budget);
  bool fetch(int milliseconds);
  void set_alarm() noexcept;
  void take_time() noexcept { set_now(kernel_.now()); }
  std::uint64_t tag(const watched& w) const noexcept;

  kernel& kernel_;
  int epoll_ = -1;
  int timer_ = -1;
  int event_ = -1;
  time_point alarm_ = time_point::never();  // for which the timerfd is set
  bool signalled_ = false;                  // the eventfd is readable for our own sake
  std::atomic<bool> stopping_ = false;
  std::vector<slot> slots_;
  std::uint32_t free_slot_ = ~std::uint32_t{0};
  list<runnable> starving_;
  loop_arena arena_;
};

}}}  // namespace penstock::v0::epoll
