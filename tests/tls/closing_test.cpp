// SPDX-License-Identifier: BSL-1.0
// Proves how a connection under TLS is ended: close() loses nothing and waits for a while only (R91, I-45), abort()
// waits for nothing, an alert leaves where it can.
#include <gtest/gtest.h>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <chrono>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "support/printing.hpp"
#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;
using std::chrono::seconds;

// R91, I-45
TEST(Close, SendsAllThenCloseNotifyAndWaitsFiveSecondsForAnAnswer) {
  joined ends(any_client(), any_server());
  conversation talk(ends, 0, 0);
  ends.drive();
  const ps::time_point begin = ends.now;
  EXPECT_FALSE(ends.client.stream.write(prose(100'000)));
  ends.client.stream.close();
  ends.drive();
  EXPECT_EQ(talk.server_hears.heard, prose(100'000));
  EXPECT_TRUE(talk.server_hears.at_eof);
  EXPECT_FALSE(ends.client.closed) << "the peer has not answered";
  EXPECT_EQ(ends.client.deadline() - begin, seconds(5));
  EXPECT_TRUE(ends.wait());
  ends.drive();
  EXPECT_TRUE(ends.client.closed);
  EXPECT_FALSE(ends.client.reset || ends.client.stream.out().bytes_lost());
  EXPECT_EQ(ends.client.stream.close_reason(), std::error_code());
}

// R80, R91: the close_notify of an end that was asked for before is the close's, too; no event comes behind it.
TEST(Close, BehindAnEndOfWritingWaitsNoLonger) {
  for (const bool at_once : {true, false}) {
    SCOPED_TRACE(at_once);
    joined ends(any_client(), any_server());
    conversation talk(ends, 0, 0);
    ends.drive();
    EXPECT_FALSE(ends.client.stream.write("text"));
    EXPECT_FALSE(ends.client.stream.write_eof());
    if (!at_once) ends.drive();
    const ps::time_point begin = ends.now;
    ends.client.stream.close();
    ends.client.turn(ends.now);
    ends.client.turn(ends.now);
    EXPECT_EQ(ends.client.deadline() - begin, seconds(5));
    ends.drive();
    EXPECT_TRUE(talk.server_hears.at_eof);
    EXPECT_TRUE(ends.wait());
    ends.drive();
    EXPECT_TRUE(ends.client.closed);
  }
}

namespace {

// A client to which the server's first ticket has come in half; `rest` are the records that complete it.
struct half_told {
  half_told() : ends(presenting(), requesting()), talk(ends, 0, 0) {
    SSL_set_max_send_fragment(ends.server.wire->native(), 512);
    std::string held;
    ends.on_the_way = [this, held](bool from_client, std::string& bytes, bool&) mutable {
      if (from_client || !ends.client.wire->handshake_done()) return;
      held += std::exchange(bytes, {});
      for (std::string& one : whole_records(held)) rest.push_back(std::move(one));
    };
    ends.drive();
    ends.on_the_way = {};
    EXPECT_GT(rest.size(), 1U);
    ends.client.arriving = rest.front();
    rest.erase(rest.begin());
    ends.drive();
  }
  void tell_the_rest() {
    for (const std::string& one : rest) ends.client.arriving += one;
    ends.drive();
  }
  // A ticket holds the client's certificate, and is larger than a record for it.
  static tls::context presenting() {
    return client_context([](tls::context_builder& b) {
      b.certificate(client_of_root().certificate.get()).private_key(client_of_root().key.get());
    });
  }
  static tls::context requesting() {
    return server_context(
        [](tls::context_builder& b) { b.trust(root().certificate.get()).request_client_certificate(); });
  }

  joined ends;
  conversation talk;
  std::vector<std::string> rest;
};

}  // namespace

// R91: no close_notify can be made between two records of one message; it follows them.
TEST(Close, BetweenTwoRecordsOfAMessageSaysGoodbyeBehindThem) {
  half_told half;
  half.ends.client.stream.close();
  half.ends.drive();
  EXPECT_FALSE(half.talk.server_hears.at_eof || half.ends.client.closed);
  half.tell_the_rest();
  EXPECT_TRUE(half.talk.server_hears.at_eof);
  half.ends.server.stream.close();
  half.ends.drive();
  EXPECT_TRUE(half.ends.client.closed);
  EXPECT_EQ(half.ends.client.stream.close_reason(), std::error_code());
}

// R88
TEST(Close, BetweenTwoRecordsOfAMessageOfWritingAloneLeavesBehindThem) {
  half_told half;
  EXPECT_FALSE(half.ends.client.stream.write_eof());
  half.ends.drive();
  EXPECT_FALSE(half.talk.server_hears.at_eof);
  half.tell_the_rest();
  EXPECT_TRUE(half.talk.server_hears.at_eof);
  EXPECT_FALSE(half.ends.client.fin_leaving || half.ends.client.stream.is_closing());
}

// I-45: a message whose rest never comes holds nothing up for longer than a missing answer does.
TEST(Close, BetweenTwoRecordsOfAMessageIsBounded) {
  half_told half;
  const ps::time_point begin = half.ends.now;
  half.ends.client.stream.close();
  half.ends.drive();
  EXPECT_EQ(half.ends.client.deadline() - begin, seconds(5));
  EXPECT_TRUE(half.ends.wait());
  half.ends.drive();
  EXPECT_TRUE(half.ends.client.closed);
  EXPECT_EQ(half.talk.server_hears.error, make_error_code(tls::errc::truncated));
}

TEST(Close, DoesNotWaitWhereItIsToldNotTo) {
  joined ends(any_client(), any_server(), {.client = {.server_hostname = "localhost", .shutdown_timeout = seconds(0)}});
  conversation talk(ends, 10, 10);
  ends.drive();
  ends.client.stream.close();
  ends.drive();
  EXPECT_TRUE(ends.client.closed);
  EXPECT_TRUE(talk.server_hears.at_eof);
}

// A peer that reads nothing cannot take our goodbye either.
TEST(Close, IsBoundedWhereThePeerReadsNothing) {
  joined ends(any_client(), any_server());
  conversation talk(ends, 10, 10);
  ends.drive();
  ends.client.room_to_send = 0;
  ends.on_the_way = [&](bool, std::string&, bool&) { ends.client.room_to_send = 0; };
  ends.client.stream.close();
  for (int turns = 0; turns < 4; ++turns) {
    ends.client.room_to_send = 0;
    ends.client.turn(ends.now);
  }
  EXPECT_FALSE(ends.client.closed);
  ends.now = ends.client.deadline();
  ends.client.turn(ends.now);
  EXPECT_TRUE(ends.client.closed);
}

// R92: neither data nor nonsense behind our close is an error.
TEST(Close, DiscardsWhatFollows) {
  for (const bool nonsense : {false, true}) {
    joined ends(any_client(), any_server());
    conversation talk(ends, 10, 10);
    ends.drive();
    ends.client.stream.close();
    ends.client.turn(ends.now);
    EXPECT_FALSE(ends.server.stream.write(prose(200'000)));
    ends.on_the_way = [&](bool from_client, std::string& bytes, bool&) {
      if (!from_client && nonsense) bytes = std::string(bytes.size(), 'x');
    };
    ends.drive();
    EXPECT_EQ(talk.client_hears.heard, talk.server_says.text);
    EXPECT_EQ(ends.client.stream.close_reason(), std::error_code());
    ends.server.stream.close();
    ends.drive_to_the_end();
    EXPECT_TRUE(ends.client.closed);
    EXPECT_FALSE(ends.client.stream.out().bytes_lost());
  }
}

// R93: what was written is reported as lost.
TEST(Close, DuringTheHandshakeAborts) {
  joined ends(any_client(), any_server());
  EXPECT_FALSE(ends.client.stream.write("early"));  // R96
  ends.client.turn(ends.now);
  ends.client.stream.close();
  ends.client.turn(ends.now);
  EXPECT_TRUE(ends.client.closed);
  EXPECT_TRUE(ends.client.reset);
  EXPECT_TRUE(ends.client.stream.out().bytes_lost());
}

// R79, I-45
TEST(Abort, DropsWhatIsSealedAndSaysNoGoodbye) {
  joined ends(any_client(), any_server(), {.how = {.capacity = 1000}});
  ends.drive();
  EXPECT_FALSE(ends.client.stream.write(prose(50'000)));
  for (int steps = 0; steps < 3; ++steps) ends.step();
  ends.client.stream.abort();
  ends.client.leaving.clear();
  ends.client.turn(ends.now);
  EXPECT_TRUE(ends.client.closed && ends.client.reset);
  EXPECT_EQ(ends.client.leaving, "");
  EXPECT_TRUE(ends.client.stream.out().bytes_lost());
}

// R79: nor does an alert wait for a peer that reads nothing, however long it might; without abort() it does.
TEST(Abort, WinsOverAnAlertThatDoesNotLeave) {
  for (const bool during_handshake : {false, true}) {
    SCOPED_TRACE(during_handshake);
    joined ends(any_client(), any_server(), {.server = {.server = true, .shutdown_timeout = seconds(1'000'000)}});
    if (!during_handshake) ends.drive();
    EXPECT_FALSE(ends.server.stream.write("an answer"));
    ends.server.arriving = std::string("\x16\x03\x03\x00\x04\x00\x00\x00\x00", 9);  // nobody asks a server for a hello
    for (int turns = 0; turns < 4; ++turns) {
      ends.server.room_to_send = 0;
      ends.server.turn(ends.now);
    }
    const std::error_code why = ends.server.stream.close_reason();
    EXPECT_EQ(why.category(), tls::category()) << why.message();
    EXPECT_TRUE(ends.server.stream.is_closing());
    EXPECT_EQ(ends.server.stream.write("more"), ps::errc::not_connected);
    EXPECT_FALSE(ends.server.closed);
    EXPECT_GE(ends.server.deadline() - ends.now, seconds(1'000'000));
    ends.server.stream.abort();
    ends.server.turn(ends.now);
    EXPECT_TRUE(ends.server.closed && ends.server.reset);
    EXPECT_TRUE(ends.server.stream.out().bytes_lost());
    EXPECT_EQ(ends.server.stream.close_reason(), why);
  }
}

// Where the peer takes it, it has it, and the socket is closed without a reset that might destroy it.
TEST(Alert, LeavesBehindWhatWasSealed) {
  joined ends(any_client(), any_server());
  conversation talk(ends, 0, 0);
  ends.drive();
  EXPECT_FALSE(ends.server.stream.write("an answer"));
  ends.server.room_to_send = 3;
  ends.server.turn(ends.now);
  ends.server.arriving = "this is no record";
  ends.server.turn(ends.now);
  EXPECT_FALSE(ends.server.closed);
  ends.drive();
  EXPECT_TRUE(ends.server.closed);
  EXPECT_FALSE(ends.server.reset);
  EXPECT_EQ(talk.client_hears.heard, "an answer");
  EXPECT_NE(tls::received_alert(talk.client_hears.error), -1) << talk.client_hears.error.message();
}

// Not to wait for an answer is not to be silent.
TEST(Alert, LeavesWhereNoTimeIsGivenToIt) {
  const identity other = issue({.common_name = "another", .names = {"DNS:another.test"}}, &root());
  const tls::context at_server = server_context(
      [&](tls::context_builder& b) { b.certificate(other.certificate.get()).private_key(other.key.get()); });
  joined ends(any_client(), at_server, {.client = {.server_hostname = "localhost", .shutdown_timeout = seconds(0)}});
  conversation talk(ends, 10, 10);
  ends.drive();
  EXPECT_EQ(tls::verify_reason(talk.client_hears.error), X509_V_ERR_HOSTNAME_MISMATCH);
  EXPECT_EQ(tls::received_alert(talk.server_hears.error), SSL_AD_BAD_CERTIFICATE);
  EXPECT_TRUE(ends.client.closed && ends.server.closed);

  joined blocked(any_client(), any_server(), {.server = {.server = true, .shutdown_timeout = seconds(0)}});
  blocked.drive();
  blocked.server.arriving = "this is no record";
  for (int turns = 0; turns < 3; ++turns) {
    blocked.server.room_to_send = 0;
    blocked.server.turn(blocked.now);
  }
  EXPECT_TRUE(blocked.server.closed);
}

// R55: what was sealed and has not left counts as lost, and as pending until then.
TEST(Loss, CountsWhatWasSealed) {
  joined ends(any_client(), any_server());
  ends.drive();
  EXPECT_FALSE(ends.client.stream.write("sealed"));
  ends.client.room_to_send = 3;
  ends.client.turn(ends.now);
  EXPECT_EQ(ends.client.stream.out().pending(), 6U);
  ends.client.fail(std::make_error_code(std::errc::connection_reset));
  ends.client.turn(ends.now);
  EXPECT_TRUE(ends.client.stream.out().bytes_lost());
  EXPECT_EQ(ends.client.stream.close_reason(), std::make_error_code(std::errc::connection_reset));
}

// R6, I-18: 60 seconds to the nanosecond, then a reset; the reason is told.
TEST(Handshake, TakesNoLongerThanItMay) {
  joined ends(any_client(), any_server());
  ends.on_the_way = [](bool, std::string& bytes, bool&) { bytes.clear(); };
  const ps::time_point begin = ends.now;
  ends.drive();
  EXPECT_EQ(ends.client.deadline() - begin, seconds(60));
  EXPECT_EQ(ends.server.deadline() - begin, seconds(60));
  ends.now = begin + seconds(60) - std::chrono::nanoseconds(1);
  ends.drive();
  EXPECT_FALSE(ends.client.closed || ends.server.closed);
  ends.now = begin + seconds(60);
  ends.client.turn(ends.now);
  ends.server.turn(ends.now);
  EXPECT_TRUE(ends.client.closed && ends.server.closed);
  EXPECT_TRUE(ends.client.reset);
  EXPECT_EQ(ends.client.stream.close_reason(), make_error_code(tls::errc::handshake_timed_out));
  EXPECT_EQ(ends.server.stream.close_reason(), std::errc::timed_out);
}
