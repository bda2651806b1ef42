// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a libevent loop pass the kit's checks and what each hook must do, and that
// our loop is one descriptor in one.
#include <penstock/hooks/libevent.hpp>

#include <deque>

#include "hook_tests.hpp"
#include "whole_loop_tests.hpp"

namespace penstock_test { namespace {

class event_outer {
 public:
  template <class D>
  using hook = penstock::hooks::event_hook<D>;
  event_outer() : base_(event_base_new()) {}
  event_outer(const event_outer&) = delete;
  event_outer& operator=(const event_outer&) = delete;
  ~event_outer() { event_base_free(base_); }
  event_base* native() noexcept { return base_; }
  void run_once() { event_base_loop(base_, EVLOOP_ONCE); }

 private:
  event_base* base_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Libevent, Hook, event_outer);

class event_watcher : public event_outer {
 public:
  ~event_watcher() {
    for (event* const one : events_) event_free(one);
  }
  void watch(int fd, std::function<void()> readable) {
    watched_.push_back(std::move(readable));
    const auto call = [](evutil_socket_t, short, void* of) { (*static_cast<std::function<void()>*>(of))(); };
    events_.push_back(event_new(native(), fd, EV_READ | EV_PERSIST, call, &watched_.back()));
    checked(event_add(events_.back(), nullptr));
  }

 private:
  std::deque<std::function<void()>> watched_;
  std::vector<event*> events_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Libevent, WholeLoop, event_watcher);

}}  // namespace penstock_test
