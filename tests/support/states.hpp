// SPDX-License-Identifier: BSL-1.0
// A connection's states and events as lists, and the calls that reach the ones and cause the
// others.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>

namespace penstock_test {

inline constexpr penstock::connection_state every_state[] = {
    penstock::connection_state::open,         penstock::connection_state::input_ended,
    penstock::connection_state::output_ended, penstock::connection_state::both_ended,
    penstock::connection_state::closing,      penstock::connection_state::aborting,
    penstock::connection_state::closed,
};
inline constexpr penstock::connection_event every_event[] = {
    penstock::connection_event::input_ended, penstock::connection_event::write_eof, penstock::connection_event::close,
    penstock::connection_event::abort,       penstock::connection_event::lost,
};

// Makes the event happen, by the call that stands for it.
inline void cause(penstock::connection_event event, penstock::connection& c) {
  using penstock::connection_event;
  switch (event) {
    case connection_event::input_ended: return c.input_ended();
    case connection_event::write_eof: return static_cast<void>(c.write_eof());
    case connection_event::close: return c.close();
    case connection_event::abort: return c.abort();
    case connection_event::lost: return c.lost({});
  }
}

// Brings an open connection there.
inline void reach(penstock::connection_state state, penstock::connection& c) {
  using penstock::connection_event;
  using penstock::connection_state;
  switch (state) {
    case connection_state::open: break;
    case connection_state::input_ended: cause(connection_event::input_ended, c); break;
    case connection_state::output_ended: cause(connection_event::write_eof, c); break;
    case connection_state::both_ended:
      cause(connection_event::input_ended, c);
      cause(connection_event::write_eof, c);
      break;
    case connection_state::closing: cause(connection_event::close, c); break;
    case connection_state::aborting: cause(connection_event::abort, c); break;
    case connection_state::closed: cause(connection_event::lost, c); break;
  }
  ASSERT_EQ(c.state(), state);
}

// What the table says; the same state where no row does.
inline penstock::connection_state after(penstock::connection_state from, penstock::connection_event event) {
  for (const penstock::connection_transition& row : penstock::connection_transitions)
    if (row.from == from && row.event == event) return row.to;
  return from;
}

// What the transport is told to do next.
inline penstock::wire_step next_step(penstock::wire& w) {
  std::string_view views[penstock::write_half::useful_segments];
  std::size_t count = 0;
  const penstock::wire_step step = w.next_output(views, count);
  EXPECT_EQ(count != 0, step == penstock::wire_step::send) << penstock::name(step);
  return step;
}

// Does it: takes all bytes out, then the FIN. Answers the bytes; stops at idle or close.
inline std::string drain(penstock::wire& w) {
  std::string bytes;
  for (;;) {
    std::string_view views[penstock::write_half::useful_segments];
    std::size_t count = 0;
    const penstock::wire_step step = w.next_output(views, count);
    if (step == penstock::wire_step::idle || step == penstock::wire_step::close) return bytes;
    if (step == penstock::wire_step::shutdown) {
      w.output_shut_down();
      continue;
    }
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; ++i) {
      bytes += views[i];
      n += views[i].size();
    }
    w.consume_output(n);
  }
}

}  // namespace penstock_test
