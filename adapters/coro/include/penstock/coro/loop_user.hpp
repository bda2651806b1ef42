// SPDX-License-Identifier: BSL-1.0
// Something that works with a loop and may outlive it.
#pragma once

#include <penstock/coro/list.hpp>

namespace penstock { inline namespace v0 {

// Given to scheduler::tell_end_to it is told once, in the loop's thread, and gives back what it has there; from
// then on it touches nothing of the loop. Destroyed before, it is not told.
class loop_user : public list_hook<loop_user> {
 public:
  virtual void loop_ends() noexcept = 0;
  // Before that, perhaps: the loop's tasks have ended, and it goes on only until what was written has left.
  virtual void loop_finishes() noexcept {}

 protected:
  loop_user() = default;
  ~loop_user() = default;
};

}}  // namespace penstock::v0
