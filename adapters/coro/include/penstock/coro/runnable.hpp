// SPDX-License-Identifier: BSL-1.0
// What a loop runs next. Nothing is allocated for it.
#pragma once

#include <penstock/coro/list.hpp>

namespace penstock { inline namespace v0 {

// Runs once for each time it is queued; leaves the queue when it is destroyed.
class runnable : public list_hook<runnable> {
 public:
  using function = void (*)(runnable&);
  explicit runnable(function f) noexcept : run_(f) {}
  void run() { run_(*this); }

 private:
  function run_;
};

}}  // namespace penstock::v0
