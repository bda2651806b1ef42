// SPDX-License-Identifier: BSL-1.0
// Proves how ciphertext becomes plaintext: in the transport's own memory, no further than the
// reader has room for, and that neither a paused reader nor a flood makes it grow (R94, R95, I-44,
// I-48).
#include <gtest/gtest.h>

#include <openssl/ssl.h>

#include <cstddef>
#include <string>
#include <system_error>

#include "support/answer.hpp"
#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

// R95: bytes read at once are moved by nobody but OpenSSL.
TEST(Input, IsDecryptedIntoTheArenaAndLent) {
  joined ends(any_client(), any_server());
  conversation talk(ends, 300'000, 0, 300'000);
  ends.drive();
  EXPECT_TRUE(talk.all_heard());
  const tls::wire_counters counted = ends.server.wire->counters();
  EXPECT_EQ(counted.in_place, 300'000U);
  EXPECT_EQ(counted.in_block, 0U);
  EXPECT_EQ(ends.server.stream.in().work().moved, 0U);
  EXPECT_EQ(ends.client.wire->counters().gathered, 0U);
}

TEST(Input, GoesToTheReadersBlockWithoutHeadroomOrBehindALargeRest) {
  for (const bool lends : {true, false}) {
    joined ends(any_client(), any_server(), {.how = {.headroom = 4096, .lends = lends}});
    conversation talk(ends, 300'000, 0, 300'000);
    ends.drive();
    EXPECT_TRUE(talk.all_heard());
    EXPECT_EQ(ends.server.wire->counters().in_block, 300'000U);
    EXPECT_EQ(ends.server.wire->counters().in_place, 0U);
  }
  joined ends(any_client(), any_server());
  speaker say{ends.client.stream, prose(100'000), 100'000, false};
  ends.client.application = std::ref(say);
  ps::readexactly whole(100'000);
  answer got;
  ends.server.application = [&] {
    if (got.status != ps::read_status::need_more) return false;
    ends.server.stream.in().await_input(whole);
    got = ask(ends.server.stream.in(), whole);
    return got.status != ps::read_status::need_more;
  };
  ends.drive();
  EXPECT_EQ(got, delivered(say.text));
  EXPECT_GT(ends.server.wire->counters().in_block, 0U);
  EXPECT_GT(ends.server.wire->counters().in_place, 0U) << "as long as the rest was small";
}

// R94: a reader that does not read has at most its room, and no more ciphertext waits than one
// receive.
TEST(Input, WaitsUndecryptedWhereThereIsNoRoom) {
  for (const std::size_t limit : {std::size_t{1}, std::size_t{1000}, std::size_t{64 * 1024}}) {
    joined ends(any_client(), any_server(), {.reading = {.limit = limit}});
    speaker say{ends.client.stream, prose(500'000), 500'000, false};
    ends.client.application = std::ref(say);
    ends.drive();
    const std::size_t most = 2 * limit + 1;
    EXPECT_EQ(ends.server.stream.in().buffered().size(), most);
    EXPECT_EQ(ends.server.wire->input_room(), 0U);
    EXPECT_LE(ends.server.wire->capacity(), 64 * 1024 + 64 * 1024 + 8192U)
        << "settled: at most twice what arrived at once";
    listener hear{ends.server.stream};
    ends.server.application = std::ref(hear);
    ends.drive();
    EXPECT_TRUE(hear.heard == say.text);
  }
}

// The end waits behind data for which there is no room, and so does the loss (R117).
TEST(Input, KeepsDataBeforeTheEndBeforeTheLoss) {
  for (const int how : {0, 1, 2}) {
    SCOPED_TRACE(how);
    joined ends(any_client(), any_server(), {.reading = {.limit = 1000}});
    speaker say{ends.client.stream, prose(20'000), 20'000, false};
    ends.client.application = std::ref(say);
    ends.drive();
    EXPECT_EQ(ends.server.stream.in().buffered().size(), 2001U);
    if (how == 0) ends.client.stream.close();
    if (how == 1) ends.server.fin_arriving = true;
    ends.drive();
    EXPECT_FALSE(ends.server.stream.in().ended());
    if (how == 2) ends.server.fail(std::make_error_code(std::errc::connection_reset));
    listener hear{ends.server.stream};
    ends.server.application = std::ref(hear);
    ends.drive();
    EXPECT_TRUE(say.text.starts_with(hear.heard));
    EXPECT_GE(hear.heard.size(), how == 2 ? 16'384U : say.text.size()) << "all that was received";
    EXPECT_EQ(hear.at_eof, how == 0);
    const std::error_code expected[] = {{}, tls::errc::truncated, std::make_error_code(std::errc::connection_reset)};
    EXPECT_EQ(hear.error, expected[how]);
  }
}

// R117: an end that came in the same receive as more data than there is room for.
TEST(Input, HoldsTheEndThatCameWithTheData) {
  for (const bool clean : {false, true}) {
    joined ends(any_client(), any_server(), {.how = {.fin_at_once = true}, .reading = {.limit = 100}});
    ends.drive();
    EXPECT_FALSE(ends.client.stream.write(prose(10'000)));
    if (clean) ends.client.stream.close();
    ends.client.turn(ends.now);
    ends.server.arriving += std::exchange(ends.client.leaving, {});
    ends.server.fin_arriving = true;
    ends.server.turn(ends.now);
    EXPECT_EQ(ends.server.stream.in().buffered().size(), 201U);
    EXPECT_FALSE(ends.server.stream.in().ended());
    listener hear{ends.server.stream};
    ends.server.application = std::ref(hear);
    ends.drive();
    EXPECT_EQ(hear.heard, prose(10'000));
    EXPECT_EQ(hear.at_eof, clean);
    EXPECT_EQ(hear.error, clean ? std::error_code() : make_error_code(tls::errc::truncated));
  }
}

// I-44: key updates that bring nothing are a flood, beside data they are not.
TEST(Input, EndsAFloodOfKeyUpdates) {
  for (const bool with_data : {false, true}) {
    joined ends(any_client(), any_server());
    conversation talk(ends, 10, 10);
    ends.drive();
    SSL* const engine = ends.client.wire->native();
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(SSL_key_update(engine, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
      ASSERT_EQ(SSL_do_handshake(engine), 1);
      EXPECT_FALSE(ends.client.stream.write(prose(with_data ? 4096 : 0)));
      ends.drive();
    }
    EXPECT_EQ(talk.server_hears.error, with_data ? std::error_code() : make_error_code(tls::errc::too_many_messages));
  }
}

namespace {

void update_keys(party& one, int kind) {
  ASSERT_EQ(SSL_key_update(one.wire->native(), kind), 1);
  ASSERT_EQ(SSL_do_handshake(one.wire->native()), 1);
}

}  // namespace

// I-44: whoever has sent much may not spend it all at once: each one costs as much as some hundred bytes of data.
TEST(Input, SavesNoKeyUpdatesUp) {
  joined ends(any_client(), any_server());
  conversation talk(ends, 1'000'000, 10);
  ends.drive();
  ASSERT_TRUE(talk.all_heard());
  for (int i = 0; i < 100; ++i) update_keys(ends.client, SSL_KEY_UPDATE_NOT_REQUESTED);
  EXPECT_FALSE(ends.client.stream.write("and behind them"));
  ends.drive();
  EXPECT_EQ(talk.server_hears.error, make_error_code(tls::errc::too_many_messages));
}

// I-48: a peer that asks and reads no answer is not listened to until it does; then nothing is lost.
TEST(Input, WaitsWhereAnswersDoNotLeave) {
  joined ends(any_client(), any_server());
  conversation talk(ends, 10, 10);
  ends.drive();
  std::size_t held = 0;
  const std::string text = prose(2048);
  for (int i = 0; i < 3000; ++i) {
    update_keys(ends.client, SSL_KEY_UPDATE_REQUESTED);
    EXPECT_FALSE(ends.client.stream.write(text));
    ends.client.room_to_send = 1'000'000;
    ends.client.turn(ends.now);
    ends.server.arriving += std::exchange(ends.client.leaving, {});
    ends.server.room_to_send = 0;
    ends.server.turn(ends.now);
    held = std::max(held, ends.server.wire->capacity());
  }
  EXPECT_LE(held, 64U * 1024);
  EXPECT_EQ(ends.server.wire->input_room(), 0U);
  ends.server.room_to_send = 1'000'000;
  ends.on_the_way = [](bool from_client, std::string& bytes, bool&) {
    if (!from_client) bytes.clear();  // to the client they would be a flood
  };
  ends.drive();
  EXPECT_EQ(talk.server_hears.error, std::error_code());
  EXPECT_EQ(talk.server_hears.heard.size(), 10 + 3000 * text.size());
  EXPECT_EQ(ends.server.wire->capacity(), 0U);
}

TEST(Input, IsBoundedDuringTheHandshake) {
  joined ends(any_client(), any_server());
  bool first = true;
  ends.on_the_way = [&](bool from_client, std::string& bytes, bool&) {
    if (!from_client || !std::exchange(first, false)) return;
    // A hello of 16 MiB, as it claims, in record after record.
    const std::string claim("\x01\xff\xff\xff", 4);
    bytes.clear();
    for (int i = 0; i < 100; ++i) {
      const std::string body = (i == 0 ? claim : std::string()) + std::string(i == 0 ? 996 : 1000, '\0');
      bytes += std::string("\x16\x03\x01\x03\xe8", 5) + body;
    }
  };
  ends.drive();
  EXPECT_TRUE(ends.server.stream.close_reason());
  EXPECT_TRUE(ends.server.closed);
}
