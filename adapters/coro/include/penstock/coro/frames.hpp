// SPDX-License-Identifier: BSL-1.0
// Coroutine frames, recycled by size: a task that starts and ends allocates nothing.
#pragma once

#include <cstddef>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

// One a loop. Keeps at most 64 free frames a class of 16 bytes, up to 2 KiB; larger ones come from
// operator new. Frames that are kept are poisoned under AddressSanitizer.
class PENSTOCK_API frame_recycler {
 public:
  // Takes frames from `recycler` on this thread from here on, from operator new where it is null.
  // Answers the one before.
  static frame_recycler* use(frame_recycler* recycler) noexcept;
  static frame_recycler* current() noexcept;

  // Throws std::bad_alloc. A frame may outlive its recycler's owner: see retire().
  static void* allocate(std::size_t size);
  static void release(void* frame, std::size_t size) noexcept;

  static frame_recycler* create();  // ended by retire()
  // Its owner is done with it: what is kept is given back, and the rest as it comes.
  void retire() noexcept;

  std::size_t live() const noexcept { return live_; }  // frames handed out and not come back

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

  kept* free_[classes] = {};
  unsigned count_[classes] = {};
  std::size_t live_ = 0;
  bool retired_ = false;
};

}}  // namespace penstock::v0
