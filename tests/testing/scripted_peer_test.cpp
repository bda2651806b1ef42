// SPDX-License-Identifier: BSL-1.0
// Proves that a scripted peer is content with a handler that does what it expects, and names the step and
// what came instead with each that does not.
#include <chrono>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>

namespace {

namespace ps = penstock;
using ps::testing::scripted_peer;

// A mail server that knows NOOP and QUIT, and hangs up on who says nothing for a minute.
ps::task<> serve(ps::stream_reader in, ps::stream_writer out) {
  out.write("220 ready\r\n");
  std::string line;
  for (;;) {
    std::error_code ec;
    try {
      line = co_await in.readline(std::chrono::minutes(1));
    } catch (const std::system_error& e) {
      ec = e.code();
    }
    if (ec == ps::errc::timed_out) out.write("421 too slow\r\n");
    if (ec || line.empty()) co_return;
    if (line == "QUIT\r\n") {
      out.write("221 bye\r\n");
      co_return;
    }
    out.write("250 ok\r\n");
  }
}

scripted_peer greeted() { return scripted_peer().expect_send("220 ready\r\n"); }

TEST(ScriptedPeer, IsContentWithWhatItExpects) {
  EXPECT_EQ(greeted()
                .give("NOOP\r\nNO")
                .give("OP\r\n")
                .expect_send("250 ok\r\n250 ok\r\n")
                .give("QUIT\r\n")
                .expect_send("221 bye\r\n")
                .expect_shutdown()
                .talk_to(serve),
            "");
  EXPECT_EQ(greeted().talk_to(serve), "") << "behind the last step it sends its end";
  EXPECT_EQ(greeted().give("NO").finish().expect_send("250 ok\r\n").expect_shutdown().talk_to(serve), "");
  EXPECT_EQ(greeted().give("NOOP\r\n").reset().talk_to(serve), "");
}

TEST(ScriptedPeer, LetsVirtualTimePass) {
  EXPECT_EQ(greeted().stall(std::chrono::seconds(59)).give("NOOP\r\n").expect_send("250 ok\r\n").talk_to(serve), "");
  EXPECT_EQ(greeted().stall(std::chrono::hours(1)).expect_send("421 too slow\r\n").expect_shutdown().talk_to(serve),
            "");
}

TEST(ScriptedPeer, NamesTheStepAndWhatCameInstead) {
  EXPECT_EQ(greeted().give("NOOP\r\n").expect_send("251 ok\r\n").talk_to(serve),
            "step 3: the handler was to send \"251 ok\\r\\n\": it sent \"250 ok\\r\\n\"");
  EXPECT_EQ(greeted().give("QUIT\r\n").expect_send("221 bye\r\n221").talk_to(serve),
            "step 3: the handler was to send \"221 bye\\r\\n221\": it sent \"221 bye\\r\\n\", and then no more");
  EXPECT_EQ(scripted_peer().expect_shutdown().talk_to(serve),
            "step 1: the handler was to end its direction: it sent \"220 ready\\r\\n\"");
  EXPECT_EQ(greeted().give("NOOP\r\n").talk_to(serve),
            "behind the last step the handler was to end: it sent \"250 ok\\r\\n\"");
}

// I-14
TEST(ScriptedPeer, SaysWhoWaitsWhereNothingCanHappen) {
  const auto silent = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    static_cast<void>(co_await in.readexactly(100));
  };
  const std::string said = scripted_peer().give("abc").expect_send("d").talk_to(silent);
  EXPECT_TRUE(said.starts_with("step 2: the handler was to send \"d\": nothing can happen any more\n")) << said;
  EXPECT_NE(said.find("first <-> second waits: readexactly"), said.npos) << said;
}

TEST(ScriptedPeer, SeesAnExceptionThatIsNoError) {
  const auto hasty = [](ps::stream_reader in, ps::stream_writer) -> ps::task<> {
    static_cast<void>(std::stoi(co_await in.readline()));
  };
  EXPECT_EQ(scripted_peer().give("12\n").talk_to(hasty), "");
  EXPECT_NE(scripted_peer().give("x\n").talk_to(hasty).find("stoi"), std::string::npos);
  EXPECT_EQ(scripted_peer().give("x\n").talk_to(hasty, {.may_throw = true}), "");
}

TEST(ScriptedPeer, SeesAnExceptionBehindItsReset) {
  const auto gives_up = [](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    bool lost = false;
    try {
      while (auto line = co_await in.next_line()) out.write(*line);
    } catch (const std::system_error&) {
      lost = true;
    }
    if (lost) throw std::runtime_error("boom");
  };
  EXPECT_EQ(scripted_peer().give("x\n").expect_send("x\n").reset().talk_to(gives_up),
            "step 3: the handler threw what is no std::system_error: boom");
}

// I-14
TEST(ScriptedPeer, EndsWhereTheHandlerTurnsInACircle) {
  const auto forgets_the_end = [](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    for (;;) out.write(co_await in.read(100));
  };
  EXPECT_EQ(scripted_peer().give("x\n").expect_send("x\n").talk_to(forgets_the_end),
            "behind the last step the handler was to end: the handler turns in a circle: the loop works, but no "
            "byte comes or goes and no time passes");
  const auto ticks = [](ps::stream_reader, ps::stream_writer) -> ps::task<> {
    for (int i = 0; i != 3000; ++i) co_await ps::sleep(std::chrono::seconds(1));
  };
  EXPECT_EQ(scripted_peer().talk_to(ticks), "") << "time goes on";
}

TEST(ScriptedPeer, TellsAResetFromAnEnd) {
  const auto breaks_off = [](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    out.write(co_await in.readline());
    co_await out.flush();
    co_await ps::sleep(std::chrono::seconds(1));
    out.abort();
  };
  EXPECT_EQ(scripted_peer().give("x\n").expect_send("x\n").expect_shutdown().talk_to(breaks_off),
            "step 3: the handler was to end its direction: it reset the connection");
  EXPECT_EQ(scripted_peer().give("x\n").expect_send("x\n").talk_to(breaks_off),
            "behind the last step the handler was to end: it reset the connection");
  EXPECT_EQ(scripted_peer().give("x\n").expect_send("x\n").expect_reset().talk_to(breaks_off), "");
  EXPECT_EQ(greeted().finish().expect_reset().talk_to(serve),
            "step 3: the handler was to reset the connection: it ended its direction");
}

}  // namespace
