// SPDX-License-Identifier: BSL-1.0
// A loop with a virtual clock: nothing waits, everything that can happen happens, in a fixed order.
#pragma once

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
  // Steps until nothing can happen any more. Answers who waits for what then (explain), a line a
  // stream; empty if nobody does.
  std::string run();
  // Runs the task to its end and answers its result or throws what ended it. If nothing can happen
  // before: std::logic_error with the report of run().
  template <class T>
  T run_until(task<T> work) {
    {
      const scope here(*this);
      work.start();
    }
    while (!work.done())
      if (!step()) stuck();
    return std::move(work).result();
  }

  // Who listens where, and how long the ways are.
  network& net() noexcept { return *network_; }

  receive_arena arena() const noexcept { return arena_.get(); }

 private:
  void wake_up() noexcept override {}
  [[noreturn]] void stuck() const;

  loop_arena arena_;
  std::unique_ptr<network> network_;
};

}}}  // namespace penstock::v0::memory
