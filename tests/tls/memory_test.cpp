// SPDX-License-Identifier: BSL-1.0
// Proves what happens where no block can be had: every allocation of a conversation is failed in
// turn, and all from one on. What is heard is a beginning of what was said, the reason is told,
// nothing leaks (I-30).
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <system_error>

#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

// True: the plan was met.
bool run(const tls::context& at_client, const tls::context& at_server, bool server_fails, bool once,
         std::uint64_t number) {
  bool met = false;
  settings wanted;
  wanted.how = {.most_received = 20'000, .lends = number % 2 == 0, .seed = 5};
  if (number % 3 == 0) wanted.how.headroom = 4096;
  joined ends(at_client, at_server, wanted);
  party& poor = server_fails ? ends.server : ends.client;
  if (once)
    poor.blocks.fail_once(number);
  else
    poor.blocks.fail_from(number);
  conversation talk(ends, 40'000, 20'000, 13'000);
  ends.on_the_way = [&](bool, std::string&, bool&) { met = met || poor.blocks.refused() != 0; };
  for (int steps = 0; steps < 2000 && ends.step();) ++steps;
  const listener& hears = server_fails ? talk.server_hears : talk.client_hears;
  if (poor.stream.close_reason()) {
    EXPECT_EQ(hears.error, ps::errc::no_memory);
  }
  EXPECT_TRUE(talk.client_says.text.starts_with(talk.server_hears.heard));
  EXPECT_TRUE(talk.server_says.text.starts_with(talk.client_hears.heard));
  EXPECT_FALSE(hears.at_eof);
  poor.blocks.fail_no_more();
  ends.client.stream.close();
  ends.server.stream.close();
  ends.drive_to_the_end();
  EXPECT_TRUE(ends.client.closed && ends.server.closed);
  EXPECT_EQ(ends.client.wire->capacity() + ends.server.wire->capacity(), 0U);
  return met;
}

}  // namespace

TEST(Memory, ThatCannotBeHadEndsTheConnectionAndNothingElse) {
  const tls::context at_client = client_context();
  const tls::context at_server = server_context();
  for (const bool server_fails : {false, true})
    for (const bool once : {false, true})
      for (std::uint64_t number = 0;; ++number) {
        SCOPED_TRACE(testing::Message() << (server_fails ? "server " : "client ") << (once ? "once at " : "from ")
                                        << number);
        const bool met = run(at_client, at_server, server_fails, once, number);
        if (::testing::Test::HasFailure()) return;
        if (!met) {
          EXPECT_GE(number, 3U);
          break;
        }
      }
}

// A close_notify that could not be made is told: the peer will hear of a truncation.
TEST(Memory, ThatCannotBeHadForACloseNotifyIsTold) {
  for (const bool half : {false, true}) {
    SCOPED_TRACE(half);
    joined ends(client_context(), server_context());
    conversation talk(ends, 0, 0);
    ends.drive();
    if (half)
      EXPECT_FALSE(ends.client.stream.write_eof());
    else
      ends.client.stream.close();
    ends.client.blocks.fail_from(0);
    ends.client.turn(ends.now);
    EXPECT_NE(ends.client.blocks.refused(), 0U);
    EXPECT_EQ(ends.client.stream.in().error(), ps::errc::no_memory);
    ends.client.blocks.fail_no_more();
    ends.drive_to_the_end();
    EXPECT_TRUE(ends.client.closed);
    EXPECT_FALSE(talk.server_hears.at_eof);
  }
}
