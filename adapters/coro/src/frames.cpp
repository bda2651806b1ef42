// SPDX-License-Identifier: BSL-1.0
// The free lists behind coroutine frames.
#include <penstock/coro/frames.hpp>

#include <new>
#include <utility>

#include <penstock/block_source.hpp>
#include <penstock/coro/pooling.hpp>

namespace penstock { inline namespace v0 {
namespace {

thread_local frame_recycler* recycler_of_this_thread = nullptr;

// Behind each frame: where it came from, so that it finds its way back; null: operator new.
struct trailer {
  frame_recycler* home;
};

std::size_t with_trailer(std::size_t size) noexcept {
  return (size + alignof(trailer) - 1) / alignof(trailer) * alignof(trailer) + sizeof(trailer);
}
trailer& trailer_of(void* frame, std::size_t size) noexcept {
  return *reinterpret_cast<trailer*>(static_cast<char*>(frame) + with_trailer(size) - sizeof(trailer));
}

}  // namespace

frame_recycler* frame_recycler::use(frame_recycler* recycler) noexcept {
  return std::exchange(recycler_of_this_thread, recycler);
}

frame_recycler* frame_recycler::current() noexcept { return recycler_of_this_thread; }

frame_recycler* frame_recycler::create() { return new frame_recycler; }

void* frame_recycler::allocate(std::size_t size) {
  const std::size_t which = (with_trailer(size) - 1) / step;
  frame_recycler* home = recycler_of_this_thread;
  if (which >= classes || !pooling()) home = nullptr;
  void* memory = nullptr;
  if (home == nullptr) {
    memory = ::operator new(with_trailer(size));
  } else if (home->free_[which] != nullptr) {
    memory = home->free_[which];
    unpoison(memory, (which + 1) * step);
    home->free_[which] = home->free_[which]->next;
    --home->count_[which];
  } else {
    memory = ::operator new((which + 1) * step);
  }
  if (home != nullptr) ++home->live_;
  new (&trailer_of(memory, size)) trailer{home};
  return memory;
}

void frame_recycler::release(void* frame, std::size_t size) noexcept {
  frame_recycler* const home = trailer_of(frame, size).home;
  if (home == nullptr) return ::operator delete(frame);
  // What is in use elsewhere is not to be looked at: it may be another thread's.
  if (home != recycler_of_this_thread || home->retired_) {
    ::operator delete(frame);
    return home->came_back_elsewhere();
  }
  const std::size_t which = (with_trailer(size) - 1) / step;
  --home->live_;
  if (!pooling() || home->count_[which] == most_kept) return ::operator delete(frame);
  home->free_[which] = new (frame) kept{home->free_[which]};
  ++home->count_[which];
  poison(frame, (which + 1) * step);
}

// Not yet retired it is 0 or, modulo 2^n, below: never 1.
void frame_recycler::came_back_elsewhere() noexcept {
  if (elsewhere_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void frame_recycler::retire() noexcept {
  retired_ = true;
  give_back();
  const std::size_t here = std::exchange(live_, 0);
  if (elsewhere_.fetch_add(here, std::memory_order_acq_rel) + here == 0) delete this;
}

void frame_recycler::give_back() noexcept {
  for (std::size_t which = 0; which != classes; ++which) {
    while (free_[which] != nullptr) {
      unpoison(free_[which], (which + 1) * step);
      ::operator delete(std::exchange(free_[which], free_[which]->next));
    }
  }
}

}}  // namespace penstock::v0
