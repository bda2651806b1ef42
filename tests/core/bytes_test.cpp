// SPDX-License-Identifier: BSL-1.0
// Proves that bytes change hands without a copy and are given back exactly once: what may be moved
// in is a table of types, every way of an owned buffer's life ends in one release.
#include <penstock/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ps = penstock;

namespace {

// A buffer of the user's own with a count of its releases.
struct counted {
  int releases = 0;
  ps::owned_bytes own(std::string_view bytes) {
    return {bytes, [](void* context) noexcept { ++static_cast<counted*>(context)->releases; }, this};
  }
};

// A container for which no memory can be had.
struct homeless {
  std::string bytes;
  char* data() { return bytes.data(); }
  std::size_t size() const { return bytes.size(); }
  static void* operator new(std::size_t, const std::nothrow_t&) noexcept { return nullptr; }
  static void operator delete(void*) {}
};

// Long enough to live on the heap.
const std::string long_text(100, 'x');

}  // namespace

TEST(AsChars, SeesBytesAsTextInPlace) {
  std::array<std::byte, 3> bytes{std::byte{'a'}, std::byte{0}, std::byte{0xff}};
  const std::string_view seen = ps::as_chars(bytes);
  EXPECT_EQ(seen, std::string_view("a\0\xff", 3));
  EXPECT_EQ(static_cast<const void*>(seen.data()), bytes.data());
  EXPECT_TRUE(ps::as_chars({}).empty());

  const std::span<char> writable = ps::as_writable_chars(bytes);
  writable[1] = 'b';
  EXPECT_EQ(std::to_integer<char>(bytes[1]), 'b');
  EXPECT_EQ(writable.size(), 3U);
}

TEST(OwnedBytes, AreMadeOnlyFromMovedContainersThatOwnChars) {
  using std::is_constructible_v;
  static_assert(is_constructible_v<ps::owned_bytes, std::string>);
  static_assert(is_constructible_v<ps::owned_bytes, std::vector<char>>);
  static_assert(is_constructible_v<ps::owned_bytes, std::pmr::string>);
  static_assert(!is_constructible_v<ps::owned_bytes, std::string&>, "an lvalue would be emptied");
  static_assert(!is_constructible_v<ps::owned_bytes, const std::string>, "it cannot be moved from");
  static_assert(!is_constructible_v<ps::owned_bytes, std::string_view>, "it owns nothing");
  static_assert(!is_constructible_v<ps::owned_bytes, std::span<char>>, "it owns nothing");
  static_assert(!is_constructible_v<ps::owned_bytes, std::array<char, 8>>, "a move would copy");
  static_assert(!is_constructible_v<ps::owned_bytes, std::vector<int>>);
  static_assert(!is_constructible_v<ps::owned_bytes, const char*>);
  static_assert(!std::is_convertible_v<std::string, ps::owned_bytes>, "moving in is said aloud");
  static_assert(!std::is_copy_constructible_v<ps::owned_bytes>);
  static_assert(!std::is_copy_assignable_v<ps::owned_bytes>);
  static_assert(std::is_nothrow_move_constructible_v<ps::owned_bytes>);
  static_assert(std::is_nothrow_move_assignable_v<ps::owned_bytes>);
  SUCCEED() << "held by the compiler";
}

TEST(OwnedBytes, KeepAContainersMemoryWhereItIs) {
  std::vector<char> container(long_text.begin(), long_text.end());
  const char* const where = container.data();
  const ps::owned_bytes owned(std::move(container));
  EXPECT_TRUE(owned.valid());
  EXPECT_EQ(owned.view(), long_text);
  EXPECT_EQ(owned.view().data(), where);
}

TEST(OwnedBytes, KeepAStringThatLivesInItself) {
  ps::owned_bytes owned(std::string("short"));
  ps::owned_bytes moved(std::move(owned));
  EXPECT_EQ(moved.view(), "short");
  EXPECT_TRUE(owned.view().empty());  // NOLINT: moved-from is empty by contract
}

// I-30: an allocation failure leaves the caller's bytes.
TEST(OwnedBytes, LeaveTheContainerItsBytesWithoutMemory) {
  homeless container{long_text};
  const ps::owned_bytes owned(std::move(container));
  EXPECT_FALSE(owned.valid());
  EXPECT_TRUE(owned.view().empty());
  EXPECT_EQ(container.bytes, long_text);  // NOLINT: not moved from
}

// R71: kept by reference, so that whoever lent them must learn once when they are free.
TEST(OwnedBytes, AreGivenBackOnceWhenDestroyed) {
  counted buffer;
  {
    const ps::owned_bytes owned = buffer.own("abc");
    EXPECT_EQ(owned.view(), "abc");
    EXPECT_EQ(buffer.releases, 0);
  }
  EXPECT_EQ(buffer.releases, 1);
}

TEST(OwnedBytes, AreGivenBackOnceHoweverOftenTheyMove) {
  counted buffer;
  {
    ps::owned_bytes first = buffer.own("abc");
    ps::owned_bytes second(std::move(first));
    ps::owned_bytes third;
    third = std::move(second);
    ps::owned_bytes& same = third;
    third = std::move(same);
    EXPECT_EQ(third.view(), "abc");
    EXPECT_EQ(buffer.releases, 0);
  }
  EXPECT_EQ(buffer.releases, 1);
}

TEST(OwnedBytes, GiveTheirOwnBackWhenOthersAreMovedIn) {
  counted old_buffer;
  counted new_buffer;
  ps::owned_bytes owned = old_buffer.own("old");
  owned = new_buffer.own("new");
  EXPECT_EQ(old_buffer.releases, 1);
  EXPECT_EQ(new_buffer.releases, 0);
  EXPECT_EQ(owned.view(), "new");
  owned = ps::owned_bytes();
  EXPECT_EQ(old_buffer.releases, 1);
  EXPECT_EQ(new_buffer.releases, 1);
}

// A function that was not written for us, as free() is.
TEST(OwnedBytes, AreGivenBackByAnyFunctionOfAPointer) {
  static int releases = 0;
  void (*const count)(void*) = [](void* context) { releases += context == nullptr ? 1 : 10; };
  {
    const ps::owned_bytes owned("abc", count);
  }
  EXPECT_EQ(releases, 1);
  {
    const ps::owned_bytes owned("abc", count, &releases);
  }
  EXPECT_EQ(releases, 11);
}

TEST(OwnedBytes, MayHaveNothingToGiveBack) {
  const ps::owned_bytes none;
  EXPECT_TRUE(none.valid());
  EXPECT_TRUE(none.view().empty());
  const ps::owned_bytes literal("for ever", nullptr);
  EXPECT_EQ(literal.view(), "for ever");
}
