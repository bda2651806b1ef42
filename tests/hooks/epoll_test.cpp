// SPDX-License-Identifier: BSL-1.0
// Proves that our loop is one descriptor in an epoll loop, told of by levels or by edges.
#include <sys/epoll.h>

#include <deque>

#include "whole_loop_tests.hpp"

namespace penstock_test { namespace {

template <std::uint32_t How>
class epoll_outer {
 public:
  epoll_outer() : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC))) {}
  void watch(int fd, std::function<void()> readable) {
    watched_.push_back(std::move(readable));
    epoll_event event{};
    event.events = How;
    event.data.ptr = &watched_.back();
    checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event));
  }
  void run_once() {
    epoll_event event;
    // Edges that are not told would be waited for without end.
    if (checked(::epoll_wait(epoll_.get(), &event, 1, 5000)) == 1)
      (*static_cast<std::function<void()>*>(event.data.ptr))();
    else
      ADD_FAILURE() << "nothing for 5 s";
  }

 private:
  descriptor epoll_;
  std::deque<std::function<void()>> watched_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(EpollByLevels, WholeLoop, epoll_outer<EPOLLIN>);
INSTANTIATE_TYPED_TEST_SUITE_P(EpollByEdges, WholeLoop, epoll_outer<EPOLLIN | EPOLLET>);

}}  // namespace penstock_test
