// SPDX-License-Identifier: BSL-1.0
// An io_context and the loop of its executor, for tests that run a task to its end. Who includes it compiles
// nothing of Asio.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <penstock/coro/counters.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/time.hpp>

namespace penstock_test {

class asio_loop {
 public:
  struct parts;  // asio_parts.hpp

  asio_loop();
  ~asio_loop();

  template <class T>
  T run_until(penstock::task<T> work) {
    run([&] { work.start(); }, [&] { return work.done(); });
    return std::move(work).result();
  }
  // What can happen without waiting. True: something did.
  bool poll();
  penstock::time_point now() const noexcept;
  penstock::counters counters() const noexcept;
  std::string explain() const;
  void on_unhandled(std::function<void(std::exception_ptr)> told);
  operator penstock::scheduler&() const noexcept;
  parts& inner() noexcept { return *parts_; }

 private:
  void run(const std::function<void()>& start, const std::function<bool()>& done);

  std::unique_ptr<parts> parts_;
};

}  // namespace penstock_test
