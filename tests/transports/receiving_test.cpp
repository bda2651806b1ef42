// SPDX-License-Identifier: BSL-1.0
// Proves that a turn asks for at most an arena in one receive, whatever the waiting read has room for
// (R5, I-17), and that it receives behind what is buffered. With a transport that only takes note.
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/read_operations.hpp>

namespace {

namespace ps = penstock;

struct noting_transport {
  ~noting_transport() { ps::unpoison(memory.data(), memory.size()); }

  std::array<char, 4096 + 1000> memory = {};
  std::size_t largest = 0;

  bool readable() const { return true; }
  ps::receive_arena arena() { return {memory, 1000}; }
  ps::transfer receive(std::span<char> into) {
    largest = std::max(largest, into.size());
    std::fill_n(into.begin(), 7, 'x');
    return {.count = 7};
  }
  ps::transfer send(std::span<const std::string_view>) { return {.blocked = true}; }
  std::error_code shut_down() { return {}; }
  void hang_up(bool) {}
};

struct nobody {
  bool wake_reader() { return false; }
  bool wake_writers() { return false; }
  bool owes_answer() const { return false; }
};

TEST(Receiving, AsksForAtMostAnArena_R5) {
  for (const std::size_t buffered : {0u, 100u, 5000u, 100'000u}) {
    SCOPED_TRACE(buffered);
    ps::connection inner;
    const std::string before(buffered, 'b');
    inner.in().feed(before);
    inner.in().await_input(ps::read_to_eof());
    ASSERT_GT(inner.input_room(), 1'000'000u);
    noting_transport transport;
    nobody who;
    ps::turn(transport, inner, who, buffered, ps::time_point());
    EXPECT_EQ(transport.largest, transport.arena().room().size());
    EXPECT_EQ(inner.in().buffered(), before + "xxxxxxx");
  }
}

}  // namespace
