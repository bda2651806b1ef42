// SPDX-License-Identifier: BSL-1.0
// A lender of memory as a loop's arena is one: bytes arrive behind a headroom, and once they are
// settled the memory is overwritten and, under AddressSanitizer, out of bounds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/block_source.hpp>
#include <penstock/read_half.hpp>

namespace penstock_test {

class arena {
 public:
  static constexpr char garbage = '\xdd';

  explicit arena(std::size_t size = 128 * 1024, std::size_t headroom = 4096)
      : size_(size), headroom_(headroom), memory_(std::make_unique<char[]>(headroom + size)) {
    shut();
  }
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;
  ~arena() { open(); }

  std::size_t size() const noexcept { return size_; }

  // Copies the bytes to where a receive would have put them. At most size().
  std::span<char> receive(std::string_view bytes) {
    EXPECT_LE(bytes.size(), size_);
    open();
    char* const to = memory_.get() + headroom_;
    std::copy(bytes.begin(), bytes.end(), to);
    return {to, bytes.size()};
  }

  // Lends them, writable or not. At most in.input_room().
  void lend(penstock::read_half& in, std::string_view bytes) { in.lend(receive(bytes), headroom_); }
  void lend_view(penstock::read_half& in, std::string_view bytes) {
    const std::span<char> arrived = receive(bytes);
    in.lend(std::string_view(arrived.data(), arrived.size()));
  }

  // The turn ends.
  void settle(penstock::read_half& in) {
    in.settle();
    shut();
  }

  // Ends the loan without the half's knowledge, as settle() does on the lender's side.
  void shut() noexcept {
    open();
    std::memset(memory_.get(), garbage, headroom_ + size_);
    penstock::poison(memory_.get(), headroom_ + size_);
  }

 private:
  void open() noexcept { penstock::unpoison(memory_.get(), headroom_ + size_); }

  std::size_t size_;
  std::size_t headroom_;
  std::unique_ptr<char[]> memory_;
};

}  // namespace penstock_test
