// SPDX-License-Identifier: BSL-1.0
// The free lists behind coroutine frames.
#include <penstock/coro/frames.hpp>

#include <new>
#include <utility>

#include <penstock/block_source.hpp>
#include <penstock/coro/pooling.hpp>

namespace penstock { inline namespace v0 {
namespace {

thread_local frame_recycler* of_this_thread = nullptr;

// In front of each frame, so that it finds its way back from wherever it ends.
struct alignas(std::max_align_t) header {
  frame_recycler* home;  // null: operator new
};

}  // namespace

frame_recycler* frame_recycler::use(frame_recycler* recycler) noexcept {
  return std::exchange(of_this_thread, recycler);
}

frame_recycler* frame_recycler::current() noexcept { return of_this_thread; }

frame_recycler* frame_recycler::create() { return new frame_recycler; }

void* frame_recycler::allocate(std::size_t size) {
  const std::size_t total = sizeof(header) + size;
  const std::size_t which = (total - 1) / step;
  frame_recycler* const home = of_this_thread;
  if (home == nullptr || which >= classes || !pooling())
    return new (::operator new(total)) header{nullptr} + 1;
  void* memory = home->free_[which];
  if (memory != nullptr) {
    unpoison(memory, (which + 1) * step);
    home->free_[which] = home->free_[which]->next;
    --home->count_[which];
  } else {
    memory = ::operator new((which + 1) * step);
  }
  ++home->live_;
  return new (memory) header{home} + 1;
}

void frame_recycler::release(void* frame, std::size_t size) noexcept {
  header* const memory = static_cast<header*>(frame) - 1;
  frame_recycler* const home = memory->home;
  if (home == nullptr) return ::operator delete(memory);
  const std::size_t which = (sizeof(header) + size - 1) / step;
  --home->live_;
  if (home->retired_ || !pooling() || home->count_[which] == most_kept) {
    ::operator delete(memory);
  } else {
    home->free_[which] = new (memory) kept{home->free_[which]};
    ++home->count_[which];
    poison(memory + 1, (which + 1) * step - sizeof(header));
  }
  if (home->retired_ && home->live_ == 0) delete home;
}

void frame_recycler::retire() noexcept {
  retired_ = true;
  if (live_ == 0) delete this;
}

frame_recycler::~frame_recycler() {
  for (std::size_t which = 0; which != classes; ++which) {
    while (free_[which] != nullptr) {
      kept* const frame = std::exchange(free_[which], free_[which]->next);
      unpoison(frame, (which + 1) * step);
      ::operator delete(frame);
    }
  }
}

}}  // namespace penstock::v0
