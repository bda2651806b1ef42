// SPDX-License-Identifier: BSL-1.0
// Coroutine frames, recycled by size: a task that starts and ends allocates nothing.
#pragma once

#include <atomic>
#include <cstddef>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

// One a loop, for the thread that has it in use. Keeps at most 64 free frames a class of 16 bytes, up to 2 KiB; larger
// ones come from operator new. Frames that are kept are poisoned under AddressSanitizer.
class PENSTOCK_API frame_recycler {
 public:
  // Takes frames from `recycler` on this thread from here on, from operator new where it is null.
  // Answers the one before.
  static frame_recycler* use(frame_recycler* recycler) noexcept;
  static frame_recycler* current() noexcept;

  // Throws std::bad_alloc. A frame may outlive its recycler's owner, and come back on any thread: where its recycler
  // is not in use it is not kept.
  static void* allocate(std::size_t size);
  static void release(void* frame, std::size_t size) noexcept;

  static frame_recycler* create();  // ended by retire()
  // Its owner is done with it: what is kept is given back, and the rest as it comes.
  void retire() noexcept;

  // Frames handed out and not come back.
  std::size_t live() const noexcept { return live_ + elsewhere_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t step = 16;
  static constexpr std::size_t classes = 128;
  static constexpr unsigned most_kept = 64;

  struct kept {
    kept* next;
  };

  frame_recycler() = default;
  ~frame_recycler() = default;
  void give_back() noexcept;  // what is kept
  void came_back_elsewhere() noexcept;

  kept* free_[classes] = {};
  unsigned count_[classes] = {};
  // Handed out less come back: what the thread counts that has this in use, and modulo 2^n what comes back elsewhere.
  // Retired, all is in the latter, and whoever takes that to 0 is the last.
  std::size_t live_ = 0;
  std::atomic<std::size_t> elsewhere_ = 0;
  bool retired_ = false;
};

}}  // namespace penstock::v0
