// SPDX-License-Identifier: BSL-1.0
// A loop with a virtual clock: nothing waits, everything that can happen happens, in a fixed order.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/coro/receive_arena.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 { namespace memory {

class network;

// The clock starts at 1 s and stands while anything is ready; then it jumps to the next timer.
class PENSTOCK_API event_loop final : public scheduler {
 public:
  event_loop();
  ~event_loop() override;

  // One round: what is ready, or else the next timer. False: nothing can happen any more.
  bool step();
  // Steps until nothing can happen any more, or stop(). Answers who waits for what then (explain), a
  // line a stream; empty if nobody does.
  std::string run();
  // Runs the task to its end and answers its result or throws what ended it; std::logic_error where
  // stop() came first, or, with the report of run(), where nothing can happen any more.
  template <class T>
  T run_until(task<T> work) {
    {
      const scope here(*this);
      work.start();
    }
    while (!work.done()) {
      if (stopping_.exchange(false)) stopped_too_early();
      if (!step()) stuck();
    }
    stopping_.store(false);
    return std::move(work).result();
  }

  void spawn(task<> work) { penstock::spawn(*this, std::move(work)); }
  // From any thread, as post(): run() returns after its round. A loop in which nothing can happen any more has
  // ended its run already, and does not wait for what another thread may post.
  void stop() noexcept { stopping_.store(true); }

  // Who listens where, and how long the ways are.
  network& net() noexcept { return *network_; }

  receive_arena arena() const noexcept { return arena_.get(); }

 private:
  void wake_up() noexcept override {}
  [[noreturn]] void stuck() const;

  loop_arena arena_;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<network> network_;
};

}}}  // namespace penstock::v0::memory
