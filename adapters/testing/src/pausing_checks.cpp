// SPDX-License-Identifier: BSL-1.0
// Reading that is paused, by pause_reading() or by the limit: nothing is lost, no end is missed.
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> nothing_comes_while_paused(ground& g) {
  auto [a, b] = co_await g.connect();
  transport& way = b.out.transport();
  expect(way.is_reading(), "it reads from the start");
  way.pause_reading();
  way.pause_reading();
  expect(!way.is_reading(), "paused");
  started reading(read_some_of(b.in, 10));
  a.out.write("held");
  co_await calm(g);
  expect(!reading.done() && b.in.peek().empty(), "nothing is received");
  way.resume_reading();
  way.resume_reading();
  expect(way.is_reading(), "resumed");
  std::string seen = co_await reading;
  if (seen.size() < 4) seen += co_await b.in.readexactly(4 - seen.size());
  expect_equal(seen, "held", "what came meanwhile");
}

task<> buffered_bytes_are_read_while_paused(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("here");
  while (b.in.peek().size() != 4) co_await tick();
  b.out.transport().pause_reading();
  expect_equal(co_await b.in.readexactly(4), "here", "what was received before");
}

task<> an_end_while_paused(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  near.out.transport().pause_reading();
  peer->send("last");
  peer->finish();
  co_await calm(g);
  started reading(read_all_of(near.in));
  co_await calm(g);
  expect(!reading.done(), "the end is not seen");
  near.out.write("open");
  std::string seen;
  for (; seen.size() < 4; seen += peer->receive()) co_await tick();
  near.out.transport().resume_reading();
  expect_equal(co_await reading, "last", "bytes and the end");
}

task<> an_end_alone_while_paused(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  started reading(read_all_of(near.in));
  near.out.transport().pause_reading();
  peer->finish();
  co_await calm(g);
  near.out.transport().resume_reading();
  expect_equal(co_await reading, "", "the end");
}

task<> a_reset_while_paused(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  near.out.transport().pause_reading();
  started reading(failing(read_some_of(near.in, 10)));
  co_await calm(g);
  peer->reset();
  co_await calm(g);
  near.out.transport().resume_reading();
  expect_error(co_await reading, std::errc::connection_reset, "the read");
}

task<> close_while_paused(ground& g) {
  auto [a, b] = co_await g.connect();
  b.out.transport().pause_reading();
  b.out.write("flushed");
  b.out.close();
  b.out.transport().resume_reading();
  co_await b.out.wait_closed();
  expect_equal(co_await a.in.read(), "flushed", "the peer sees bytes and the end");
  expect(!b.out.transport().is_reading(), "nothing is read when closed");
}

// The end stands behind more bytes than the reader has room for.
task<> the_end_behind_a_full_buffer(ground& g) {
  auto [near, peer] = co_await g.connect_raw({.reading = {.limit = 100}});
  peer->send(byte_source(31).next(5000));
  peer->finish();
  while (near.in.peek().size() != 201) co_await tick();
  co_await calm(g);
  expect_equal(near.in.peek().size(), std::size_t{201}, "twice the limit and one byte");
  expect(!near.out.transport().is_reading(), "paused by the limit");
  byte_source bytes(31);
  std::size_t taken = 0;
  for (std::string some = co_await near.in.read(64); !some.empty(); some = co_await near.in.read(64)) {
    expect(bytes.goes_on_with(some), "the bytes, in order");
    taken += some.size();
    if (taken % 5 == 0) co_await tick();
  }
  expect_equal(taken, std::size_t{5000}, "all of them, then the end");
}

task<> a_reset_behind_a_full_buffer(ground& g) {
  auto [near, peer] = co_await g.connect_raw({.reading = {.limit = 100}});
  peer->send(byte_source(32).next(201));
  while (near.in.peek().size() != 201) co_await tick();
  peer->reset();
  co_await calm(g);
  expect(byte_source(32).goes_on_with(co_await near.in.readexactly(201)), "what was received before");
  expect_error(co_await error_of(near.in.read(64)), std::errc::connection_reset, "then the error");
}

task<> pausing_between_messages(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::size_t n = g.many();
  started pouring(pour(a.out, 33, n));
  byte_source bytes(33);
  std::size_t next_pause = n - n / 50;
  for (std::size_t left = n; left != 0;) {
    if (left <= next_pause) {
      next_pause -= n / 50;
      b.out.transport().pause_reading();
      co_await tick();
      b.out.transport().resume_reading();
    }
    const std::string some = co_await b.in.read(left < 50'000 ? left : 50'000);
    expect(!some.empty() && bytes.goes_on_with(some), "the bytes, in order");
    left -= some.size();
  }
  co_await pouring;
}

}  // namespace

std::span<const check> pausing_checks() noexcept {
  static constexpr check checks[] = {
      {"NothingComesWhilePaused", "R81", &nothing_comes_while_paused},
      {"BufferedBytesAreReadWhilePaused", "R81", &buffered_bytes_are_read_while_paused},
      {"AnEndWhilePaused", "R81 R117", &an_end_while_paused, half_closes},
      {"AnEndAloneWhilePaused", "R81 R16", &an_end_alone_while_paused, half_closes},
      {"AResetWhilePaused", "R81 R83", &a_reset_while_paused, resets},
      {"CloseWhilePaused", "R81 R78", &close_while_paused},
      {"TheEndBehindAFullBuffer", "R2 R117", &the_end_behind_a_full_buffer, half_closes},
      {"AResetBehindAFullBuffer", "R2 R20 R83", &a_reset_behind_a_full_buffer, resets},
      {"PausingBetweenMessages", "R81", &pausing_between_messages},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
