// SPDX-License-Identifier: BSL-1.0
// Proves that a connection does what its table says and nothing else: every event in every state
// and every short sequence of them. The printed table in docs/connection-states.md is made here, so
// that it cannot differ.
#include <penstock/connection.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "support/printed_page.hpp"
#include "support/printing.hpp"
#include "support/states.hpp"

namespace ps = penstock;
using namespace penstock_test;
using event = ps::connection_event;
using state = ps::connection_state;
using step = ps::wire_step;

namespace {

const ps::connection_traits& traits(state s) { return ps::connection_states[static_cast<std::size_t>(s)]; }

// What can be seen from outside without changing anything.
void expect_traits(const ps::connection& c) {
  const ps::connection_traits& expected = traits(c.state());
  EXPECT_EQ(c.input_room() != 0, expected.takes_input) << ps::name(c.state());
  EXPECT_EQ(c.is_closing(), !expected.takes_input && c.state() >= state::closing) << ps::name(c.state());
  EXPECT_EQ(c.aborted(), c.state() == state::aborting);
  c.validate();
}

}  // namespace

TEST(ConnectionTable, HasOneRowOfTraitsForEachStateInOrder) {
  ASSERT_EQ(std::size(ps::connection_states), std::size(every_state));
  for (const state s : every_state) EXPECT_EQ(traits(s).state, s);
}

// I-22: no way leads back, and the last state is left by nothing.
TEST(ConnectionTable, OnlyGoesForwardAndNamesNothingTwice) {
  const auto& rows = ps::connection_transitions;
  for (const ps::connection_transition& row : rows) {
    EXPECT_LT(row.from, row.to);
    EXPECT_NE(row.from, state::closed);
    EXPECT_EQ(std::count_if(std::begin(rows), std::end(rows),
                            [&](const auto& r) { return r.from == row.from && r.event == row.event; }),
              1);
  }
  for (const state s : every_state)
    EXPECT_EQ(after(s, event::lost), state::closed) << "whatever comes, a loss is the end";
}

TEST(ConnectionTable, IsWhatEveryEventDoesInEveryState) {
  for (const state from : every_state)
    for (const event e : every_event) {
      SCOPED_TRACE(testing::Message() << ps::name(e) << " in " << ps::name(from));
      ps::connection c;
      reach(from, c);
      expect_traits(c);
      cause(e, c);
      EXPECT_EQ(c.state(), after(from, e));
      expect_traits(c);
      cause(e, c);
      EXPECT_EQ(c.state(), after(after(from, e), e)) << "twice";
    }
}

// I-22, R57: in any order, any number of times.
TEST(ConnectionTable, IsFollowedByEverySequenceOfFiveEvents) {
  for (std::size_t sequence = 0; sequence < 5 * 5 * 5 * 5 * 5; ++sequence) {
    ps::connection c;
    state expected = state::open;
    std::size_t rest = sequence;
    for (int i = 0; i < 5; ++i, rest /= 5) {
      const event e = every_event[rest % 5];
      cause(e, c);
      expected = after(expected, e);
      ASSERT_EQ(c.state(), expected) << sequence;
      expect_traits(c);
    }
    if (HasFailure()) return;
  }
}

TEST(ConnectionTable, SaysWhereWritesAreTakenAndBytesLeave) {
  for (const state s : every_state) {
    SCOPED_TRACE(ps::name(s));
    ps::connection writing;
    reach(s, writing);
    EXPECT_EQ(!writing.write("x"), traits(s).takes_writes);

    ps::connection sending;
    EXPECT_FALSE(sending.write("queued"));
    reach(s, sending);
    EXPECT_EQ(next_step(sending) == step::send, traits(s).sends);
    EXPECT_EQ(drain(sending), traits(s).sends ? "queued" : "");
  }
}

TEST(ConnectionTable, SaysWhereReceivedBytesReachTheReader) {
  for (const state s : every_state) {
    SCOPED_TRACE(ps::name(s));
    ps::connection c;
    reach(s, c);
    std::string lent = "lent ";
    c.lend_input(lent, 0);
    c.settle_input();
    const std::span<char> room = c.prepare_input(5);
    EXPECT_EQ(room.size(), traits(s).takes_input ? 5U : 0U);
    std::copy_n("bytes", room.size(), room.begin());
    c.commit_input(room.size());
    EXPECT_EQ(c.in().buffered(), traits(s).takes_input ? "lent bytes" : "");
    c.validate();
  }
}

// --- the printed table --------------------------------------------------------------------------

namespace {

std::string_view meaning(state s) {
  switch (s) {
    case state::open: return "both directions";
    case state::input_ended: return "the peer's FIN came; writing goes on";
    case state::output_ended: return "`write_eof()` was called; reading goes on";
    case state::both_ended: return "both; it stays open until `close()`";
    case state::closing: return "`close()` was called: what is queued still leaves";
    case state::aborting: return "`abort()` was called: nothing leaves, the socket is to be reset";
    case state::closed: return "the transport has closed the socket";
  }
  return "";
}

std::string printed_table() {
  std::ostringstream out;
  const auto yes = [](bool b) { return b ? "yes" : ""; };
  out << "<!-- SPDX-License-Identifier: BSL-1.0 -->\n"
         "# The states of a connection\n\n"
         "Printed from the tables in `core/include/penstock/connection.hpp` by "
         "`tests/core/connection_table_test.cpp`,\nwhich holds the implementation to them. Not "
         "edited by hand.\n\n"
         "| state | meaning | takes input | takes writes | sends |\n|---|---|---|---|---|\n";
  for (const ps::connection_traits& row : ps::connection_states)
    out << "| `" << ps::name(row.state) << "` | " << meaning(row.state) << " | " << yes(row.takes_input) << " | "
        << yes(row.takes_writes) << " | " << yes(row.sends) << " |\n";

  out << "\nWhat an event does; where nothing is said it changes nothing. No state is entered "
         "again.\n"
         "`input_ended` and `lost` come from the transport, the others from the application.\n\n| "
         "state |";
  for (const event e : every_event) out << " `" << ps::name(e) << "` |";
  out << "\n|---|---|---|---|---|---|\n";
  for (const state s : every_state) {
    out << "| `" << ps::name(s) << "` |";
    for (const event e : every_event) {
      if (after(s, e) == s)
        out << " |";
      else
        out << " `" << ps::name(after(s, e)) << "` |";
    }
    out << "\n";
  }

  out << "\nWhat the transport is told to do next:\n\n"
         "| state | with bytes queued | with none, a FIN due | with none |\n|---|---|---|---|\n";
  for (const state s : every_state) {
    ps::connection queued;
    static_cast<void>(queued.write("x"));
    reach(s, queued);
    ps::connection ending;
    static_cast<void>(ending.write_eof());
    if (s >= state::closing) reach(s, ending);
    ps::connection none;
    reach(s, none);
    drain(none);
    const bool can_end = s == state::output_ended || s >= state::both_ended;
    out << "| `" << ps::name(s) << "` | `" << ps::name(next_step(queued)) << "` | ";
    if (can_end) out << '`' << ps::name(next_step(ending)) << '`';
    out << " | `" << ps::name(next_step(none)) << "` |\n";
  }
  return out.str();
}

}  // namespace

TEST(ConnectionTable, IsPrintedInTheDocuments) { expect_page("connection-states.md", printed_table()); }
