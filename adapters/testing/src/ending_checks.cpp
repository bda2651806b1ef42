// SPDX-License-Identifier: BSL-1.0
// Ends of one direction: FINs in every order, behind every amount of bytes.
#include <stdexcept>
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> the_end_alone(ground& g) {
  auto [a, b] = co_await g.connect();
  started reading(read_all_of(b.in));
  expect_success(a.out.write_eof(), "write_eof");
  expect_equal(co_await reading, "", "the end, without a byte");
  expect(b.in.at_eof(), "at the end");
  expect(!b.out.is_closing(), "the peer's end closes nothing here");
}

task<> an_answer_after_the_peers_end(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("question");
  a.out.write_eof();
  expect_equal(co_await b.in.read(), "question", "up to the end");
  co_await calm(g);
  b.out.write("answer");
  b.out.write_eof();
  expect_equal(co_await a.in.read(), "answer", "reading goes on after write_eof");
  co_await calm(g);
  expect(!a.out.is_closing() && !b.out.is_closing(), "both ends came, and nothing closed");
  a.out.close();
  b.out.close();
  co_await a.out.wait_closed();
  co_await b.out.wait_closed();
}

task<> both_ends_at_once(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("from a");
  b.out.write("from b");
  a.out.write_eof();
  b.out.write_eof();
  expect_equal(co_await b.in.read(), "from a", "one way");
  expect_equal(co_await a.in.read(), "from b", "the other way");
}

// One end is half closed, then one of the two closes: who ever is first, the other sees no error.
task<> half_close_then_close(ground& g) {
  for (int order = 0; order != 4; ++order) {
    auto [a, b] = co_await g.connect();
    a.out.write("bytes");
    a.out.write_eof();
    end& first = order % 2 == 0 ? a : b;
    end& last = order % 2 == 0 ? b : a;
    if (order / 2 == 0) expect_equal(co_await b.in.read(), "bytes", "up to the end");
    if (order == 3) co_await calm(g);  // else the bytes under way meet a closed end
    first.out.close();
    co_await first.out.wait_closed();
    if (order == 2) expect_equal(co_await b.in.read(), "bytes", "close sends what was written");
    last.out.close();
    co_await last.out.wait_closed();
    expect_success(first.out.close_reason(), "a close by request");
    if (order != 3) expect_success(last.out.close_reason(), "an end by the peer's close");
  }
}

task<> the_end_comes_behind_the_queue(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::size_t n = g.under_way() / 16 + g.many() / 3;
  expect_success(a.out.write(byte_source(7).next(n)), "a large write");
  expect_success(a.out.write_eof(), "write_eof behind it");
  const std::string all = co_await b.in.read();
  expect_equal(all.size(), n, "as many bytes");
  expect(byte_source(7).goes_on_with(all), "the same bytes");
}

task<> write_eof_twice(ground& g) {
  auto [a, b] = co_await g.connect();
  expect(a.out.can_write_eof(), "can_write_eof");
  expect_success(a.out.write_eof(), "once");
  expect_success(a.out.write_eof(), "twice");
  expect_equal(co_await b.in.read(), "", "one end");
  expect_success(a.out.write_eof(), "after it was sent");
  b.out.write("still");
  expect_equal(co_await a.in.readexactly(5), "still", "the other direction is open");
}

task<> no_write_after_write_eof(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("all");
  a.out.write_eof();
  int refused = 0;
  for (int way = 0; way != 3; ++way) {
    try {
      const std::string_view parts[] = {"x"};
      if (way == 0) a.out.write("x");
      if (way == 1) a.out.writelines(parts);
      if (way == 2) a.out.write(owned_bytes(std::string("x")));
    } catch (const std::logic_error&) {
      ++refused;
    }
  }
  expect_equal(refused, 3, "write after write_eof is a logic_error");
  expect_equal(co_await b.in.read(), "all", "nothing of it was sent");
}

// Data and FIN come together, so that a transport that is told of edges hears once.
task<> data_and_end_in_one_edge(ground& g) {
  auto [near, peer] = co_await g.connect_raw({});
  started reading(read_line_of(near.in));
  co_await calm(g);
  peer->send("line\nlast");
  peer->finish();
  expect_equal(co_await reading, "line\n", "the first line");
  expect_equal(co_await near.in.readline(), "last", "the bytes before the end");
  expect_equal(co_await near.in.readline(), "", "the end that came with them");
  near.out.write("answer");
  std::string seen;
  for (; seen.size() < 6; seen += peer->receive()) co_await tick();
  expect_equal(seen, "answer", "the direction to the peer is open");
}

// As many bytes as fill the receiver's room, and the FIN, in one edge.
task<> a_full_room_and_the_end_in_one_edge(ground& g) {
  const std::size_t limit = 1000;
  for (const std::size_t n : {2 * limit, 2 * limit + 1, 2 * limit + 2, 3 * limit}) {
    auto [near, peer] = co_await g.connect_raw({.reading = {.limit = limit}});
    peer->send(byte_source(n).next(n));
    peer->finish();
    co_await calm(g);
    const std::string all = co_await near.in.read();
    expect_equal(all.size(), n, "all bytes");
    expect(byte_source(n).goes_on_with(all), "the same bytes");
  }
}

task<> the_peer_writes_on_after_our_end(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write_eof();
  const std::size_t n = g.many() / 3;
  started pouring(pour(b.out, 8, n));
  byte_source bytes(8);
  for (std::size_t left = n; left != 0;) {
    const std::string some = co_await a.in.read(left);
    expect(!some.empty() && bytes.goes_on_with(some), "the bytes, in order");
    left -= some.size();
  }
  co_await pouring;
}

}  // namespace

std::span<const check> ending_checks() noexcept {
  static constexpr check checks[] = {
      {"TheEndAlone", "R16 R49", &the_end_alone, half_closes},
      {"AnAnswerAfterThePeersEnd", "R49 R80", &an_answer_after_the_peers_end, half_closes},
      {"BothEndsAtOnce", "R80", &both_ends_at_once, half_closes},
      {"HalfCloseThenClose", "R80 R78 I-22", &half_close_then_close, half_closes},
      {"TheEndComesBehindTheQueue", "R80 R117", &the_end_comes_behind_the_queue, half_closes},
      {"WriteEofTwice", "R80", &write_eof_twice, half_closes},
      {"NoWriteAfterWriteEof", "R71 R72", &no_write_after_write_eof, half_closes},
      {"DataAndEndInOneEdge", "R117 R82", &data_and_end_in_one_edge, half_closes},
      {"AFullRoomAndTheEndInOneEdge", "R2 R117", &a_full_room_and_the_end_in_one_edge, half_closes},
      {"ThePeerWritesOnAfterOurEnd", "R80", &the_peer_writes_on_after_our_end, half_closes},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
