// SPDX-License-Identifier: BSL-1.0
// A wait_limit under way: it tells a wait that its time is up or a stop was requested.
#pragma once

#include <optional>
#include <stop_token>

#include <penstock/contract.hpp>
#include <penstock/coro/loop_user.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/timer_heap.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/error.hpp>

namespace penstock { inline namespace v0 {

// Calls back at most once, in the loop's thread and never from inside the constructor: with
// errc::timed_out or errc::canceled. Not after it was destroyed. A stop requested on another thread
// only marks and posts. Once the loop has ended, nothing comes any more.
class PENSTOCK_API limit_watch final : private loop_user {
 public:
  using function = void (*)(void* context, errc why);
  limit_watch(scheduler& loop, const wait_limit& limit, function reached, void* context);
  limit_watch(const limit_watch&) = delete;
  limit_watch& operator=(const limit_watch&) = delete;
  ~limit_watch();

 private:
  // No stop reaches it from here on.
  void loop_ends() noexcept override;

  struct due : timer {
    explicit due(limit_watch& w) noexcept;
    limit_watch& watch;
  };
  struct stopped : runnable {
    explicit stopped(limit_watch& w) noexcept;
    limit_watch& watch;
  };
  struct request {
    limit_watch* watch;
    void operator()() const noexcept;
  };

  scheduler& loop_;
  function reached_;
  void* context_;
  due due_{*this};
  stopped stopped_{*this};
  std::optional<std::stop_callback<request>> callback_;
};

}}  // namespace penstock::v0
