// SPDX-License-Identifier: BSL-1.0
// Proves that a clean end of a connection under TLS is a close_notify and nothing else, wherever the line is cut
// (R90, I-43).
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

#include "support/printing.hpp"
#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;
using std::chrono::seconds;

namespace {

// Lets `most` bytes pass from the client to the server, then cuts the line with a FIN.
struct cut {
  std::size_t most;
  std::string passed = {};  // by then
  void operator()(bool from_client, std::string& bytes, bool& fin) {
    if (!from_client) return;
    bytes.resize(std::min(bytes.size(), most - passed.size()));
    passed += bytes;
    fin = passed.size() == most;
  }
};

// A client that says three texts and closes; what it sends in all, and where its records end.
struct recording {
  std::string bytes;
  std::vector<std::size_t> borders;
  std::size_t handshake_end = 0;
};

constexpr std::size_t text_size = 300;

bool talk_until_the_end(joined& ends, conversation& talk) {
  ends.drive();
  if (!talk.all_heard()) return false;
  ends.client.stream.close();
  ends.drive();
  return true;
}

recording record() {
  recording made;
  joined ends(any_client(), any_server());
  conversation talk(ends, text_size, 1, 100);
  ends.on_the_way = [&](bool from_client, std::string& bytes, bool&) {
    if (!from_client) return;
    made.bytes += bytes;
    if (!ends.client.wire->handshake_done()) made.handshake_end = made.bytes.size();
  };
  EXPECT_TRUE(talk_until_the_end(ends, talk));
  std::string left = made.bytes;
  for (const std::string& one : whole_records(left))
    made.borders.push_back((made.borders.empty() ? 0 : made.borders.back()) + one.size());
  EXPECT_EQ(left, "");
  return made;
}

}  // namespace

// R86, R90: at every byte of a small conversation, record borders included.
TEST(Truncation, IsAnErrorBehindTheAuthenticatedDataAtEveryByte) {
  const recording whole = record();
  ASSERT_GE(whole.borders.size(), 5U);
  for (std::size_t at = 0; at < whole.bytes.size(); ++at) {
    SCOPED_TRACE(testing::Message() << "cut behind " << at << " of " << whole.bytes.size());
    joined ends(any_client(), any_server());
    conversation talk(ends, text_size, 1, 100);
    cut line{at};
    ends.on_the_way = std::ref(line);
    talk_until_the_end(ends, talk);
    EXPECT_TRUE(talk.client_says.text.starts_with(talk.server_hears.heard));
    EXPECT_FALSE(talk.server_hears.at_eof);
    const tls::errc expected = ends.server.wire->handshake_done() ? tls::errc::truncated : tls::errc::handshake_ended;
    EXPECT_EQ(talk.server_hears.error, make_error_code(expected)) << talk.server_hears.error.message();
    EXPECT_TRUE(ends.server.wire->handshake_done() || talk.server_hears.heard.empty()) << "I-41";
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Truncation, IsAnErrorAtEveryRecordOfALargeTransfer) {
  const std::string text = prose(1'048'576, 7);
  for (std::size_t at = 0; at < 64; at += 3) {
    joined ends(any_client(), any_server());
    conversation talk(ends, text.size(), 0, text.size());
    std::string held;
    std::size_t records = 0;
    bool is_cut = false;
    ends.on_the_way = [&](bool from_client, std::string& bytes, bool& fin) {
      if (!from_client || !ends.client.wire->handshake_done()) return;
      held += bytes;
      bytes.clear();
      for (const std::string& one : whole_records(held)) {
        if (one[0] == 23 && one.size() > 1000 && records++ == at) is_cut = true;
        if (is_cut) break;
        bytes += one;
      }
      fin = is_cut;
    };
    ends.drive();
    ASSERT_EQ(talk.server_hears.error, make_error_code(tls::errc::truncated));
    ASSERT_EQ(talk.server_hears.heard.size(), at * 16'384);
    ASSERT_TRUE(text.starts_with(talk.server_hears.heard));
  }
}

// The one way to have it otherwise, and not in the middle of a record.
TEST(Truncation, IsAcceptedByWhoAskedForThat) {
  const tls::context careless = server_context([](tls::context_builder& b) { b.insecure_accept_truncation(); });
  const recording whole = record();
  for (const bool at_border : {true, false}) {
    const std::size_t last = whole.borders[whole.borders.size() - 2];
    joined ends(any_client(), careless);
    conversation talk(ends, text_size, 1, 100);
    cut line{at_border ? last : last - 1};
    ends.on_the_way = std::ref(line);
    talk_until_the_end(ends, talk);
    EXPECT_EQ(talk.server_hears.at_eof, at_border);
    EXPECT_EQ(talk.server_hears.error, at_border ? std::error_code() : make_error_code(tls::errc::truncated));
  }
}

// Behind the error the other direction goes on: the answer may still be of use.
TEST(Truncation, LeavesTheOtherDirectionOpen) {
  joined ends(any_client(), any_server());
  conversation talk(ends, 10, 10);
  ends.drive();
  ends.server.fin_arriving = true;
  ends.drive();
  EXPECT_EQ(talk.server_hears.error, make_error_code(tls::errc::truncated));
  EXPECT_FALSE(ends.server.stream.write("still here"));
  ends.drive();
  EXPECT_TRUE(talk.client_hears.heard.ends_with("still here"));
}
