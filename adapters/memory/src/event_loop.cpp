// SPDX-License-Identifier: BSL-1.0
// Rounds of the virtual loop, and the report where it stands still.
#include <penstock/memory/event_loop.hpp>

#include <stdexcept>

#include <penstock/memory/network.hpp>

namespace penstock { inline namespace v0 { namespace memory {

event_loop::event_loop()
    : scheduler(time_point(duration::nanoseconds(1'000'000'000))), network_(std::make_unique<network>()) {
  arena_.make();
}

event_loop::~event_loop() { end_all(); }

bool event_loop::step() {
  const scope here(*this);
  collect_posted();
  if (run_ready() != 0) return true;
  if (next_timer() == time_point::never()) return false;
  if (now() < next_timer()) set_now(next_timer());
  return fire_due(now());
}

std::string event_loop::run() {
  while (!stopping_.exchange(false) && step()) {
  }
  return explain();
}

void event_loop::stuck() const {
  throw std::logic_error("nothing can happen any more, and the task has not ended\n" + explain());
}

}}}  // namespace penstock::v0::memory
