// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a GLib main context pass the kit's checks and what each hook must do.
#include <penstock/hooks/glib.hpp>

#include "hook_tests.hpp"

namespace penstock_tests { namespace {

class glib_outer {
 public:
  template <class D>
  using hook = penstock::hooks::glib_hook<D>;
  glib_outer() : context_(g_main_context_new()) {}
  glib_outer(const glib_outer&) = delete;
  glib_outer& operator=(const glib_outer&) = delete;
  ~glib_outer() { g_main_context_unref(context_); }
  GMainContext* native() noexcept { return context_; }
  void run_once() { g_main_context_iteration(context_, TRUE); }

 private:
  GMainContext* context_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Glib, Hook, glib_outer);

}}  // namespace penstock_tests
