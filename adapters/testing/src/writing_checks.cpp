// SPDX-License-Identifier: BSL-1.0
// Writes, marks, drain and flush over a transport whose peer does not read.
#include <optional>
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

// Takes n bytes of what `seed` sent.
task<> take(const stream_reader& in, byte_source& bytes, std::size_t n) {
  while (n != 0) {
    const std::string some = co_await in.read(n);
    expect(!some.empty() && bytes.goes_on_with(some), "the bytes, in order");
    n -= some.size();
  }
}

task<> writes_leave_without_drain(ground& g) {
  auto [a, b] = co_await g.connect();
  expect_success(a.out.write("at the end of the turn"), "write");
  expect_equal(a.out.transport().get_write_buffer_size(), std::size_t{22}, "what was just written counts");
  co_await eventually(g, [&in = b.in] { return in.peek().size() == 22; });
  expect_equal(b.in.peek(), "at the end of the turn", "it left by itself");
  expect_equal(a.out.transport().get_write_buffer_size(), std::size_t{0}, "nothing is queued");
}

task<> writes_keep_their_order(ground& g) {
  auto [a, b] = co_await g.connect();
  byte_source bytes(21);
  random_numbers sizes(22);
  std::size_t total = 0;
  for (int i = 0; i != 1000; ++i) {
    const std::size_t n = sizes.between(0, i % 100 == 0 ? g.many() / 40 : 300);
    if (i % 3 == 0)
      expect_success(a.out.write(owned_bytes(bytes.next(n))), "a write of owned bytes");
    else
      expect_success(a.out.write(bytes.next(n)), "a write");
    total += n;
    if (i % 500 == 0) co_await tick();
  }
  byte_source same(21);
  co_await take(b.in, same, total);
}

task<> writelines_is_one_write(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::string_view parts[] = {"one ", "", "two ", "three"};
  expect_success(a.out.writelines(parts), "writelines");
  expect_success(a.out.writelines(std::span<const std::string_view>()), "writelines of nothing");
  a.out.close();
  expect_equal(co_await b.in.read(), "one two three", "all parts, in order");
}

// An empty chunk must not stay in the queue: close would wait for it.
task<> empty_writes_are_nothing(ground& g) {
  auto [a, b] = co_await g.connect();
  started reading(read_some_of(b.in, 10));
  expect_success(a.out.write(""), "an empty write");
  expect_success(a.out.write(owned_bytes(std::string())), "of owned bytes");
  co_await calm(g);
  expect(!reading.done(), "nothing arrives");
  expect_equal(a.out.transport().get_write_buffer_size(), std::size_t{0}, "nothing is queued");
  a.out.close();
  co_await a.out.wait_closed();
  expect_equal(co_await reading, "", "the end");
}

task<> drain_below_the_high_mark_does_not_wait(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write(std::string(64 * 1024, 'x'));
  started at_the_mark(drained(a.out));
  expect(at_the_mark.done(), "at the high mark it is over at once");
  a.out.write("x");
  started above(drained(a.out));
  expect(!above.done(), "above it waits, as nothing has left yet");
  co_await above;
}

task<> drain_waits_for_the_low_mark(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  const std::size_t n = too_much(g);
  a.out.write(byte_source(23).next(n));
  co_await calm(g);
  started draining(drained(a.out));
  const transport& way = a.out.transport();
  byte_source bytes(23);
  for (std::size_t taken = 0; taken != n;) {
    const std::size_t some = n - taken < 100'000 ? n - taken : 100'000;
    co_await take(b.in, bytes, some);
    taken += some;
    if (way.get_write_buffer_size() > way.get_write_buffer_limits().low)
      expect(!draining.done(), "not before the low mark");
  }
  co_await draining;
}

// And no later: the peer takes no more once it is reached.
task<> drain_ends_at_the_low_mark(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 20'000}});
  const std::size_t low = g.many() / 2;
  transport& way = a.out.transport();
  way.set_write_buffer_limits(low + low / 4, low);
  a.out.write(std::string(g.under_way() + 3 * low, 'x'));
  co_await calm(g);
  started draining(drained(a.out));
  expect(!draining.done(), "the peer takes nothing");
  while (way.get_write_buffer_size() > low) {
    const std::string some = co_await b.in.read(20'000);
    expect(!some.empty(), "no end");
    if (b.in.peek().empty()) co_await tick();
  }
  co_await eventually(g, [&] { return draining.done(); });
  expect(draining.done(), "it ends where the mark is reached, not when all has left");
}

task<> many_drains_end_together(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  const std::size_t n = too_much(g);
  a.out.write(byte_source(24).next(n));
  co_await calm(g);
  started one(drained(a.out));
  started two(drained(a.out));
  started three(drained(a.out));
  started flushing(flushed(a.out));
  expect(!one.done() && !two.done() && !three.done(), "the peer takes nothing");
  byte_source bytes(24);
  co_await take(b.in, bytes, n);
  co_await one;
  expect(two.done() && three.done(), "they end in the same turn");
  co_await flushing;
}

// The first drain that goes on destroys the next one, which is about to: it must not be resumed.
task<> drain_then_destroy(const stream_writer& out, std::optional<started<>>& other) {
  co_await out.drain();
  other.reset();
}
task<> a_drain_destroys_another(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  const std::size_t n = too_much(g);
  a.out.write(byte_source(25).next(n));
  std::optional<started<>> second;
  started first(drain_then_destroy(a.out, second));
  second.emplace(drained(a.out));
  started third(drained(a.out));
  byte_source bytes(25);
  co_await take(b.in, bytes, n);
  co_await first;
  co_await third;
  expect(!second.has_value(), "the second one is gone");
}

task<> flush_waits_until_nothing_is_queued(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  started nothing(flushed(a.out));
  expect(nothing.done(), "nothing is queued");
  const std::size_t n = too_much(g);
  a.out.write(byte_source(26).next(n));
  started flushing(flushed(a.out));
  co_await calm(g);
  expect(!flushing.done(), "the peer takes nothing");
  byte_source bytes(26);
  co_await take(b.in, bytes, n);
  co_await flushing;
  expect_equal(a.out.transport().get_write_buffer_size(), std::size_t{0}, "nothing is queued");
}

task<> the_marks_can_change(ground& g) {
  auto [a, b] = co_await g.connect();
  transport& way = a.out.transport();
  way.set_write_buffer_limits(100);
  expect_equal(way.get_write_buffer_limits().low, std::size_t{25}, "low is a quarter of high");
  bool refused = false;
  try {
    way.set_write_buffer_limits(10, 20);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  expect(refused, "high below low is refused");
  way.set_write_buffer_limits(0);
  a.out.write("x");
  started draining(drained(a.out));
  expect(!draining.done(), "with a high mark of 0 drain waits for everything");
  co_await draining;
  a.out.write(std::string(1000, 'x'));
  started again(drained(a.out));
  way.set_write_buffer_limits();
  co_await again;
}

task<> drain_after_close(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  const std::size_t n = too_much(g);
  a.out.write(byte_source(27).next(n));
  a.out.close();
  co_await calm(g);
  started draining(drained(a.out));
  expect(!draining.done(), "it waits for the backlog");
  byte_source bytes(27);
  co_await take(b.in, bytes, n);
  co_await draining;
  expect_equal(co_await b.in.read(1), "", "the end");
  co_await a.out.wait_closed();
  expect_error(co_await error_of(a.out.drain()), errc::not_connected, "when it is closed");
}

task<> the_hard_cap_refuses_whole_writes(ground& g) {
  auto [a, b] = co_await g.connect({.writing = {.high = 100, .low = 10, .max_pending = 1000}}, {});
  expect_success(a.out.write(std::string(5000, 'x')), "into an empty queue anything goes");
  expect_error(a.out.write("x"), errc::buffer_full, "beyond the cap");
  expect_equal((co_await b.in.readexactly(5000)).size(), std::size_t{5000}, "what was accepted");
  expect_success(a.out.write("x"), "there is room again");
  expect_equal(co_await b.in.read(5), "x", "nothing of the refused write was sent");
}

}  // namespace

std::span<const check> writing_checks() noexcept {
  static constexpr check checks[] = {
      {"WritesLeaveWithoutDrain", "R71", &writes_leave_without_drain},
      {"WritesKeepTheirOrder", "R71", &writes_keep_their_order},
      {"WritelinesIsOneWrite", "R72", &writelines_is_one_write},
      {"EmptyWritesAreNothing", "R73 R14", &empty_writes_are_nothing},
      {"DrainBelowTheHighMarkDoesNotWait", "R52 R53 R74", &drain_below_the_high_mark_does_not_wait},
      {"DrainWaitsForTheLowMark", "R53 R74", &drain_waits_for_the_low_mark},
      {"DrainEndsAtTheLowMark", "R53 R74", &drain_ends_at_the_low_mark},
      {"ManyDrainsEndTogether", "R54", &many_drains_end_together},
      {"ADrainDestroysAnother", "R54 I-21 I-26", &a_drain_destroys_another},
      {"FlushWaitsUntilNothingIsQueued", "R53", &flush_waits_until_nothing_is_queued},
      {"TheMarksCanChange", "R75", &the_marks_can_change},
      {"DrainAfterClose", "R56", &drain_after_close},
      {"TheHardCapRefusesWholeWrites", "R71 I-12", &the_hard_cap_refuses_whole_writes},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
