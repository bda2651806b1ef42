// SPDX-License-Identifier: BSL-1.0
// Proves what the loss of a connection does: it comes once and last, buffered bytes before its
// error, and it says whether written bytes were lost.
#include <penstock/connection.hpp>

#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arrivals.hpp"
#include "support/printing.hpp"
#include "support/states.hpp"

namespace ps = penstock;
using namespace penstock_test;
using state = ps::connection_state;
using step = ps::wire_step;

// R20 and R50 as mended, I-23: buffered bytes first, then the error, for every read anew.
TEST(ConnectionLoss, DeliversWhatArrivedBeforeItsError) {
  ps::connection c;
  arrive(c, "a line\nhalf");
  c.lost(reset);
  EXPECT_EQ(c.close_reason(), reset);
  EXPECT_EQ(ask(c.in(), ps::readline()), delivered("a line\n"));
  EXPECT_EQ(ask(c.in(), ps::readline()), failed(reset)) << "half a line is not a line";
  EXPECT_EQ(ask(c.in(), ps::readexactly(9)), failed(reset));
  EXPECT_EQ(next_read(c), delivered("half"));
  EXPECT_EQ(next_read(c), failed(reset));
  EXPECT_EQ(ask(c.in(), ps::read_to_eof()), failed(reset));
}

// R24 as mended: an error that comes during a wait ends it.
TEST(ConnectionLoss, EndsAWaitingReadByItsError) {
  ps::connection c;
  ps::readexactly op(10);
  EXPECT_EQ(ask(c.in(), op), need_more());
  c.in().await_input(op);
  arrive(c, "four");
  EXPECT_EQ(ask(c.in(), op), need_more());
  c.lost(reset);
  EXPECT_EQ(ask(c.in(), op), failed(reset));
  EXPECT_EQ(c.in().buffered(), "four");
}

// R50: a clean end is an end of file.
TEST(ConnectionLoss, EndsReadsByAnEndOfFileWhenItWasAskedFor) {
  ps::connection c;
  arrive(c, "half");
  c.close();
  c.lost({});
  EXPECT_EQ(ask(c.in(), ps::readexactly(9)), incomplete("half", 9));
  EXPECT_EQ(next_read(c), eof());
  EXPECT_FALSE(c.close_reason());
}

// R55, R59 as mended: lost bytes are told, and only they.
TEST(ConnectionLoss, SaysWhetherItCostBytes) {
  for (const bool queued : {false, true})
    for (const std::error_code ec : {std::error_code(), reset}) {
      SCOPED_TRACE(testing::Message() << (queued ? "bytes queued, " : "nothing queued, ") << ec.message());
      ps::connection c({}, {.high = 2, .low = 1});
      EXPECT_FALSE(c.write("sent"));
      EXPECT_EQ(drain(c), "sent");
      EXPECT_FALSE(c.write(queued ? "queued" : ""));
      EXPECT_EQ(c.out().full(), queued);
      c.lost(ec);
      EXPECT_EQ(c.out().bytes_lost(), queued);
      EXPECT_FALSE(c.out().full());
      EXPECT_EQ(c.close_reason(), ec);
    }
}

// R118: no call of the application ends the stream from inside; the transport does, later.
TEST(ConnectionLoss, NeverComesFromInsideACall) {
  ps::connection c;
  EXPECT_FALSE(c.write("queued"));
  c.close();
  EXPECT_EQ(c.state(), state::closing);
  EXPECT_FALSE(c.in().ended());
  c.abort();
  EXPECT_EQ(c.state(), state::aborting);
  EXPECT_FALSE(c.in().ended());
  EXPECT_EQ(c.write("more"), ps::errc::not_connected);
  EXPECT_EQ(c.state(), state::aborting);
  EXPECT_EQ(next_step(c), step::close);
  EXPECT_FALSE(c.in().ended());
}

// R117, I-22: once, and nothing comes after it.
TEST(ConnectionLoss, ComesOnce) {
  ps::connection c;
  arrive(c, "data");
  c.lost(reset);
  c.lost({});
  c.lost(std::make_error_code(std::errc::timed_out));
  EXPECT_EQ(c.close_reason(), reset);
  c.close();
  c.abort();
  c.input_ended();
  arrive(c, "late");
  EXPECT_TRUE(c.prepare_input(1).empty());
  EXPECT_EQ(c.state(), state::closed);
  EXPECT_EQ(next_step(c), step::idle);
  EXPECT_EQ(c.deadline(), ps::time_point::never());
  EXPECT_EQ(next_read(c), delivered("data"));
  EXPECT_EQ(next_read(c), failed(reset));
  c.validate();
}
