// SPDX-License-Identifier: BSL-1.0
// Proves that an upgrade has no hole, in either role and for the shapes in which it is asked for:
// what was injected before it never surfaces behind it, an honest early hello is used, and
// plaintext never comes back (R63, R64, I-40).
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "support/answer.hpp"
#include "support/dialogues.hpp"
#include "tls/support/certificates.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

// One end of the dialogue: says its plain text, waits for the other's, waits until its own has
// left, upgrades, and talks.
struct upgrading {
  party& self;
  const tls::context& by;
  ps::filter_options options;
  std::string says;
  std::string expects;
  std::string secret;
  bool speaks_first = !options.server;
  bool said = false;
  bool understood = false;
  bool upgraded = false;
  std::error_code refused = {};
  listener hears{self.stream, {}, false, {}, false};

  bool say() {
    if (said) return false;
    said = true;
    EXPECT_FALSE(self.stream.write(says));
    return true;
  }
  bool operator()() {
    if (refused) return false;
    if (upgraded) return hears();
    const bool spoke = speaks_first && say();
    if (!understood) {
      ps::readexactly op(expects.size());
      const answer heard = ask(self.stream.in(), op);
      if (heard.status != ps::read_status::data) return spoke;
      EXPECT_EQ(heard.text, expects);
      understood = true;
    }
    if (say() || self.stream.out().pending() != 0) return true;
    refused = self.wrap(by, options);
    if (refused) return true;
    EXPECT_EQ(self.stream.in().buffered(), "") << "the reader is empty at the switch";
    upgraded = hears.listening = true;
    EXPECT_FALSE(self.stream.write(secret));
    return true;
  }
};

// Two ends that are plain yet.
struct plain_ends {
  explicit plain_ends(const dialogue& how, ps::leftover left = ps::leftover::to_engine, const way& link = {})
      : client_end(link, {}, {}), server_end(link, {}, {}) {
    client.options.leftover = server.options.leftover = left;
    client.says = server.expects = how.request;
    client.expects = server.says = how.reply;
    client_end.application = std::ref(client);
    server_end.application = std::ref(server);
  }

  // Injects once, behind the plain text of one side.
  std::function<void(bool from_client, std::string&)> on_the_way;

  void drive() {
    for (int quiet = 0; quiet < 3;) {
      bool moved = client_end.turn(now);
      moved = carry(client_end, server_end, true) || moved;
      moved = server_end.turn(now) || moved;
      moved = carry(server_end, client_end, false) || moved;
      quiet = moved ? 0 : quiet + 1;
    }
  }
  bool carry(party& from, party& to, bool from_client) {
    if (on_the_way) on_the_way(from_client, from.leaving);
    const bool moves = !from.leaving.empty();
    to.arriving += std::exchange(from.leaving, {});
    to.fin_arriving = to.fin_arriving || from.fin_leaving;
    return moves;
  }

  ps::time_point now{ps::duration::nanoseconds(1)};
  tls::context at_client = client_context();
  tls::context at_server = server_context();
  party client_end;
  party server_end;
  upgrading client{client_end, at_client, {.server_hostname = "localhost"}, {}, {}, "client's secret"};
  upgrading server{server_end, at_server, {.server = true}, {}, {}, "server's secret"};
};

}  // namespace

TEST(StartTls, UpgradesHoweverItIsCut) {
  for (const dialogue& how : dialogues)
    for (unsigned seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(how.name + ", seed " + std::to_string(seed));
      plain_ends ends(how, ps::leftover::to_engine,
                      {.most_received = seed == 0 ? 1'000'000U : 300U, .lends = seed % 2 == 0, .seed = seed});
      ends.drive();
      EXPECT_EQ(ends.server.hears.heard, "client's secret");
      EXPECT_EQ(ends.client.hears.heard, "server's secret");
      EXPECT_EQ(ends.client_end.wire->version(), tls::version::tls_1_3);
      EXPECT_EQ(ends.server.hears.error, std::error_code());
    }
}

// The engine has it as ciphertext, which it is not: the handshake fails, and nothing is heard.
TEST(StartTls, NeverSurfacesWhatWasInjected) {
  for (const dialogue& how : dialogues)
    for (const bool into_client : {false, true})
      for (const std::string& injected : injections())
        for (const std::size_t late : {std::size_t{0}, injected.size() / 2, injected.size()}) {
          if (into_client && how.reply.empty()) continue;
          SCOPED_TRACE(how.name + (into_client ? ", into the client " : ", into the server ") +
                       ps::quoted(injected.substr(0, 20)) + ", of which late " + std::to_string(late));
          plain_ends ends(how);
          bool waits = true;
          std::string rest;
          ends.on_the_way = [&](bool from_client, std::string& bytes) {
            if (from_client == into_client) return;
            if (!rest.empty() && !bytes.empty()) bytes.insert(0, std::exchange(rest, {}));
            const std::string& plain = into_client ? how.reply : how.request;
            if (!waits || !bytes.starts_with(plain)) return;
            waits = false;
            bytes.insert(plain.size(), injected.substr(0, injected.size() - late));
            rest = injected.substr(injected.size() - late);
          };
          ends.drive();
          upgrading& victim = into_client ? ends.client : ends.server;
          EXPECT_FALSE(waits);
          EXPECT_TRUE(victim.upgraded);
          EXPECT_EQ(victim.hears.heard, "");
          EXPECT_EQ(ends.client.hears.heard, "");
          EXPECT_EQ(ends.server.hears.heard, "");
          EXPECT_FALSE(victim.self.wire->handshake_done());
          if (victim.hears.error) {  // or the engine waits for the rest of what was no record
            EXPECT_EQ(victim.self.stream.write("plain"), ps::errc::not_connected);
            EXPECT_TRUE(victim.self.closed);
          }
          EXPECT_EQ(victim.self.leaving.find("secret"), std::string::npos);
          if (::testing::Test::HasFailure()) return;
        }
}

// The other mode: whatever is there is a reason to refuse, an honest early hello too.
TEST(StartTls, RefusesWhereAnythingIsLeftAndItWasToldTo) {
  for (const dialogue& how : dialogues) {
    SCOPED_TRACE(how.name);
    plain_ends ends(how, ps::leftover::reject);
    bool first = true;
    ends.on_the_way = [&](bool from_client, std::string& bytes) {
      if (from_client && std::exchange(first, false)) bytes += "x";
    };
    ends.drive();
    EXPECT_EQ(ends.server.refused, ps::errc::bad_option);
    EXPECT_TRUE(ends.server_end.stream.in().buffered().starts_with('x') || how.reply.empty()) << "nothing has changed";
    EXPECT_EQ(ends.server_end.wire, nullptr);
    plain_ends honest(how, ps::leftover::reject);
    std::string early;  // the hello, kept back until the server is ready for it
    honest.on_the_way = [&](bool from_client, std::string& bytes) {
      if (!from_client || how.reply.empty() || bytes == how.request) return;
      early += std::exchange(bytes, {});
      if (honest.server.upgraded) bytes = std::exchange(early, {});
    };
    honest.drive();
    EXPECT_EQ(honest.server.refused, how.reply.empty() ? make_error_code(ps::errc::bad_option) : std::error_code());
    EXPECT_EQ(honest.server.hears.heard.empty(), how.reply.empty());
  }
}

// R66: limits and marks are the connection's, and stay.
TEST(StartTls, KeepsLimitsAndMarks) {
  ps::connection c({.limit = 10}, {.high = 3, .low = 1});
  EXPECT_FALSE(c.write("queued"));
  std::error_code ec;
  const ps::wire_handle around = client_context().wrap(c, {.server_hostname = "localhost"}, ec);
  ASSERT_TRUE(around);
  EXPECT_EQ(c.in().limit(), 10U);
  EXPECT_EQ(c.out().limits().high, 3U);
  EXPECT_TRUE(c.out().full());
  EXPECT_EQ(c.out().pending(), 6U) << "still there to be seen as lost";
}

// I-40: the rest of a plaintext line that was too long is not looked for in what comes under TLS.
TEST(StartTls, ForgetsTheLongLineThatCameBefore) {
  party client({}, {}, {});
  party server({}, {.limit = 8}, {});
  server.arriving = std::string(12, 'x');
  ps::time_point now{ps::duration::nanoseconds(1)};
  server.turn(now);
  ps::readline line;
  EXPECT_EQ(ask(server.stream.in(), line).status, ps::read_status::limit_overrun);
  EXPECT_EQ(client.wrap(any_client(), {.server_hostname = "localhost"}), std::error_code());
  EXPECT_EQ(server.wrap(any_server(), {.server = true}), std::error_code());
  EXPECT_FALSE(client.stream.write("first\nsecond\n"));
  for (int steps = 0; steps < 10; ++steps) {
    client.turn(now);
    server.arriving += std::exchange(client.leaving, {});
    server.turn(now);
    client.arriving += std::exchange(server.leaving, {});
  }
  EXPECT_EQ(ask(server.stream.in(), line), delivered("first\n"));
  EXPECT_EQ(ask(server.stream.in(), line), delivered("second\n"));
}

// An end of input cannot be upgraded, nor what is closing.
TEST(StartTls, NeedsBothDirections) {
  const tls::context by = client_context();
  const auto refusal = [&by](ps::connection& c) {
    std::error_code ec;
    EXPECT_FALSE(by.wrap(c, {.server_hostname = "localhost"}, ec));
    return ec;
  };
  ps::connection ended;
  ended.input_ended();
  ps::connection half_closed;
  EXPECT_FALSE(half_closed.write_eof());
  ps::connection closing;
  closing.close();
  for (ps::connection* one : {&ended, &half_closed, &closing}) EXPECT_EQ(refusal(*one), ps::errc::not_connected);
}
