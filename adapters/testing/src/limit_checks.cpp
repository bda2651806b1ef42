// SPDX-License-Identifier: BSL-1.0
// The reader's limit and cap over a transport: overruns recover, memory stays bounded on both sides.
#include <algorithm>
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> an_overlong_line_is_skipped(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 16}});
  a.out.write("short\n" + std::string(1000, 'x') + "\nnext\n");
  expect_equal(co_await b.in.readline(), "short\n", "the line before");
  expect_error(co_await error_of(b.in.readline()), errc::limit_overrun, "a line beyond the limit");
  expect_equal(co_await b.in.readline(), "next\n", "the line behind it, not its rest");
}

task<> an_overrun_keeps_the_bytes(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 8}});
  const std::string record = std::string(30, 'x') + "\r\n";
  a.out.write(record + "end\r\n");
  std::string seen;
  for (bool found = false; !found;) {
    std::size_t harmless = 0;
    try {
      seen += co_await b.in.readuntil("\r\n");
      found = true;
    } catch (const limit_overrun_error& e) {
      harmless = e.consumed;
    }
    if (!found) {
      expect(harmless != 0, "an overrun says how much is no separator");
      seen += co_await b.in.readexactly(harmless);
    }
  }
  expect_equal(seen, record, "the long record, in pieces");
  expect_equal(co_await b.in.readuntil("\r\n"), "end\r\n", "the next record");
}

task<> skip_until_leaves_an_overlong_record(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 8}});
  a.out.write(std::string(5000, 'x') + "\r\nend\r\n");
  expect_error(co_await error_of(b.in.readuntil("\r\n")), errc::limit_overrun, "a record beyond the limit");
  co_await b.in.skip_until("\r\n");
  expect_equal(co_await b.in.readuntil("\r\n"), "end\r\n", "the next record");
}

task<> the_limit_can_change(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 8}});
  a.out.write(std::string(100, 'x') + "\n");
  b.in.set_limit(100);
  expect_equal((co_await b.in.readline()).size(), std::size_t{101}, "a line of the new limit");
  bool refused = false;
  try {
    b.in.set_limit(0);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  expect(refused, "a limit of 0 is refused");
}

// Writes until the writer is blocked for good, and goes on when the reader reads.
task<> pour_endlessly(const stream_writer& out, std::size_t n) {
  co_await pour(out, 4, n);
  out.close();
}

task<> back_pressure_bounds_both_sides(ground& g) {
  const std::size_t limit = 1000;
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = limit}});
  const std::size_t n = g.under_way() + g.many();
  started pouring(pour_endlessly(a.out, n));
  std::size_t most_pending = 0;
  for (std::size_t before = ~std::size_t{0}; before != a.out.transport().get_write_buffer_size();) {
    before = a.out.transport().get_write_buffer_size();
    co_await calm(g);
    most_pending = std::max(most_pending, a.out.transport().get_write_buffer_size());
    expect(b.in.peek().size() <= 2 * limit + 1, "the reader holds at most twice its limit and one byte");
  }
  expect(!pouring.done(), "the writer is blocked");
  const std::size_t high = a.out.transport().get_write_buffer_limits().high;
  expect(most_pending <= high + 10'000, "the writer holds at most its high mark and one write");
  byte_source bytes(4);
  std::size_t taken = 0;
  for (std::string some = co_await b.in.read(70'000); !some.empty(); some = co_await b.in.read(70'000)) {
    expect(bytes.goes_on_with(some), "the bytes, in order");
    taken += some.size();
    expect(b.in.peek().size() <= 2 * limit + 1, "bounded while it reads, too");
  }
  expect_equal(taken, n, "all bytes came");
  expect(pouring.done(), "the writer went on");
}

// Reading resumes because there is room again, not because somebody waits.
task<> reading_lets_the_peer_go_on(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  const std::size_t n = 2001;
  a.out.write(std::string(n, 'x') + "more");
  while (b.in.peek().size() != n) co_await tick();
  co_await calm(g);
  expect(!b.out.transport().is_reading(), "above twice the limit reading pauses");
  expect_equal((co_await b.in.readexactly(n)).size(), n, "all that was buffered");
  expect(b.out.transport().is_reading(), "taking the bytes resumes reading");
  co_await calm(g);
  expect_equal(b.in.peek(), "more", "the rest came, though nobody waits");
}

task<> a_raised_limit_lets_the_peer_go_on(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  a.out.write(std::string(5000, 'x'));
  while (b.in.peek().size() != 2001) co_await tick();
  b.in.set_limit(10'000);
  co_await calm(g);
  expect_equal(b.in.peek().size(), std::size_t{5000}, "the rest came by itself");
}

task<> the_cap_bounds_a_read_to_the_end(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000, .max_buffered = 10'000}});
  started pouring(pour(a.out, 5, 30'000));
  expect_error(co_await error_of(b.in.read()), errc::buffer_full, "more than the cap");
  expect_error(co_await error_of(b.in.readexactly(20'000)), errc::buffer_full, "of readexactly, too");
  byte_source bytes(5);
  for (std::size_t left = 30'000; left != 0;) {
    const std::string some = co_await b.in.read(left);
    expect(!some.empty() && bytes.goes_on_with(some), "no byte was lost");
    left -= some.size();
  }
  co_await pouring;
}

}  // namespace

std::span<const check> limit_checks() noexcept {
  static constexpr check checks[] = {
      {"AnOverlongLineIsSkipped", "R39 R40", &an_overlong_line_is_skipped},
      {"AnOverrunKeepsTheBytes", "R33 R38", &an_overrun_keeps_the_bytes},
      {"SkipUntilLeavesAnOverlongRecord", "R38 R43", &skip_until_leaves_an_overlong_record},
      {"TheLimitCanChange", "R11 R43", &the_limit_can_change},
      {"BackPressureBoundsBothSides", "R2 R53 I-10 I-14", &back_pressure_bounds_both_sides},
      {"ReadingLetsThePeerGoOn", "R2 R37", &reading_lets_the_peer_go_on},
      {"ARaisedLimitLetsThePeerGoOn", "R2 R43", &a_raised_limit_lets_the_peer_go_on},
      {"TheCapBoundsAReadToTheEnd", "R27 R29", &the_cap_bounds_a_read_to_the_end},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
