// SPDX-License-Identifier: BSL-1.0
// An io_context and the loop of its executor, for tests that run a task to its end.
#pragma once

#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <penstock/asio.hpp>

namespace penstock_test {

class asio_loop {
 public:
  template <class T>
  T run_until(penstock::task<T> work) {
    context.restart();
    loop.get().inside([&] { work.start(); });
    while (!work.done())
      if (context.run_one() == 0) throw std::logic_error("nothing can happen any more\n" + explain());
    return std::move(work).result();
  }
  // What can happen without waiting. True: something did.
  bool poll() {
    context.restart();
    return context.poll() != 0;
  }
  penstock::time_point now() const noexcept {
    loop.get().look_at_clock();
    return loop.get().now();
  }
  penstock::counters counters() const noexcept { return loop.counters(); }
  std::string explain() const { return loop.explain(); }
  void on_unhandled(std::function<void(std::exception_ptr)> told) { loop.on_unhandled(std::move(told)); }
  operator penstock::scheduler&() const noexcept { return loop; }

  boost::asio::io_context context{1};
  penstock::asio::event_loop loop{context};
};

}  // namespace penstock_test
