// SPDX-License-Identifier: BSL-1.0
// Proves what each state of a connection means to either side: every call of the application and
// every step of the transport in every state, against expectations written by hand.
#include <penstock/connection.hpp>

#include <array>
#include <iterator>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/printing.hpp"
#include "support/states.hpp"

namespace ps = penstock;
using namespace penstock_test;
using state = ps::connection_state;
using step = ps::wire_step;

// What the transport is told, by hand: with bytes queued before the state was reached, and then.
TEST(EveryState, TellsTheTransportWhatToDo) {
  struct row {
    state where;
    step with_bytes;
    step then;  // all bytes and a FIN that was asked for have left
    bool fin_on_the_way;
  };
  const row rows[] = {
      {state::open, step::send, step::idle, false},        {state::input_ended, step::send, step::idle, false},
      {state::output_ended, step::send, step::idle, true}, {state::both_ended, step::send, step::idle, true},
      {state::closing, step::send, step::close, false},    {state::aborting, step::close, step::close, false},
      {state::closed, step::idle, step::idle, false},
  };
  static_assert(std::size(rows) == std::size(ps::connection_states));
  for (const row& r : rows) {
    SCOPED_TRACE(ps::name(r.where));
    ps::connection c;
    ASSERT_FALSE(c.write("queued"));
    reach(r.where, c);
    EXPECT_EQ(next_step(c), r.with_bytes);
    if (r.with_bytes == step::send) c.consume_output(6);
    EXPECT_EQ(next_step(c), r.fin_on_the_way ? step::shutdown : r.then);
    if (r.fin_on_the_way) c.output_shut_down();
    EXPECT_EQ(next_step(c), r.then);
    EXPECT_EQ(next_step(c), r.then) << "a level, not an edge";
  }
}

// What the application's calls answer, by hand.
TEST(EveryState, AnswersTheApplication) {
  const std::error_code ok;
  const std::error_code ended = ps::errc::write_after_eof;
  const std::error_code gone = ps::errc::not_connected;
  struct row {
    state where;
    std::error_code write;
    std::error_code write_nothing;
    std::error_code write_eof;
    state after_write_eof;
    state after_close;
    state after_abort;
    answer read_from_empty;
  };
  const row rows[] = {
      {state::open, ok, ok, ok, state::output_ended, state::closing, state::aborting, need_more()},
      {state::input_ended, ok, ok, ok, state::both_ended, state::closing, state::aborting, eof()},
      {state::output_ended, ended, ended, ok, state::output_ended, state::closing, state::aborting, need_more()},
      {state::both_ended, ended, ended, ok, state::both_ended, state::closing, state::aborting, eof()},
      {state::closing, gone, ok, gone, state::closing, state::closing, state::aborting, need_more()},
      {state::aborting, gone, ok, gone, state::aborting, state::aborting, state::aborting, need_more()},
      {state::closed, gone, ok, gone, state::closed, state::closed, state::closed, eof()},
  };
  static_assert(std::size(rows) == std::size(ps::connection_states));
  for (const row& r : rows) {
    SCOPED_TRACE(ps::name(r.where));
    const auto in_state = [&r](auto body) {
      ps::connection c;
      reach(r.where, c);
      body(c);
      c.validate();
    };
    const std::array<std::string_view, 2> lines{"a", "b"};
    in_state([&](ps::connection& c) { EXPECT_EQ(c.write("x"), r.write); });
    in_state([&](ps::connection& c) { EXPECT_EQ(c.writelines(lines), r.write); });
    in_state([&](ps::connection& c) { EXPECT_EQ(c.write(""), r.write_nothing); });
    in_state([&](ps::connection& c) {
      EXPECT_EQ(c.write_eof(), r.write_eof);
      EXPECT_EQ(c.state(), r.after_write_eof);
    });
    in_state([&](ps::connection& c) {
      c.close();
      EXPECT_EQ(c.state(), r.after_close);
    });
    in_state([&](ps::connection& c) {
      c.abort();
      EXPECT_EQ(c.state(), r.after_abort);
    });
    in_state([&](ps::connection& c) { EXPECT_EQ(ask(c.in(), ps::read_some(9)), r.read_from_empty); });
    in_state([&](ps::connection& c) { EXPECT_FALSE(c.set_write_limits({.high = 3, .low = 3})); });
    in_state([&](ps::connection& c) { EXPECT_EQ(c.set_write_limits({.high = 3, .low = 4}), ps::errc::bad_option); });
  }
}

// Bytes that arrived stay readable wherever the connection goes (R20 as mended, I-23).
TEST(EveryState, KeepsWhatArrivedReadable) {
  for (const state s : every_state) {
    SCOPED_TRACE(ps::name(s));
    ps::connection c;
    c.in().feed("a line\nrest");
    reach(s, c);
    c.settle_input();
    EXPECT_EQ(ask(c.in(), ps::readline()), delivered("a line\n"));
    EXPECT_EQ(ask(c.in(), ps::read_some(9)), delivered("rest"));
  }
}
