// SPDX-License-Identifier: BSL-1.0
// Proves that the seam is enough for a user's filter: a tap sees all bytes in their order, an
// upgrade of a running connection hands no byte to the wrong side of it, and a wire has one owner.
#include <penstock/filter.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/pair.hpp"
#include "support/printing.hpp"
#include "support/states.hpp"
#include "support/talkers.hpp"
#include "support/user_filters.hpp"

namespace ps = penstock;
using namespace penstock_test;
using state = ps::connection_state;

namespace {

const flip_filter flipping;

std::string flipped(std::string text) {
  flip_wire::flip(text);
  return text;
}

// A wire that only counts its destructions.
class probe final : public ps::wire {
 public:
  explicit probe(int& destroyed) : destroyed_(destroyed) {}
  ~probe() override { ++destroyed_; }
  std::size_t input_room() const noexcept override { return 7; }
  std::span<char> prepare_input(std::size_t) noexcept override { return {}; }
  void commit_input(std::size_t) noexcept override {}
  void lend_input(std::span<char>, std::size_t) noexcept override {}
  void settle_input() noexcept override {}
  void input_ended() noexcept override {}
  ps::wire_step next_output(std::span<std::string_view>, std::size_t&) noexcept override { return ps::wire_step::idle; }
  void consume_output(std::size_t) noexcept override {}
  void output_shut_down() noexcept override {}
  void lost(std::error_code) noexcept override {}
  ps::time_point deadline() const noexcept override { return ps::time_point::never(); }
  void on_time(ps::time_point) noexcept override {}

 private:
  int& destroyed_;
};

}  // namespace

TEST(WireHandle, OwnsItsWireOnce) {
  static_assert(!std::is_copy_constructible_v<ps::wire_handle>);
  int first = 0;
  int second = 0;
  {
    ps::wire_handle a(new probe(first));
    ASSERT_TRUE(a);
    EXPECT_EQ(a->input_room(), 7U);
    EXPECT_EQ((*a).input_room(), 7U);
    ps::wire_handle b(std::move(a));
    EXPECT_FALSE(a);  // NOLINT: moved-from is empty by contract
    EXPECT_EQ(a.get(), nullptr);
    ps::wire_handle c(new probe(second));
    c = std::move(b);
    EXPECT_EQ(second, 1);
    EXPECT_EQ(first, 0);
    ps::wire_handle& same = c;
    c = std::move(same);
    EXPECT_EQ(first, 0);
    EXPECT_TRUE(c);
  }
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
}

// They are named in a log and copied before the call that takes them returns.
TEST(FilterOptions, AreTriviallyDestructibleAndSayWhatTheDocumentsSay) {
  static_assert(std::is_trivially_destructible_v<ps::filter_options>);
  const ps::filter_options options;
  EXPECT_EQ(options.handshake_timeout.count(), 60'000'000'000) << "R6";
  EXPECT_EQ(options.shutdown_timeout.count(), 5'000'000'000) << "R91";
  EXPECT_EQ(options.leftover, ps::leftover::to_engine);
  EXPECT_FALSE(options.server);
}

// What a filter does not override says that there is nothing to say.
TEST(Wire, NeedNotSayWhatItHasNothingToSayOf) {
  int destroyed = 0;
  const ps::wire_handle plain(new probe(destroyed));
  EXPECT_FALSE(plain->aborted());
  EXPECT_TRUE(plain->handshake_done());
  EXPECT_TRUE(plain->can_write_eof());
  EXPECT_EQ(plain->property("cipher", {}), 0U);
  EXPECT_EQ(plain->family(), nullptr);
}

TEST(WireStep, HasANameForEachStep) {
  EXPECT_EQ(ps::name(ps::wire_step::idle), "idle");
  EXPECT_EQ(ps::name(ps::wire_step::send), "send");
  EXPECT_EQ(ps::name(ps::wire_step::shutdown), "shutdown");
  EXPECT_EQ(ps::name(ps::wire_step::close), "close");
}

// R117: data before the end before the loss, once each.
TEST(Tap, SeesAllBytesAndEventsInTheirOrder) {
  for (const bool lends : {true, false})
    for (const std::size_t fragment : {1U, 13U, 100'000U}) {
      SCOPED_TRACE(testing::Message() << fragment << (lends ? " lent" : " prepared"));
      tap_record at_a;
      tap_record at_b;
      const tap_filter around_a(at_a);
      const tap_filter around_b(at_b);
      pair p({.link = {.fragment = fragment, .lends = lends}, .around_a = &around_a, .around_b = &around_b});
      speaker say{p.a.stream, prose(5000)};
      listener hear{p.a.stream};
      echo answer{p.b.stream};
      p.a.end.application = both(say, hear);
      p.b.end.application = std::ref(answer);
      p.drive_bounded();
      p.a.stream.close();
      p.drive_bounded();

      EXPECT_TRUE(hear.heard == say.text);
      EXPECT_TRUE(at_a.sent == say.text && at_b.received == say.text);
      EXPECT_TRUE(at_b.sent == say.text && at_a.received == say.text);
      const std::vector<std::string> expected{"data", "end", "lost"};
      EXPECT_EQ(at_a.events, expected);
      EXPECT_EQ(at_b.events, expected);
    }
}

TEST(Flip, ChangesEveryByteOnTheWayAndNoneAtTheEnds) {
  tap_record record;
  const tap_filter tapping(record);
  pair p({.around_a = &flipping, .around_b = &tapping});
  EXPECT_FALSE(p.a.stream.write("secret"));
  EXPECT_FALSE(p.b.stream.write(flipped("answer")));
  p.drive_bounded();
  EXPECT_EQ(record.received, flipped("secret"));
  EXPECT_EQ(p.b.stream.in().buffered(), flipped("secret"));
  EXPECT_EQ(p.a.stream.in().buffered(), "answer");
}

// R55: what a filter had sealed and not sent counts as lost.
TEST(Flip, LosesNothingInSilence) {
  pair p({.link = {.capacity = 4}, .around_a = &flipping, .around_b = &flipping});
  EXPECT_FALSE(p.a.stream.write("sealed"));
  p.step();
  p.a.end.fail(std::make_error_code(std::errc::connection_reset));
  p.drive_bounded();
  EXPECT_TRUE(p.a.stream.out().bytes_lost());
}

// --- the upgrade of a running connection --------------------------------------------------------

// R64 as mended, I-40: an eager client's first bytes go to the engine, none to a later plain read.
TEST(Upgrade, GivesWhatWasLeftOverToTheEngine) {
  for (const bool lends : {true, false})
    for (std::size_t eager = 0; eager <= 6; ++eager) {
      SCOPED_TRACE(testing::Message() << eager << " bytes came with the request" << (lends ? ", lent" : ""));
      pair p({.link = {.lends = lends}});
      const std::string text = "hello\n";
      EXPECT_FALSE(p.a.stream.write("STARTTLS\n" + flipped(text.substr(0, eager))));
      listener hear{p.b.stream, {}, false, {}, false};
      bool upgraded = false;
      p.b.end.application = [&] {
        if (upgraded) return hear();
        if (ask(p.b.stream.in(), ps::readline()) != delivered("STARTTLS\n")) return false;
        std::error_code ec = ps::errc::closed;
        p.b.around = flipping.wrap(p.b.stream, {.server = true}, ec);
        EXPECT_FALSE(ec);
        EXPECT_EQ(p.b.stream.in().buffered(), "") << "the reader is empty at the switch";
        p.b.end.attach(*p.b.around);
        hear.listening = true;
        return upgraded = true;
      };
      p.drive_bounded();
      ASSERT_TRUE(upgraded);
      EXPECT_EQ(hear.heard, text.substr(0, eager));
      EXPECT_FALSE(p.a.stream.write(flipped(text.substr(eager))));
      p.drive_bounded();
      EXPECT_EQ(hear.heard, text);
    }
}

// I-40: what was slipped in before the switch is never read as if it had come through it.
TEST(Upgrade, NeverHandsOutPlainBytesThatCameBeforeIt) {
  ps::connection c;
  c.in().feed("220 injected\n");
  std::error_code ec;
  const ps::wire_handle around = flipping.wrap(c, {}, ec);
  ASSERT_TRUE(around);
  around->on_time({});
  EXPECT_EQ(ask(c.in(), ps::read_some(99)), delivered(flipped("220 injected\n")));
}

// I-40: nor does the rest of a line that was too long reach beyond it.
TEST(Upgrade, ForgetsTheLongLineThatCameBefore) {
  for (const std::string_view rest : {"", "rest\n"}) {
    ps::connection c({.limit = 4});
    c.in().feed("longer");
    ps::readline line;
    EXPECT_EQ(ask(c.in(), line), overrun(6));
    c.in().feed(rest);
    c.in().start_over();
    EXPECT_EQ(c.in().buffered(), "");
    c.in().feed("next\nlast\n");
    EXPECT_EQ(ask(c.in(), line), delivered("next\n"));
    EXPECT_EQ(ask(c.in(), line), delivered("last\n"));
  }
}

TEST(Upgrade, IsRefusedIfAnythingIsLeftOver) {
  ps::connection c;
  std::error_code ec;
  EXPECT_TRUE(flipping.wrap(c, {.leftover = ps::leftover::reject}, ec));
  EXPECT_FALSE(ec);
  c.in().feed("injected");
  EXPECT_FALSE(flipping.wrap(c, {.leftover = ps::leftover::reject}, ec));
  EXPECT_TRUE(ec);
  EXPECT_EQ(c.in().buffered(), "injected") << "nothing has changed";
}

// R66 as mended: limits and marks are the connection's, and stay.
TEST(Upgrade, KeepsLimitsAndWhatIsQueued) {
  ps::connection c({.limit = 10}, {.high = 3, .low = 1});
  EXPECT_FALSE(c.write("queued"));
  std::error_code ec;
  const ps::wire_handle around = flipping.wrap(c, {}, ec);
  ASSERT_TRUE(around);
  EXPECT_EQ(c.in().limit(), 10U);
  EXPECT_EQ(c.out().limits().high, 3U);
  EXPECT_TRUE(c.out().full());
  EXPECT_EQ(drain(*around), flipped("queued"));
  EXPECT_FALSE(c.out().full());
}

// I-10, R117: more than there is room for waits, and the end and the loss wait behind it.
TEST(Upgrade, KeepsTheOrderOfALeftoverThatDoesNotFit) {
  const std::string text = prose(100);
  for (const bool is_lost : {false, true}) {
    SCOPED_TRACE(is_lost ? "then lost" : "then ended");
    ps::connection c({.limit = 10});
    c.in().feed(flipped(text));
    std::error_code ec;
    const ps::wire_handle around = flipping.wrap(c, {}, ec);
    ASSERT_TRUE(around);
    EXPECT_EQ(around->input_room(), 0U) << "nothing may overtake it";
    EXPECT_NE(around->deadline(), ps::time_point::never()) << "it asks for a turn";
    around->input_ended();
    if (is_lost) around->lost(std::make_error_code(std::errc::connection_reset));
    listener hear{c};
    for (int turns = 0; turns < 100 && !hear.at_eof && !hear.error; ++turns) {
      around->on_time({});
      EXPECT_TRUE(is_lost || c.in().buffered().size() <= 2 * 10 + 1);
      hear();
    }
    EXPECT_TRUE(hear.heard == text);
    EXPECT_EQ(hear.at_eof, !is_lost);
    EXPECT_EQ(bool(hear.error), is_lost);
  }
}
