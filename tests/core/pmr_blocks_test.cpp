// SPDX-License-Identifier: BSL-1.0
// Proves that a memory resource serves connections: blocks come from it and go back to it as they were asked for,
// and what it throws is no more than memory that cannot be had.
#include <penstock/pmr_blocks.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/error.hpp>

#include "support/printing.hpp"

namespace ps = penstock;

namespace {

// Counts what is out of it.
class counting_resource final : public std::pmr::memory_resource {
 public:
  std::size_t live_bytes = 0;

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    void* const memory = std::pmr::new_delete_resource()->allocate(size, alignment);
    live_bytes += size;
    return memory;
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    live_bytes -= size;
    std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

// I-11: all of it is back where it came from.
TEST(PmrBlocks, ServeAConnection) {
  counting_resource resource;
  ps::pmr_blocks blocks(&resource);
  {
    ps::connection stream({}, {}, blocks);
    EXPECT_EQ(resource.live_bytes, 0U);
    EXPECT_FALSE(stream.write(std::string(100'000, 'w')));
    stream.in().feed(std::string(100'000, 'r'));
    EXPECT_GE(resource.live_bytes, 200'000U);
    EXPECT_EQ(stream.in().buffered().size(), 100'000U);
  }
  EXPECT_EQ(resource.live_bytes, 0U);
}

TEST(PmrBlocks, AreAlignedForAnyScalar) {
  std::array<std::byte, 1024> memory;
  std::pmr::monotonic_buffer_resource resource(memory.data() + 1, memory.size() - 1, std::pmr::null_memory_resource());
  ps::pmr_blocks blocks(&resource);
  for (int i = 0; i != 3; ++i) {
    void* const block = blocks.allocate(33);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
  }
}

// I-30: nor does it change anything.
TEST(PmrBlocks, ThatCannotBeHadAreAnAnswer) {
  ps::pmr_blocks none(std::pmr::null_memory_resource());
  EXPECT_EQ(none.allocate(1), nullptr);
  ps::connection stream({}, {}, none);
  EXPECT_EQ(stream.write("bytes"), ps::errc::no_memory);
  EXPECT_FALSE(stream.out().bytes_lost());
}

TEST(PmrBlocks, ComeFromTheDefaultResourceUnlessToldOtherwise) {
  counting_resource resource;
  std::pmr::memory_resource* const usual = std::pmr::set_default_resource(&resource);
  ps::pmr_blocks blocks;
  std::pmr::set_default_resource(usual);
  void* const block = blocks.allocate(48);
  EXPECT_EQ(resource.live_bytes, 48U);
  blocks.release(block, 48);
  EXPECT_EQ(resource.live_bytes, 0U);
}
