// SPDX-License-Identifier: BSL-1.0
// Memory for the operations that a transport has pending at Asio: one at a time is free.
#pragma once

#include <atomic>
#include <cstddef>
#include <new>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

// A place for one operation. What is larger, or comes while another one is there, is from operator new.
template <std::size_t Size>
class operation_memory {
 public:
  operation_memory() = default;
  operation_memory(const operation_memory&) = delete;
  operation_memory& operator=(const operation_memory&) = delete;

  void* allocate(std::size_t size) {
    if (size > Size || used_.exchange(true, std::memory_order_acquire)) return ::operator new(size);
    return bytes_;
  }
  void release(void* memory) noexcept {
    if (memory == bytes_)
      used_.store(false, std::memory_order_release);
    else
      ::operator delete(memory);
  }

 private:
  alignas(std::max_align_t) std::byte bytes_[Size];
  std::atomic<bool> used_ = false;  // an operation is given back by the thread that ran it, in front of the strand
};

// The allocator of a handler whose operation lies there. The memory outlives the handler.
template <class T, std::size_t Size>
class slot_allocator {
 public:
  using value_type = T;
  template <class U>
  struct rebind {
    using other = slot_allocator<U, Size>;
  };

  explicit slot_allocator(operation_memory<Size>& memory) noexcept : memory_(&memory) {}
  template <class U>
  slot_allocator(const slot_allocator<U, Size>& other) noexcept  // NOLINT: as allocators convert
      : memory_(&other.memory()) {}

  T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
  void deallocate(T* p, std::size_t) noexcept { memory_->release(p); }
  operation_memory<Size>& memory() const noexcept { return *memory_; }

  template <class U>
  friend bool operator==(const slot_allocator& a, const slot_allocator<U, Size>& b) noexcept {
    return &a.memory() == &b.memory();
  }

 private:
  operation_memory<Size>* memory_;
};

}}}}  // namespace penstock::v0::asio::detail
