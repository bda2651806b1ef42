// SPDX-License-Identifier: BSL-1.0
// Reads over a transport: what arrives is what was sent, by every operation.
#include <algorithm>
#include <array>
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> reads_what_arrived_then_the_end(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("hello");
  a.out.close();
  expect_equal(co_await take_some(b.in, 5), "hello", "what was sent");
  expect_equal(co_await b.in.read(100), "", "then the end");
  expect(b.in.at_eof(), "the reader is at the end");
  expect_equal(co_await b.in.read(100), "", "the end again");
}

task<> reads_of_nothing_answer_at_once(ground& g) {
  auto [a, b] = co_await g.connect();
  started nothing(read_some_of(b.in, 0));
  expect(nothing.done(), "read(0) does not wait");
  expect_equal(nothing.result(), "", "read(0)");
  expect_equal(co_await b.in.readexactly(0), "", "readexactly(0)");
  a.out.write("x");
  expect_equal(co_await b.in.read(1), "x", "nothing was taken");
}

task<> a_wait_ends_when_bytes_arrive(ground& g) {
  auto [a, b] = co_await g.connect();
  started reading(take_some(b.in, 4));
  co_await calm(g);
  expect(!reading.done(), "nothing was sent yet");
  a.out.write("late");
  expect_equal(co_await reading, "late", "what was sent");
}

task<> readexactly_takes_no_more(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("abcdef");
  expect_equal(co_await b.in.readexactly(4), "abcd", "the first four");
  a.out.write_eof();
  std::string partial;
  std::size_t wanted = 0;
  try {
    static_cast<void>(co_await b.in.readexactly(4));
  } catch (const incomplete_read_error& e) {
    partial = e.partial;
    wanted = e.expected;
  }
  expect_equal(partial, "ef", "the rest is in the error");
  expect_equal(wanted, std::size_t{4}, "expected");
}

task<> readexactly_of_more_than_twice_the_limit(ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 100}});
  const std::size_t n = 50'000;
  started pouring(pour(a.out, 1, n));
  byte_source bytes(1);
  expect(bytes.goes_on_with(co_await b.in.readexactly(n)), "all bytes, in order");
  co_await pouring;
}

task<> readuntil_finds_separators_however_cut(ground& g) {
  auto [a, b] = co_await g.connect();
  for (const std::string_view part : {"one\r", "\ntwo", "\r\nthr", "ee|", "rest"}) {
    a.out.write(part);
    co_await tick();
  }
  expect_equal(co_await b.in.readuntil("\r\n"), "one\r\n", "the first record");
  expect_equal(co_await b.in.readuntil("\r\n"), "two\r\n", "the second record");
  expect_equal(co_await b.in.readuntil({"\r\n", "|"}), "three|", "one of two separators");
  a.out.close();
  expect_error(co_await error_of(b.in.readuntil("\r\n")), errc::incomplete_read, "the end without a separator");
}

task<> lines_until_the_end(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("one\n\nthree");
  a.out.close();
  expect_equal(co_await b.in.readline(), "one\n", "a line");
  expect_equal(co_await b.in.readline(), "\n", "an empty line");
  expect_equal(co_await b.in.readline(), "three", "the last line has no newline");
  expect_equal(co_await b.in.readline(), "", "the end");
}

task<> next_line_ends_a_loop(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::string text = lines(3, 500, 90);
  a.out.write(text);
  a.out.close();
  std::string seen;
  std::size_t count = 0;
  while (auto line = co_await b.in.next_line()) {
    seen += *line;
    ++count;
  }
  expect_equal(seen, text, "all lines");
  expect_equal(count, std::size_t{500}, "as many lines");
}

task<> read_to_the_end_takes_all(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::size_t n = g.many();
  started pouring(pour(a.out, 2, n));
  started reading(read_all_of(b.in));
  co_await pouring;
  a.out.write_eof();
  const std::string all = co_await reading;
  expect_equal(all.size(), n, "as many bytes");
  expect(byte_source(2).goes_on_with(all), "the same bytes");
}

task<> read_into_fills_the_callers_memory(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("abcdef");
  std::array<char, 4> into = {};
  std::string seen;
  while (seen.size() != 6) seen.append(into.data(), co_await b.in.read_into(into));
  expect_equal(seen, "abcdef", "all bytes");
}

task<> peek_and_unread(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("GET /");
  while (b.in.peek().size() != 5) co_await tick();
  expect_equal(b.in.peek(), "GET /", "peek takes nothing");
  const std::string first = co_await b.in.readexactly(3);
  b.in.unread(first);
  expect_equal(co_await b.in.readexactly(5), "GET /", "what was put back comes first");
}

task<> the_second_reader_is_refused(ground& g) {
  auto [a, b] = co_await g.connect();
  started reading(read_line_of(b.in));
  bool refused = false;
  try {
    static_cast<void>(co_await b.in.read(1));
  } catch (const std::logic_error&) {
    refused = true;
  }
  expect(refused, "a second read while one waits is a logic_error");
  expect(!reading.done(), "the first read still waits");
  a.out.write("line\n");
  expect_equal(co_await reading, "line\n", "the first read was not robbed");
}

task<> a_view_shows_an_outcome(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("abc\n");
  const read_outcome line = co_await b.in.view(readline());
  expect(line.status() == read_status::data, "a line came");
  expect_equal(line.text(), "abc\n", "the line");
  a.out.close();
  const read_outcome last = co_await b.in.view(readline());
  expect(last.status() == read_status::eof, "the end is a status, no error");
}

task<> bytes_wait_for_a_reader(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("early");
  co_await calm(g);
  started reading(read_some_of(b.in, 5));
  expect(reading.done() || b.in.peek().empty(), "buffered bytes are taken without waiting");
  std::string seen = co_await reading;
  while (seen.size() < 5) seen += co_await b.in.read(5);
  expect_equal(seen, "early", "what came before anybody read");
}

}  // namespace

std::span<const check> reading_checks() noexcept {
  static constexpr check checks[] = {
      {"ReadsWhatArrivedThenTheEnd", "R26 R17 R117", &reads_what_arrived_then_the_end},
      {"ReadsOfNothingAnswerAtOnce", "R25 R28", &reads_of_nothing_answer_at_once},
      {"AWaitEndsWhenBytesArrive", "R26 R119", &a_wait_ends_when_bytes_arrive},
      {"ReadexactlyTakesNoMore", "R29 R44", &readexactly_takes_no_more, half_closes},
      {"ReadexactlyOfMoreThanTwiceTheLimit", "R22 R29", &readexactly_of_more_than_twice_the_limit},
      {"ReaduntilFindsSeparatorsHoweverCut", "R31 R35", &readuntil_finds_separators_however_cut},
      {"LinesUntilTheEnd", "R39 R42", &lines_until_the_end},
      {"NextLineEndsALoop", "R42", &next_line_ends_a_loop},
      {"ReadToTheEndTakesAll", "R27", &read_to_the_end_takes_all, half_closes},
      {"ReadIntoFillsTheCallersMemory", "R43", &read_into_fills_the_callers_memory},
      {"PeekAndUnread", "R43", &peek_and_unread},
      {"TheSecondReaderIsRefused", "R21 I-29", &the_second_reader_is_refused},
      {"AViewShowsAnOutcome", "R39", &a_view_shows_an_outcome},
      {"BytesWaitForAReader", "R119", &bytes_wait_for_a_reader},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
