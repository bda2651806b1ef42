// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a libuv loop pass the kit's checks and what each hook must do, and that no handle
// of theirs is left when the loop is closed; and that our loop is one descriptor in one.
#include <penstock/hooks/uv.hpp>

#include <deque>

#include "hook_tests.hpp"
#include "whole_loop_tests.hpp"

namespace penstock_test { namespace {

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

class uv_watcher : public uv_outer {
 public:
  ~uv_watcher() {
    for (watched& one : watched_) uv_close(reinterpret_cast<uv_handle_t*>(&one.handle), nullptr);
    uv_run(native(), UV_RUN_DEFAULT);
  }
  void watch(int fd, std::function<void()> readable) {
    watched& one = watched_.emplace_back(std::move(readable));
    checked(uv_poll_init(native(), &one.handle, fd));
    one.handle.data = &one;
    checked(uv_poll_start(&one.handle, UV_READABLE,
                          [](uv_poll_t* handle, int, int) { static_cast<watched*>(handle->data)->readable(); }));
  }

 private:
  struct watched {
    explicit watched(std::function<void()> f) : readable(std::move(f)) {}
    std::function<void()> readable;
    uv_poll_t handle{};
  };
  std::deque<watched> watched_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Uv, WholeLoop, uv_watcher);

}}  // namespace penstock_test
