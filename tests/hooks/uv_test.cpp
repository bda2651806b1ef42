// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a libuv loop pass the kit's checks and what each hook must do, and that no handle
// of theirs is left when the loop is closed.
#include <penstock/hooks/uv.hpp>

#include "hook_tests.hpp"

namespace penstock_tests { namespace {

class uv_outer {
 public:
  template <class D>
  using hook = penstock::hooks::uv_hook<D>;
  uv_outer() { checked(uv_loop_init(&loop_)); }
  uv_outer(const uv_outer&) = delete;
  uv_outer& operator=(const uv_outer&) = delete;
  ~uv_outer() {
    uv_run(&loop_, UV_RUN_DEFAULT);  // closes what hooks have left
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  uv_loop_t* native() noexcept { return &loop_; }
  void run_once() { uv_run(&loop_, UV_RUN_ONCE); }

 private:
  uv_loop_t loop_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Uv, Hook, uv_outer);

}}  // namespace penstock_tests
