// SPDX-License-Identifier: BSL-1.0
// Proves that an idle connection is small: the objects' sizes, printed and bounded, and that one
// which has nothing to read and nothing to send holds no memory besides.
#include <penstock/connection.hpp>

#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/counting_blocks.hpp"

namespace ps = penstock;
using namespace penstock_test;

// I-11: what ten thousand idle connections cost is this, ten thousand times
TEST(Sizes, OfTheHalvesAreBounded) {
  std::cout << "bytes: read_half " << sizeof(ps::read_half) << ", write_half " << sizeof(ps::write_half)
            << ", connection " << sizeof(ps::connection) << ", read_outcome " << sizeof(ps::read_outcome)
            << ", readline " << sizeof(ps::readline) << ", readuntil " << sizeof(ps::readuntil) << ", receive_block "
            << sizeof(ps::receive_block) << ", send_segment " << sizeof(ps::send_segment) << '\n';
  EXPECT_LE(sizeof(ps::read_half) + sizeof(ps::write_half) + sizeof(ps::connection), 320U)
      << "a connection is both halves and little more";
}

// I-11: nothing before the first byte
TEST(Sizes, OfAnUnusedConnectionAreAll) {
  counting_blocks blocks;
  ps::connection c({}, {}, blocks);
  c.settle_input();
  EXPECT_EQ(blocks.asked(), 0U);
  EXPECT_EQ(c.in().capacity() + c.out().capacity(), 0U);
}

// I-11, I-19: and nothing between two messages, whichever way they came and went
TEST(Sizes, OfAnIdleConnectionAreAll) {
  counting_blocks blocks;
  ps::connection c({}, {}, blocks);
  arena memory;
  const auto exchange = [&](bool lent, const std::string& message) {
    if (lent) {
      c.lend_input(memory.receive(message), 4096);
    } else {
      const std::span<char> to = c.prepare_input(message.size());
      ASSERT_EQ(to.size(), message.size());
      std::copy(message.begin(), message.end(), to.begin());
      c.commit_input(message.size());
    }
    ps::readline op;
    EXPECT_EQ(ask(c.in(), op), delivered(message));
    EXPECT_FALSE(c.write(message));
    std::string_view segments[64];
    std::size_t count = 0;
    std::size_t sent = 0;
    while (c.next_output(segments, count) == ps::wire_step::send) {
      c.consume_output(segments[0].size());
      sent += 1;
    }
    EXPECT_GE(sent, 1U);
    c.settle_input();
    memory.shut();
    EXPECT_EQ(blocks.live(), 0U);
    EXPECT_EQ(c.in().capacity() + c.out().capacity(), 0U);
    c.validate();
  };
  for (const std::size_t size : {1U, 100U, 5000U, 60'000U}) {
    exchange(true, std::string(size, 'x') + '\n');
    exchange(false, std::string(size, 'x') + '\n');
  }
}
