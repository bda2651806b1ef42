// SPDX-License-Identifier: BSL-1.0
// Both directions at once: many messages, large messages, several connections.
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> echo_lines(const stream_reader& in, const stream_writer& out) {
  while (auto line = co_await in.next_line()) {
    out.write(*line);
    co_await out.drain();
  }
  out.close();
}

task<> one_question_at_a_time(ground& g) {
  auto [a, b] = co_await g.connect();
  started echoing(echo_lines(b.in, b.out));
  for (int i = 0; i != 300; ++i) {
    const std::string line = std::to_string(i) + "\n";
    a.out.write(line);
    expect_equal(co_await a.in.readline(), line, "the answer to the question");
  }
  a.out.close();
  co_await echoing;
}

// More lines than a turn answers, in one write.
task<> many_lines_at_once(ground& g) {
  auto [a, b] = co_await g.connect();
  started echoing(echo_lines(b.in, b.out));
  const std::string text = lines(61, 5000, 60);
  a.out.write(text);
  started reading(read_all_of(a.in));
  while (!reading.done() && !a.out.is_closing()) {
    co_await tick();
    if (a.in.peek().size() == text.size()) a.out.write_eof();
    if (b.out.is_closing()) break;
  }
  expect_equal((co_await reading), text, "all lines come back");
  co_await echoing;
}

task<> large_messages_both_ways(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::size_t n = g.many();
  started there(pour(a.out, 62, n));
  started back(pour(b.out, 63, n));
  byte_source from_b(63);
  byte_source from_a(62);
  std::size_t seen_by_a = 0;
  std::size_t seen_by_b = 0;
  while (seen_by_a != n || seen_by_b != n) {
    if (seen_by_a != n) {
      const std::string some = co_await a.in.read(n - seen_by_a);
      expect(!some.empty() && from_b.goes_on_with(some), "one way, in order");
      seen_by_a += some.size();
    }
    if (seen_by_b != n) {
      const std::string some = co_await b.in.read(n - seen_by_b);
      expect(!some.empty() && from_a.goes_on_with(some), "the other way, in order");
      seen_by_b += some.size();
    }
  }
  co_await there;
  co_await back;
}

task<> small_fragments_both_ways(ground& g) {
  auto [a, b] = co_await g.connect();
  random_numbers sizes(64);
  byte_source there(65);
  byte_source back(66);
  byte_source from_a(65);
  byte_source from_b(66);
  for (int i = 0; i != 300; ++i) {
    std::size_t n = sizes.between(1, 7);
    a.out.write(there.next(n));
    b.out.write(back.next(n));
    if (i % 4 == 0) co_await tick();
    expect(from_a.goes_on_with(co_await b.in.readexactly(n)), "one way");
    while (n != 0) {
      const std::string some = co_await a.in.read(n);
      expect(!some.empty() && from_b.goes_on_with(some), "the other way");
      n -= some.size();
    }
  }
}

task<> connections_do_not_disturb_each_other(ground& g) {
  auto [a, b] = co_await g.connect();
  auto [c, d] = co_await g.connect();
  auto [e, f] = co_await g.connect();
  started echoing(echo_lines(d.in, d.out));
  a.out.write(std::string(g.many(), 'x'));  // nobody reads it
  co_await calm(g);
  e.out.abort();
  for (int i = 0; i != 50; ++i) {
    const std::string line = std::to_string(i) + "\n";
    c.out.write(line);
    expect_equal(co_await c.in.readline(), line, "the connection between a blocked and a lost one");
  }
  c.out.close();
  co_await echoing;
}

task<> many_connections_come_and_go(ground& g) {
  for (int i = 0; i != 50; ++i) {
    auto [a, b] = co_await g.connect();
    a.out.write(std::to_string(i));
    if (i % 3 == 0) a.out.close();
    if (i % 3 == 1) a.out.write_eof();
    if (i % 3 == 2) continue;
    expect_equal(co_await b.in.read(), std::to_string(i), "what was written");
  }
}

// A stream that waits can be explained.
task<> a_wait_is_explained(ground& g) {
  auto [a, b] = co_await g.connect();
  started reading(read_line_of(b.in));
  co_await tick();
  expect(g.loop().explain().find("readline") != std::string::npos, "the loop says who waits for what");
  a.out.write("line\n");
  expect_equal(co_await reading, "line\n", "the line");
  expect(g.loop().explain().find("readline") == std::string::npos, "nobody waits any more");
}

}  // namespace

std::span<const check> traffic_checks() noexcept {
  static constexpr check checks[] = {
      {"OneQuestionAtATime", "R39 I-17", &one_question_at_a_time},
      {"ManyLinesAtOnce", "I-17", &many_lines_at_once, half_closes},
      {"LargeMessagesBothWays", "I-14", &large_messages_both_ways},
      {"SmallFragmentsBothWays", "R26 R29", &small_fragments_both_ways},
      {"ConnectionsDoNotDisturbEachOther", "I-17", &connections_do_not_disturb_each_other},
      {"ManyConnectionsComeAndGo", "R60 I-22", &many_connections_come_and_go, half_closes},
      {"AWaitIsExplained", "R13", &a_wait_is_explained},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
