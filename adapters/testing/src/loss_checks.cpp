// SPDX-License-Identifier: BSL-1.0
// abort and resets: what is dropped is told, what came before is read, every waiter hears.
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

constexpr std::errc reset = std::errc::connection_reset;

// Writes until the loss is seen: a system tells it at a send or before.
task<> write_until_refused(ground& g, const stream_writer& out) {
  while (!out.write("x")) co_await sleep(g.calm());
}

task<> abort_drops_and_resets(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  a.out.write(std::string(too_much(g), 'x'));
  co_await calm(g);
  a.out.abort();
  expect(a.out.is_closing(), "is_closing at once");
  expect_equal(a.out.transport().get_write_buffer_size(), std::size_t{0}, "the queue is dropped");
  expect(static_cast<bool>(co_await error_of(a.out.wait_closed())), "wait_closed tells that bytes were lost");
  std::error_code seen;
  while (!seen) seen = co_await error_of(b.in.readexactly(1000));
  expect_error(seen, reset, "the peer cannot take it for the end");
}

task<> abort_of_nothing_resets_too(ground& g) {
  auto [a, b] = co_await g.connect();
  started reading(failing(read_some_of(b.in, 10)));
  a.out.abort();
  co_await a.out.wait_closed();
  expect_error(co_await reading, reset, "the peer's read");
  expect_error(b.out.close_reason(), reset, "the reason");
  co_await b.out.wait_closed();  // no written byte was lost
}

task<> abort_after_close(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  a.out.write(std::string(too_much(g), 'x'));
  a.out.close();
  co_await calm(g);
  started closing(failing(closed(a.out)));
  expect(!closing.done(), "the flush is under way");
  a.out.abort();
  expect(static_cast<bool>(co_await closing), "bytes were lost");
  std::error_code seen;
  while (!seen) seen = co_await error_of(b.in.readexactly(1000));
  expect_error(seen, reset, "the peer's read");
}

task<> reset_while_reading(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  started reading(failing(read_line_of(near.in)));
  peer->send("part");
  co_await calm(g);
  peer->reset();
  expect_error(co_await reading, reset, "the waiting read");
  expect_equal(co_await near.in.read(10), "part", "what came before is not lost");
  expect_error(co_await error_of(near.in.read(10)), reset, "then the error");
  expect_error(co_await error_of(near.in.read(10)), reset, "again");
  expect_error(near.out.close_reason(), reset, "the reason");
}

task<> buffered_lines_come_before_the_reset(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  peer->send("one\ntwo\nthr");
  while (near.in.peek().size() != 11) co_await tick();
  peer->reset();
  co_await write_until_refused(g, near.out);
  expect_equal(co_await near.in.readline(), "one\n", "a line");
  expect_equal(co_await near.in.readline(), "two\n", "another");
  expect_error(co_await error_of(near.in.readline()), reset, "what cannot be completed");
  expect_equal(near.in.peek(), "thr", "its bytes stay");
}

task<> reset_while_draining(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  near.out.write(std::string(too_much(g), 'x'));
  co_await calm(g);
  started draining(failing(drained(near.out)));
  started flushing(failing(flushed(near.out)));
  started closing(failing(closed(near.out)));
  expect(!draining.done(), "the peer takes nothing");
  peer->reset();
  expect(static_cast<bool>(co_await draining), "drain");
  expect(static_cast<bool>(co_await flushing), "flush");
  expect(static_cast<bool>(co_await closing), "wait_closed: bytes were lost");
  expect_error(near.out.write("x"), errc::not_connected, "a write");
  expect(static_cast<bool>(co_await error_of(near.out.drain())), "a later drain");
}

task<> reset_while_idle(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  started closing(failing(closed(near.out)));
  peer->reset();
  co_await write_until_refused(g, near.out);
  expect_error(near.out.write("x"), errc::not_connected, "a write");
  expect_error(co_await error_of(near.in.read(1)), reset, "a read");
  expect(static_cast<bool>(near.out.close_reason()), "the reason");
  static_cast<void>(co_await closing);
}

task<> a_reset_costs_nothing_that_was_flushed(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  near.out.write("bytes");
  co_await near.out.flush();
  started reading(failing(read_some_of(near.in, 1)));
  co_await calm(g);
  static_cast<void>(peer->receive());
  co_await calm(g);
  peer->reset();
  expect_error(co_await reading, reset, "the read");
  co_await near.out.wait_closed();
  expect_error(near.out.close_reason(), reset, "the reason");
}

task<> each_waiter_hears_of_a_loss(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  near.out.write(std::string(too_much(g), 'x'));
  started reading(failing(read_all_of(near.in)));
  started one(failing(drained(near.out)));
  started two(failing(drained(near.out)));
  co_await calm(g);
  peer->reset();
  expect_error(co_await reading, reset, "the reader");
  expect(static_cast<bool>(co_await one) && static_cast<bool>(co_await two), "both drains");
}

task<> close_after_a_loss(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  peer->reset();
  started reading(failing(read_some_of(near.in, 1)));
  expect_error(co_await reading, reset, "the read");
  near.out.close();
  near.out.abort();
  co_await near.out.wait_closed();
  expect_error(near.out.close_reason(), reset, "the first error stays");
}

// Nobody is there any more to take it, and somebody tells so.
task<> a_write_to_a_peer_that_has_closed_fails(ground& g) {
  auto [a, b] = co_await g.connect();
  b.out.close();
  co_await b.out.wait_closed();
  expect_equal(co_await a.in.read(1), "", "the peer's end");
  co_await write_until_refused(g, a.out);
  expect(static_cast<bool>(a.out.close_reason()), "the reason");
  expect(static_cast<bool>(co_await error_of(a.out.drain())), "a later drain");
}

}  // namespace

std::span<const check> loss_checks() noexcept {
  static constexpr check checks[] = {
      {"AbortDropsAndResets", "R79 R55", &abort_drops_and_resets, resets},
      {"AbortOfNothingResetsToo", "R79 R58", &abort_of_nothing_resets_too, resets},
      {"AbortAfterClose", "R79 R57 I-22", &abort_after_close, resets},
      {"ResetWhileReading", "R83 R20 R77", &reset_while_reading, resets},
      {"BufferedLinesComeBeforeTheReset", "R20 R24 I-23", &buffered_lines_come_before_the_reset, resets},
      {"ResetWhileDraining", "R55 R77 R52", &reset_while_draining, resets},
      {"ResetWhileIdle", "R77 R83", &reset_while_idle, resets},
      {"AResetCostsNothingThatWasFlushed", "R58", &a_reset_costs_nothing_that_was_flushed, resets},
      {"EachWaiterHearsOfALoss", "R50 R77", &each_waiter_hears_of_a_loss, resets},
      {"CloseAfterALoss", "R57 I-22 I-23", &close_after_a_loss, resets},
      {"AWriteToAPeerThatHasClosedFails", "R77 R8", &a_write_to_a_peer_that_has_closed_fails},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
