// SPDX-License-Identifier: BSL-1.0
// Proves that our loop is one descriptor in systemd's sd-event.
#include <systemd/sd-event.h>

#include <deque>

#include "whole_loop_tests.hpp"

namespace penstock_test { namespace {

class sd_outer {
 public:
  sd_outer() { checked(sd_event_new(&event_)); }
  sd_outer(const sd_outer&) = delete;
  sd_outer& operator=(const sd_outer&) = delete;
  ~sd_outer() { sd_event_unref(event_); }
  void watch(int fd, std::function<void()> readable) {
    watched_.push_back(std::move(readable));
    const auto call = [](sd_event_source*, int, std::uint32_t, void* of) {
      (*static_cast<std::function<void()>*>(of))();
      return 0;
    };
    checked(sd_event_add_io(event_, nullptr, fd, EPOLLIN, call, &watched_.back()));
  }
  void run_once() { checked(sd_event_run(event_, ~std::uint64_t{0})); }

 private:
  sd_event* event_ = nullptr;
  std::deque<std::function<void()>> watched_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(SdEvent, WholeLoop, sd_outer);

}}  // namespace penstock_test
