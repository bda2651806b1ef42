// SPDX-License-Identifier: BSL-1.0
// Proves that whoever sits between two ends gets nothing past them: at every record, in both
// directions and in both versions one record is flipped, dropped, doubled, swapped or followed by
// another one. What is delivered is a beginning of what was sent, a clean end is a genuine one,
// errors stay, and everything comes to an end (I-41, I-42, I-43).
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/answer.hpp"
#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;
using namespace std::string_view_literals;

namespace {

struct tampering {
  std::string_view name;
  void (*change)(std::vector<std::string>& records, std::size_t which);
};

void flip(std::string& record, std::size_t at) { record[at] = static_cast<char>(record[at] ^ 1); }

const tampering all_tamperings[] = {
    {"nothing", [](std::vector<std::string>&, std::size_t) {}},
    {"flips the type", [](std::vector<std::string>& r, std::size_t i) { flip(r[i], 0); }},
    {"flips the version", [](std::vector<std::string>& r, std::size_t i) { flip(r[i], 2); }},
    {"flips the length", [](std::vector<std::string>& r, std::size_t i) { flip(r[i], 4); }},
    {"flips the first byte", [](std::vector<std::string>& r, std::size_t i) { flip(r[i], 5); }},
    {"flips the middle", [](std::vector<std::string>& r, std::size_t i) { flip(r[i], 5 + (r[i].size() - 5) / 2); }},
    {"flips the last byte", [](std::vector<std::string>& r, std::size_t i) { flip(r[i], r[i].size() - 1); }},
    {"drops", [](std::vector<std::string>& r, std::size_t i) { r[i].clear(); }},
    {"doubles", [](std::vector<std::string>& r, std::size_t i) { r[i] += r[i]; }},
    {"swaps",
     [](std::vector<std::string>& r, std::size_t i) {
       if (i + 1 < r.size()) std::swap(r[i], r[i + 1]);
     }},
    {"cuts short", [](std::vector<std::string>& r, std::size_t i) { r[i].pop_back(); }},
    {"adds a plain goodbye",
     [](std::vector<std::string>& r, std::size_t i) { r[i] += "\x15\x03\x03\x00\x02\x01\x00"sv; }},
    {"adds plain data", [](std::vector<std::string>& r, std::size_t i) { r[i] += "\x17\x03\x03\x00\x05hello"sv; }},
    {"adds an empty record", [](std::vector<std::string>& r, std::size_t i) { r[i] += "\x17\x03\x03\x00\x00"sv; }},
    {"adds a fatal alert",
     [](std::vector<std::string>& r, std::size_t i) { r[i] += "\x15\x03\x03\x00\x02\x02\x28"sv; }},
    {"adds a change of ciphers",
     [](std::vector<std::string>& r, std::size_t i) { r[i] += "\x14\x03\x03\x00\x01\x01"sv; }},
    {"adds a hello",
     [](std::vector<std::string>& r, std::size_t i) { r[i] += "\x16\x03\x03\x00\x04\x00\x00\x00\x00"sv; }},
};

// Changes one record of one direction, counted from the first byte on.
struct meddler {
  const tampering& with;
  bool at_client;
  std::size_t which;
  std::string held = {};
  std::size_t seen = 0;
  bool done = false;

  void operator()(bool from_client, std::string& bytes, bool& fin) {
    if (from_client != at_client) return;
    held += bytes;
    bytes.clear();
    std::vector<std::string> records = whole_records(held);
    if (!done && seen + records.size() > which) {
      with.change(records, which - seen);
      done = true;
    }
    seen += records.size();
    for (const std::string& one : records) bytes += one;
    if (!fin) return;
    bytes += held;
    held.clear();
  }
};

// Reads as the listener does and closes once there is no more, as a handler would.
struct hanging_up {
  listener& heard;
  bool operator()() {
    const bool did = heard();
    if ((!heard.at_eof && !heard.error) || heard.c.is_closing()) return did;
    heard.c.close();
    return true;
  }
};

// True: the record was there to be changed.
bool run(const tls::context& at_client, const tls::context& at_server, const tampering& with, bool from_client,
         std::size_t which) {
  joined ends(at_client, at_server);
  conversation talk(ends, 40'000, 20'000, 20'000);
  hanging_up at_end{talk.server_hears};
  ends.server.application = both(talk.server_says, at_end);
  meddler between{with, from_client, which};
  ends.on_the_way = std::ref(between);
  ends.drive();
  ends.client.stream.close();  // whether or not all was heard
  ends.drive_to_the_end();

  EXPECT_TRUE(ends.client.closed && ends.server.closed);
  EXPECT_TRUE(talk.client_says.text.starts_with(talk.server_hears.heard));
  EXPECT_TRUE(talk.server_says.text.starts_with(talk.client_hears.heard));
  const bool clean = talk.server_hears.at_eof && !talk.server_hears.error;
  if (clean) {
    EXPECT_EQ(talk.server_hears.heard.size(), talk.client_says.text.size()) << "a clean end is a genuine one";
  }
  for (const listener* one : {&talk.client_hears, &talk.server_hears}) {
    if (!one->error) continue;
    EXPECT_EQ(ask(one->c.in(), ps::read_some(1)), failed(one->error)) << "errors stay";
    EXPECT_EQ(one->c.write("more"), ps::errc::not_connected);
  }
  if (with.name == "nothing") {
    EXPECT_TRUE(clean && talk.all_heard());
  }
  return between.done;
}

void run_all(tls::version version) {
  const tls::context at_client = client_context([=](tls::context_builder& b) { b.maximum_version(version); });
  const tls::context at_server = server_context();
  for (const tampering& with : all_tamperings)
    for (const bool from_client : {true, false})
      for (std::size_t which = 0;; ++which) {
        SCOPED_TRACE(testing::Message() << with.name << " at record " << which << " of the "
                                        << (from_client ? "client" : "server"));
        const bool was_there = run(at_client, at_server, with, from_client, which);
        if (::testing::Test::HasFailure()) return;
        if (!was_there) {
          EXPECT_GE(which, 5U);
          break;
        }
      }
}

}  // namespace

TEST(Tampering, GetsNothingPastTls13) { run_all(tls::version::tls_1_3); }
TEST(Tampering, GetsNothingPastTls12) { run_all(tls::version::tls_1_2); }
