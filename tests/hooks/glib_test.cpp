// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a GLib main context pass the kit's checks and what each hook must
// do, and that our loop is one descriptor in one.
#include <penstock/hooks/glib.hpp>

#include <deque>

#include "hook_tests.hpp"
#include "whole_loop_tests.hpp"

namespace penstock_test { namespace {

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

class glib_watcher : public glib_outer {
 public:
  ~glib_watcher() {
    for (GSource* const one : sources_) {
      g_source_destroy(one);
      g_source_unref(one);
    }
  }
  void watch(int fd, std::function<void()> readable) {
    watched_.push_back(std::move(readable));
    const GUnixFDSourceFunc call = [](gint, GIOCondition, gpointer of) -> gboolean {
      (*static_cast<std::function<void()>*>(of))();
      return G_SOURCE_CONTINUE;
    };
    sources_.push_back(g_unix_fd_source_new(fd, G_IO_IN));
    g_source_set_callback(sources_.back(), G_SOURCE_FUNC(call), &watched_.back(), nullptr);
    g_source_attach(sources_.back(), native());
  }

 private:
  std::deque<std::function<void()>> watched_;
  std::vector<GSource*> sources_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Glib, WholeLoop, glib_watcher);

}}  // namespace penstock_test
