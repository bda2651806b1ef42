// SPDX-License-Identifier: BSL-1.0
// Waits that are given up, by a token, by time or by destruction: as if they had never been.
#include <optional>
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

constexpr int kinds = 6;

task<std::error_code> some_read(const stream_reader& in, int kind, wait_limit limit) {
  char into[10];
  switch (kind) {
    case 0: co_return co_await error_of(in.read(limit));
    case 1: co_return co_await error_of(in.readline(limit));
    case 2: co_return co_await error_of(in.readexactly(100, limit));
    case 3: co_return co_await error_of(in.readuntil("\r\n", limit));
    case 4: co_return co_await error_of(in.next_line(limit));
    default: co_return co_await error_of(in.read_into(into, limit));
  }
}

// What every read that is given up leaves; read_into waits for no more than a byte.
task<> expect_all_there(ground& g, end& a, end& b, bool begun) {
  a.out.write(begun ? " the rest\n" : "part the rest\n");
  expect_equal(co_await b.in.readline(), "part the rest\n", "no byte was lost");
  static_cast<void>(g);
}

task<> a_stopped_read_keeps_its_bytes(ground& g) {
  auto [a, b] = co_await g.connect();
  for (int kind = 0; kind != kinds; ++kind) {
    const bool begun = kind != kinds - 1;
    std::stop_source stop;
    started reading(some_read(b.in, kind, stop.get_token()));
    if (begun) a.out.write("part");
    co_await calm(g);
    expect(!reading.done(), "the read waits");
    stop.request_stop();
    expect_error(co_await reading, errc::canceled, "a requested stop");
    co_await expect_all_there(g, a, b, begun);
  }
}

task<> a_timed_out_read_keeps_its_bytes(ground& g) {
  auto [a, b] = co_await g.connect();
  for (int kind = 0; kind != kinds; ++kind) {
    const bool begun = kind != kinds - 1;
    if (begun) a.out.write("part");
    const time_point start = g.loop().now();
    expect_error(co_await some_read(b.in, kind, g.calm()), errc::timed_out, "time");
    expect(g.loop().now() >= start + g.calm(), "not too early");
    co_await expect_all_there(g, a, b, begun);
  }
}

task<> a_destroyed_read_keeps_its_bytes(ground& g) {
  auto [a, b] = co_await g.connect();
  for (int kind = 0; kind != kinds; ++kind) {
    const bool begun = kind != kinds - 1;
    {
      started reading(some_read(b.in, kind, time_point::never()));
      if (begun) a.out.write("part");
      co_await calm(g);
      expect(!reading.done(), "the read waits");
    }
    co_await expect_all_there(g, a, b, begun);
  }
}

task<> what_is_there_wins_over_a_stop(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("line\n");
  while (b.in.peek().size() != 5) co_await tick();
  std::stop_source stop;
  stop.request_stop();
  expect_equal(co_await b.in.readline(stop.get_token()), "line\n", "a buffered line");
  expect_error(co_await error_of(b.in.readline(stop.get_token())), errc::canceled, "what would have to wait");
  a.out.write("next\n");
  expect_equal(co_await b.in.readline(), "next\n", "the connection goes on");
}

// More lines than a turn answers, each read with a stop that was requested long ago.
task<> a_turns_share_is_no_wait(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::size_t count = 3000;
  const std::string text = lines(44, count, 10);
  a.out.write(text);
  while (b.in.peek().size() != text.size()) co_await tick();
  std::stop_source stop;
  stop.request_stop();
  std::string seen;
  for (std::size_t i = 0; i != count; ++i) seen += co_await b.in.readline(stop.get_token());
  expect_equal(seen, text, "all lines that are there");
}

task<> a_drain_given_up_leaves_the_queue(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 1000}});
  const std::size_t n = g.under_way() + g.many();
  a.out.write(byte_source(41).next(n));
  started other(drained(a.out));
  expect_error(co_await error_of(a.out.drain(g.calm())), errc::timed_out, "drain");
  expect_error(co_await error_of(a.out.flush(g.calm())), errc::timed_out, "flush");
  std::stop_source stop;
  started stopped(failing(drained(a.out, stop.get_token())));
  stop.request_stop();
  expect_error(co_await stopped, errc::canceled, "drain with a token");
  {
    started destroyed(drained(a.out));
    co_await tick();
  }
  expect(!other.done(), "the other drain still waits");
  expect(a.out.transport().get_write_buffer_size() != 0, "the queue is as it was");
  byte_source bytes(41);
  for (std::size_t left = n; left != 0;) {
    const std::string some = co_await b.in.read(left);
    expect(!some.empty() && bytes.goes_on_with(some), "the bytes, in order");
    left -= some.size();
  }
  co_await other;
}

task<> a_read_given_up_leaves_room_as_it_was(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 100}});
  started pouring(pour(a.out, 42, 10'000));
  {
    started reading(some_read(b.in, 2, time_point::never()));
    started to_the_end(read_all_of(b.in));
    expect(to_the_end.done(), "a second read is refused");
  }
  {
    started to_the_end(read_all_of(b.in));
    expect(!to_the_end.done(), "it waits for the end");
  }
  co_await calm(g);
  expect(b.in.peek().size() <= 201, "no more than if nobody had waited");
  byte_source bytes(42);
  expect(bytes.goes_on_with(co_await b.in.readexactly(10'000)), "no byte was lost");
  co_await pouring;
}

task<> a_whole_task_times_out(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("one\ntw");
  std::error_code ec;
  try {
    static_cast<void>(co_await b.in.readline());
    static_cast<void>(co_await with_timeout(read_line_of(b.in), wait_limit(g.calm())));
  } catch (const std::system_error& e) {
    ec = e.code();
  }
  expect_error(ec, errc::timed_out, "the task");
  a.out.write("o\n");
  expect_equal(co_await b.in.readline(), "two\n", "its bytes are there");
}

// Given up and tried again at every millisecond while bytes trickle in.
task<> trickle(const stream_writer& out, std::string text) {
  for (const char byte : text) {
    out.write(std::string_view(&byte, 1));
    co_await tick();
  }
}
task<> a_read_tried_again_and_again(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::string text = lines(43, 20, 8);
  started trickling(trickle(a.out, text));
  std::string seen;
  while (seen.size() != text.size()) {
    std::string line;
    std::error_code ec;
    try {
      line = co_await b.in.readline(duration::nanoseconds(700'000));
    } catch (const std::system_error& e) {
      ec = e.code();
    }
    if (ec) expect_error(ec, errc::timed_out, "only time runs out");
    seen += line;
  }
  expect_equal(seen, text, "all lines");
  co_await trickling;
}

}  // namespace

std::span<const check> giving_up_checks() noexcept {
  static constexpr check checks[] = {
      {"AStoppedReadKeepsItsBytes", "R23 R27 I-25", &a_stopped_read_keeps_its_bytes},
      {"ATimedOutReadKeepsItsBytes", "R23 R27 I-18 I-25", &a_timed_out_read_keeps_its_bytes},
      {"ADestroyedReadKeepsItsBytes", "R23 I-25 I-26", &a_destroyed_read_keeps_its_bytes},
      {"WhatIsThereWinsOverAStop", "R23 I-25", &what_is_there_wins_over_a_stop},
      {"ATurnsShareIsNoWait", "I-17 I-25", &a_turns_share_is_no_wait},
      {"ADrainGivenUpLeavesTheQueue", "R54 I-25", &a_drain_given_up_leaves_the_queue},
      {"AReadGivenUpLeavesRoomAsItWas", "R22 I-25", &a_read_given_up_leaves_room_as_it_was},
      {"AWholeTaskTimesOut", "I-18 I-25", &a_whole_task_times_out},
      {"AReadTriedAgainAndAgain", "R23 I-25", &a_read_tried_again_and_again},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
