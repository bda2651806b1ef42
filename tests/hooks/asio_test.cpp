// SPDX-License-Identifier: BSL-1.0
// Proves that our loop is one descriptor in an io_context of Boost.Asio.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <deque>

#include "whole_loop_tests.hpp"

namespace penstock_test { namespace {

class asio_outer {
 public:
  asio_outer() = default;
  asio_outer(const asio_outer&) = delete;
  asio_outer& operator=(const asio_outer&) = delete;
  ~asio_outer() {
    for (watched& one : watched_) one.fd.release();  // it is not Asio's to close
  }
  void watch(int fd, std::function<void()> readable) {
    wait(watched_.emplace_back(boost::asio::posix::stream_descriptor(io_, fd), std::move(readable)));
  }
  void run_once() { io_.run_one(); }

 private:
  struct watched {
    watched(boost::asio::posix::stream_descriptor d, std::function<void()> f)
        : fd(std::move(d)), readable(std::move(f)) {}
    boost::asio::posix::stream_descriptor fd;
    std::function<void()> readable;
  };
  static void wait(watched& w) {
    w.fd.async_wait(boost::asio::posix::stream_descriptor::wait_read, [&w](const boost::system::error_code& ec) {
      if (ec) return;
      w.readable();
      wait(w);
    });
  }

  boost::asio::io_context io_{1};
  std::deque<watched> watched_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Asio, WholeLoop, asio_outer);

}}  // namespace penstock_test
