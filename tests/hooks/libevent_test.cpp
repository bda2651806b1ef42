// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a libevent loop pass the kit's checks and what each hook must do.
#include <penstock/hooks/libevent.hpp>

#include "hook_tests.hpp"

namespace penstock_tests { namespace {

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

}}  // namespace penstock_tests
