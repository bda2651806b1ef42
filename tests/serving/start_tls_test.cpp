// SPDX-License-Identifier: BSL-1.0
// Proves start_tls on streams with TLS, in either role, in memory and over TCP and Unix sockets: the shapes in which
// upgrades are asked for, honest and injected, and what carries over (R62 to R68, R84, I-40, I-41).
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <tests/support/dialogues.hpp>

#include "serving/upgrading.hpp"

namespace {

using namespace penstock_test;

class StartTlsOn : public on_grounds {};
INSTANTIATE_TEST_SUITE_P(Grounds, StartTlsOn, ::testing::ValuesIn(all_grounds), name_of_ground);

ps::task<> ask_and_upgrade(ps::testing::end& e, const dialogue& how, const ps::filter& by) {
  e.out.write(how.request);
  EXPECT_EQ(co_await e.in.readexactly(how.reply.size()), how.reply);
  co_await e.out.start_tls(by, as_client);
}
ps::task<> answer_and_upgrade(ps::testing::end& e, const dialogue& how, const ps::filter& by) {
  EXPECT_EQ(co_await e.in.readexactly(how.request.size()), how.request);
  e.out.write(how.reply);
  co_await e.out.start_tls(by, as_server);
}
ps::task<> say(ps::testing::end& e, std::string_view text) {
  e.out.write(text);
  co_await e.out.drain();
  e.out.write_eof();
}
ps::task<std::string> read_all(ps::testing::end& e) { co_return co_await e.in.read(); }

// An honest early hello among them: behind a PROXY header nobody waits for an answer.
TEST_P(StartTlsOn, EveryDialogueUpgradesAndTalks) {
  for (const dialogue& how : dialogues) {
    SCOPED_TRACE(how.name);
    const auto story = [&]() -> ps::task<> {
      auto [client, server] = co_await ground_->connect();
      co_await ps::when_all(ask_and_upgrade(client, how, at_client_), answer_and_upgrade(server, how, at_server_));
      EXPECT_EQ(tls::wire_of(client.out)->version(), tls::version::tls_1_3);
      const std::string from_client(200'000, 'c');
      const std::string from_server(150'000, 's');
      auto [said, heard, answered, came_back] =
          co_await ps::when_all(say(client, from_client), read_all(server), say(server, from_server), read_all(client));
      EXPECT_EQ(heard, from_client);
      EXPECT_EQ(came_back, from_server);
      EXPECT_EQ(client.out.close_reason(), std::error_code());
      server.out.close();
      client.out.close();
      co_await client.out.wait_closed(5s);
      co_await server.out.wait_closed(5s);
    };
    run(story());
  }
}

// R64: behind its request a client may begin at once; its hello is in the server's buffer by then.
TEST_P(StartTlsOn, AnHonestEarlyHelloIsUsed) {
  const auto story = [&]() -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    client.out.write(dialogues[3].request);
    ps::testing::started eager(failing(upgrade(client.out, at_client_, as_client)));
    client.out.write("early\n");
    EXPECT_EQ(co_await server.in.readexactly(dialogues[3].request.size()), dialogues[3].request);
    while (server.in.peek().size() < 200) co_await ps::testing::tick();
    EXPECT_TRUE(server.in.peek().starts_with("\x16\x03"));
    co_await server.out.start_tls(at_server_, as_server);
    EXPECT_EQ(co_await server.in.readline(5s), "early\n");
    EXPECT_EQ(co_await eager, std::error_code());
  };
  run(story());
}

// R64, I-40, I-41: what arrives with the plain text is the engine's, which is no TLS: it is an error, and heard by
// nobody.
TEST_P(StartTlsOn, WhatWasInjectedNeverSurfaces) {
  for (const dialogue& how : dialogues)
    for (const bool into_client : {false, true})
      for (const std::string& injected : injections()) {
        if (into_client && how.reply.empty()) continue;
        SCOPED_TRACE(how.name + (into_client ? ", into the client " : ", into the server ") +
                     ps::quoted(injected.substr(0, 20)));
        const auto story = [&]() -> ps::task<> {
          auto [near, peer] = co_await ground_->connect_raw({});
          if (into_client) {
            near.out.write(how.request);
            peer->send(how.reply + injected);
            EXPECT_EQ(co_await near.in.readexactly(how.reply.size()), how.reply);
          } else {
            peer->send(how.request + injected);
            EXPECT_EQ(co_await near.in.readexactly(how.request.size()), how.request);
            near.out.write(how.reply);
          }
          ps::start_tls_options options = into_client ? as_client : as_server;
          options.ssl_handshake_timeout = 50ms;
          std::string heard = co_await hear(*peer, *ground_);
          const std::error_code why =
              co_await failing(upgrade(near.out, into_client ? at_client_ : at_server_, options));
          EXPECT_EQ(why.category(), tls::category()) << why.message();
          co_await expect_ended(near, why);
          EXPECT_FALSE(tls::wire_of(near.out)->handshake_done());
          co_await near.out.wait_closed();
          heard += peer->receive();
          const std::string& plain = into_client ? how.request : how.reply;
          EXPECT_TRUE(heard.starts_with(plain));
          EXPECT_EQ(heard.find("plaintext"), heard.npos);
        };
        run(story());
        if (HasFailure()) return;
      }
}

TEST_P(StartTlsOn, LeftoversMayBeAReasonToRefuse) {
  const auto story = [&]() -> ps::task<> {
    auto [near, peer] = co_await ground_->connect_raw({});
    peer->send("STARTTLS\r\ninjected");
    static_cast<void>(co_await near.in.readline());
    while (near.in.peek().size() != 8) co_await ps::testing::tick();
    EXPECT_EQ(co_await failing(upgrade(near.out, at_server_, {.server_side = true, .leftover = ps::leftover::reject})),
              ps::errc::bad_option);
    EXPECT_FALSE(near.out.is_closing());
    EXPECT_EQ(co_await near.in.readexactly(8), "injected") << "nothing has changed";
    near.out.write("501 no\r\n");
    co_await near.out.flush();
    EXPECT_EQ(co_await hear(*peer, *ground_), "501 no\r\n");
  };
  run(story());
}

// R65, R66, R94: the handshake goes on where the application has paused, what follows it waits.
TEST_P(StartTlsOn, PausedReadingLimitsAndMarksCarryOver) {
  const auto story = [&]() -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    client.out.transport().pause_reading();
    client.in.set_limit(1000);
    client.out.transport().set_write_buffer_limits(3000, 2000);
    const auto upgrade_and_say = [](ps::testing::end& e, const tls::context& by) -> ps::task<> {
      co_await e.out.start_tls(by, as_server);
      e.out.write("hello\n" + std::string(100'000, 'x'));
    };
    co_await ps::when_all(upgrade(client.out, at_client_, as_client), upgrade_and_say(server, at_server_));
    co_await ps::testing::calm(*ground_);
    EXPECT_FALSE(client.out.transport().is_reading());
    EXPECT_EQ(client.in.limit(), 1000U);
    EXPECT_EQ(client.out.transport().get_write_buffer_limits().high, 3000U);
    EXPECT_LE(client.in.peek().size(), 2001U) << "at most what came with the handshake's last bytes";
    EXPECT_GT(server.out.underlying().inner().out().pending() + client.in.peek().size(), 0U);
    client.out.transport().resume_reading();
    EXPECT_EQ(co_await client.in.readline(5s), "hello\n");
    EXPECT_EQ(co_await client.in.readexactly(100'000, 5s), std::string(100'000, 'x'));
    client.out.write(std::string(100'000, 'y'));
    EXPECT_TRUE(client.out.underlying().inner().out().full());
    auto [drained, heard] = co_await ps::when_all(
        [](ps::testing::end& e) -> ps::task<> { co_await e.out.drain(); }(client),
        [](ps::testing::end& e) -> ps::task<std::string> { co_return co_await e.in.readexactly(100'000, 5s); }(server));
    EXPECT_EQ(heard, std::string(100'000, 'y'));
  };
  run(story());
}

// The loop's pool has it, not the heap; an idle connection holds none.
TEST_P(StartTlsOn, CiphertextThatWaitsIsInTheLoopsBlocks) {
  const auto story = [&]() -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    co_await ps::when_all(upgrade(client.out, at_client_, as_client), upgrade(server.out, at_server_, as_server));
    server.out.transport().pause_reading();
    const std::size_t much = ground_->under_way() + 2'000'000;
    client.out.write(std::string(much, 'x'));
    co_await ps::testing::calm(*ground_);
    const std::size_t sealed = tls::wire_of(client.out)->capacity();
    EXPECT_GT(sealed, 0U);
    EXPECT_GE(ground_->loop().blocks().in_use(), sealed + client.out.underlying().inner().out().capacity());
    server.out.transport().resume_reading();
    std::size_t heard = 0;
    while (heard != much) heard += (co_await server.in.read(64 * 1024, 10s)).size();
    co_await client.out.flush(5s);
    co_await ps::testing::calm(*ground_);
    EXPECT_EQ(tls::wire_of(client.out)->capacity() + tls::wire_of(server.out)->capacity(), 0U);
  };
  run(story());
}

// One layer: what is under TLS is not put under TLS again.
TEST_P(StartTlsOn, ALayerAroundALayerIsRefusedAndChangesNothing) {
  const auto story = [&]() -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    co_await ps::when_all(upgrade(client.out, at_client_, as_client), upgrade(server.out, at_server_, as_server));
    bool refused = false;
    try {
      co_await client.out.start_tls(at_client_, as_client);
    } catch (const std::logic_error&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    server.out.write("still here\n");
    EXPECT_EQ(co_await client.in.readline(5s), "still here\n");
  };
  run(story());
}

// R67, R68, R88
TEST_P(StartTlsOn, TheStreamTellsWhatIsAroundItAlsoWhenItIsGone) {
  const tls::context old = client_context([](auto& b) { b.maximum_version(tls::version::tls_1_2); });
  const auto story = [&](const tls::context& by, std::string_view version) -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    EXPECT_EQ(client.out.get_extra_info("cipher", "none"), "none");
    EXPECT_EQ(tls::wire_of(client.out), nullptr);
    EXPECT_TRUE(client.out.can_write_eof());
    ps::testing::started half(upgrade(client.out, by, as_client));
    co_await ps::testing::calm(*ground_);
    EXPECT_NE(explain(client.in.underlying()).find("handshake for "), std::string::npos);
    EXPECT_NE(explain(client.in.underlying()).find("TLS to agree with the peer"), std::string::npos);
    EXPECT_EQ(client.out.get_extra_info("sslcontext"), "client");
    EXPECT_EQ(client.out.get_extra_info("cipher", "not yet"), "not yet");
    EXPECT_FALSE(client.out.can_write_eof());
    co_await server.out.start_tls(at_server_, as_server);
    co_await half;
    for (const bool gone : {false, true}) {
      SCOPED_TRACE(gone);
      EXPECT_EQ(client.out.get_extra_info("version"), version);
      EXPECT_EQ(client.out.get_extra_info("layer"), "TLS");
      EXPECT_EQ(server.out.get_extra_info("sslcontext"), "server");
      EXPECT_EQ(server.out.get_extra_info("sni"), "localhost");
      EXPECT_EQ(client.out.get_extra_info("alpn", "none"), "none");
      EXPECT_EQ(client.out.get_extra_info("compression"), "none");
      EXPECT_EQ(client.out.get_extra_info("verify_result"), "ok");
      EXPECT_NE(client.out.get_extra_info("ssl_object"), "");
      EXPECT_NE(client.out.get_extra_info("cipher").find(version), std::string::npos);
      EXPECT_NE(client.out.get_extra_info("peercert").find("CN="), std::string::npos);
      EXPECT_EQ(server.out.get_extra_info("peercert", "none"), "none");
      EXPECT_EQ(client.out.transport().get_extra_info("version"), version);
      const tls::tls_wire* const around = tls::wire_of(client.in);
      EXPECT_TRUE(around != nullptr && around->peer_certificate()->names.front() == "DNS:localhost");
      EXPECT_EQ(client.out.can_write_eof(), version == "TLSv1.3");
      client.out.close();
      server.out.close();
      co_await client.out.wait_closed();
    }
  };
  run(story(at_client_, "TLSv1.3"));
  run(story(old, "TLSv1.2"));
}

// R81, R91: nobody is paused who closes: the peer's end is seen, and waited for no longer than it takes.
TEST_P(StartTlsOn, AClosingStreamReadsAlsoWhereItIsPaused) {
  const auto story = [&]() -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    co_await ps::when_all(upgrade(client.out, at_client_, as_client), upgrade(server.out, at_server_, as_server));
    client.out.transport().pause_reading();
    client.out.close();
    server.out.close();
    co_await client.out.wait_closed(2s);
  };
  run(story());
}

// R88: there an end would be the end of both ways, and take the answer with it.
TEST_P(StartTlsOn, WriteEofIsRefusedUnderTls12) {
  const tls::context old = client_context([](auto& b) { b.maximum_version(tls::version::tls_1_2); });
  const auto story = [&]() -> ps::task<> {
    auto [client, server] = co_await ground_->connect();
    co_await ps::when_all(upgrade(client.out, old, as_client), upgrade(server.out, at_server_, as_server));
    EXPECT_EQ(client.out.write_eof(), std::errc::operation_not_supported);
    EXPECT_FALSE(client.out.write("question\n"));
    EXPECT_EQ(co_await server.in.readline(5s), "question\n");
    server.out.write("answer\n");
    EXPECT_EQ(co_await client.in.readline(5s), "answer\n");
  };
  run(story());
}

}  // namespace
