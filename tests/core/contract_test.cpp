// SPDX-License-Identifier: BSL-1.0
// Proves that what an adapter's or an operation's author may not do aborts at once, in every
// build, with the condition's text; and that what looks like it and is allowed does not.
#include <penstock/contract.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>
#include <penstock/receive_buffer.hpp>
#include <penstock/write_half.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

constexpr const char* broken = "penstock: broken contract: ";

// Asks for more without having dropped anything: poll would turn for ever.
struct insatiable {
  bool ready(const ps::read_half&) const { return true; }
  ps::read_outcome take(ps::read_half&) const { return ps::read_outcome::need_more(); }
};

}  // namespace

// I-24: the message names the condition and where it stands
TEST(Contract, SaysWhatWasBroken) {
  EXPECT_DEATH(PENSTOCK_EXPECTS(1 + 1 == 3),
               "penstock: broken contract: 1 \\+ 1 == 3 \\(.*contract_test.cpp:[0-9]+\\)");
  EXPECT_DEATH(PENSTOCK_UNREACHABLE(), "penstock: broken contract: unreachable");
  PENSTOCK_EXPECTS(1 + 1 == 2);
}

// R14: nothing arrives after the end, not even nothing
TEST(Contract, ForbidsInputAfterTheEnd) {
  ps::read_half in;
  static_cast<void>(in.prepare(4));
  in.feed_eof();
  EXPECT_DEATH(in.feed("x"), broken);
  EXPECT_DEATH(in.feed(""), broken);
  EXPECT_DEATH(in.commit(1), broken);
  EXPECT_DEATH(in.lend(std::string_view("x")), broken);
  EXPECT_DEATH(in.lend(std::string_view()), broken);
}

// I-10: no more is lent than there is room for
TEST(Contract, ForbidsLendingPastTheRoom) {
  ps::read_half in({.limit = 4});
  arena memory;
  EXPECT_DEATH(memory.lend(in, "0123456789"), broken);
  EXPECT_DEATH(memory.lend_view(in, "0123456789"), broken);
  memory.lend(in, "012345678");
  EXPECT_DEATH(memory.lend(in, "9"), broken) << "it is paused";
}

// I-01: no more is committed than was prepared, and only once
TEST(Contract, ForbidsCommittingWhatWasNotPrepared) {
  ps::read_half in;
  EXPECT_DEATH(in.commit(1), broken);
  static_cast<void>(in.prepare(4));
  EXPECT_DEATH(in.commit(5), broken);
  in.commit(3);
  EXPECT_DEATH(in.commit(1), broken);
  static_cast<void>(in.prepare(4));
  in.settle();
  EXPECT_DEATH(in.commit(1), broken) << "settle forgets what was prepared";
}

// I-01: no more is consumed than is buffered
TEST(Contract, ForbidsConsumingWhatIsNotThere) {
  ps::read_half in;
  EXPECT_DEATH(static_cast<void>(in.consume(1)), broken);
  in.feed("abc");
  EXPECT_DEATH(static_cast<void>(in.consume(4)), broken);
  EXPECT_DEATH(static_cast<void>(in.consume(~std::size_t{0})), broken);
}

// R11: a half is not made with options that check() refuses
TEST(Contract, ForbidsOptionsThatCheckRefuses) {
  EXPECT_DEATH(ps::read_half({.limit = 0}), broken);
  EXPECT_DEATH(ps::write_half({.high = 1, .low = 2}), broken);
}

// R18: success is no error
TEST(Contract, ForbidsFailingWithSuccess) {
  ps::read_half in;
  EXPECT_DEATH(in.fail({}), broken);
  in.fail(ps::errc::closed);
  EXPECT_DEATH(in.fail({}), broken);
}

// I-17: an operation that asks for more has dropped something
TEST(Contract, ForbidsAnOperationThatGetsNowhere) {
  ps::read_half in;
  insatiable op;
  in.feed("abc");
  EXPECT_DEATH(static_cast<void>(in.poll(op)), broken);
}

// I-24: everything that an application may do at any time is no broken contract
TEST(Contract, AllowsWhatIsHarmless) {
  ps::read_half in({.limit = 4});
  in.feed(std::string(100, 'x'));
  in.feed_eof();
  in.feed_eof();
  in.fail(ps::errc::timed_out);
  in.fail(ps::errc::closed);
  in.stop_awaiting();
  in.await_input(ps::readexactly(5));
  in.stop_awaiting();
  in.stop_awaiting();
  in.settle();
  in.settle();
  static_cast<void>(in.consume(0));
  in.unread("y");
  static_cast<void>(in.prepare(10));
  EXPECT_EQ(in.set_limit(0), ps::errc::bad_option);
  in.validate();
  EXPECT_EQ(ask(in, ps::read_some(1)), delivered("y"));
}
