// SPDX-License-Identifier: BSL-1.0
// Proves how plaintext becomes ciphertext: full records from what is queued, many in one send, no
// more sealed than can be about to leave, and the marks counted in plaintext (R4, I-48).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

struct ready : joined {
  explicit ready(const settings& wanted = {}) : joined(client_context(), server_context(), wanted) {
    server.application = std::ref(hear);
    on_the_way = [this](bool from_client, std::string& bytes, bool&) {
      if (!from_client) return;
      held += bytes;
      for (const std::string& one : whole_records(held)) records.push_back(one.size());
    };
    drive();
    records.clear();
    client.sends = 0;
  }
  std::string held;
  std::vector<std::size_t> records;  // of the client, with their headers
  listener hear{server.stream};
};

constexpr std::size_t around = 5 + 1 + 16;  // a record's header, its type and its tag

}  // namespace

// Many small writes are one record and one send.
TEST(Output, CoalescesSmallWrites) {
  ready ends;
  std::string all;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(ends.client.stream.write("line " + std::to_string(i) + "\n"));
    all += "line " + std::to_string(i) + "\n";
  }
  ends.drive();
  EXPECT_EQ(ends.hear.heard, all);
  EXPECT_EQ(ends.records, std::vector<std::size_t>{all.size() + around});
  EXPECT_EQ(ends.client.sends, 1U);
  EXPECT_EQ(ends.client.wire->counters().gathered, 0U);
}

TEST(Output, MakesFullRecordsAndSendsFourAtATime) {
  ready ends;
  EXPECT_FALSE(ends.client.stream.write(prose(160'000)));
  ends.drive();
  EXPECT_EQ(ends.hear.heard, prose(160'000));
  ASSERT_EQ(ends.records.size(), 10U);
  EXPECT_TRUE(
      std::all_of(ends.records.begin(), ends.records.end() - 1, [](std::size_t n) { return n == 16'384 + around; }));
  EXPECT_EQ(ends.client.sends, 3U);
  EXPECT_EQ(ends.client.wire->counters().gathered, 0U);
}

// Owned buffers are sealed where they lie; only what is less than a record beside them is gathered.
TEST(Output, GathersNoMoreThanTheEdges) {
  ready ends;
  std::string all;
  for (int i = 0; i < 5; ++i) {
    const std::string head = "head of " + std::to_string(i);
    const std::string body = prose(20'000, static_cast<unsigned>(i));
    EXPECT_FALSE(ends.client.stream.write(head));
    EXPECT_FALSE(ends.client.stream.write(ps::owned_bytes(std::string(body))));
    all += head + body;
  }
  ends.drive();
  EXPECT_TRUE(ends.hear.heard == all);
  EXPECT_EQ(ends.client.wire->counters().sealed, all.size());
  EXPECT_LE(ends.records.size(), 8U);
}

// R4, I-48: what is sealed stays counted, and little is sealed ahead.
TEST(Output, CountsPlaintextUntilItsRecordsHaveLeft) {
  ready ends({.writing = {.high = 100'000, .low = 50'000}});
  ends.client.room_to_send = 0;
  EXPECT_FALSE(ends.client.stream.write(prose(200'000)));
  ends.client.turn(ends.now);
  EXPECT_EQ(ends.client.stream.out().pending(), 200'000U);
  EXPECT_TRUE(ends.client.stream.out().full());
  EXPECT_LE(ends.client.wire->capacity(), 4 * 16'384 + 8192U);
  std::size_t before = 200'000;
  for (int turns = 0; turns < 1000 && ends.client.stream.out().pending() != 0; ++turns) {
    ends.client.room_to_send = 1000;
    ends.client.turn(ends.now);
    const std::size_t left = ends.client.stream.out().pending();
    EXPECT_LE(before - left, 1000U);
    EXPECT_EQ(ends.client.stream.out().full(), left > 50'000);
    before = left;
  }
  EXPECT_EQ(ends.client.stream.out().pending(), 0U);
  ends.drive();
  EXPECT_EQ(ends.hear.heard, prose(200'000));
  EXPECT_EQ(ends.client.wire->capacity(), 0U);
}

// R96: what is written before the handshake is over leaves behind it, in order.
TEST(Output, WaitsForTheHandshake) {
  joined ends(client_context(), server_context());
  listener hear{ends.server.stream};
  ends.server.application = std::ref(hear);
  EXPECT_FALSE(ends.client.stream.write("first "));
  ends.client.turn(ends.now);
  EXPECT_EQ(ends.client.leaving.find("first"), std::string::npos);
  EXPECT_FALSE(ends.client.stream.write("second"));
  EXPECT_FALSE(ends.client.stream.write_eof());
  ends.drive();
  EXPECT_EQ(hear.heard, "first second");
  EXPECT_TRUE(hear.at_eof);
  EXPECT_FALSE(ends.client.closed) << "a half-close";
}

TEST(Output, TakesOneSegmentAtATimeWhereThereIsOnePlace) {
  ready ends;
  EXPECT_FALSE(ends.client.stream.write(prose(60'000)));
  std::string_view one;
  std::size_t count = 0;
  std::string sent;
  for (;;) {
    if (ends.client.wire->next_output({&one, 1}, count) != ps::wire_step::send) break;
    ASSERT_EQ(count, 1U);
    sent += one;
    ends.client.wire->consume_output(one.size());
  }
  ends.server.arriving += sent;
  ends.drive();
  EXPECT_EQ(ends.hear.heard, prose(60'000));
}
