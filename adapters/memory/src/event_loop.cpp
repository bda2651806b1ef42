// SPDX-License-Identifier: BSL-1.0
// Rounds of the virtual loop, and the report where it stands still.
#include <penstock/memory/event_loop.hpp>

#include <stdexcept>

namespace penstock { inline namespace v0 { namespace memory {

event_loop::event_loop() = default;

event_loop::~event_loop() {
  end_all();
  if (arena_) unpoison(arena_.get(), headroom + arena_size);
}

std::span<char> event_loop::arena() noexcept {
  if (!arena_) arena_.reset(new char[headroom + arena_size]);
  unpoison(arena_.get(), headroom + arena_size);
  return {arena_.get() + headroom, arena_size};
}

bool event_loop::step() {
  const scope here(*this);
  collect_posted();
  if (run_ready() != 0) return true;
  if (next_timer() == time_point::never()) return false;
  if (now_ < next_timer()) now_ = next_timer();
  return fire_due(now_);
}

std::string event_loop::run() {
  while (step()) {
  }
  return explain();
}

void event_loop::stuck() const {
  throw std::logic_error("nothing can happen any more, and the task has not ended\n" + explain());
}

}}}  // namespace penstock::v0::memory
