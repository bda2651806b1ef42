// SPDX-License-Identifier: BSL-1.0
// close, wait_closed and handles: what was written is sent, and there is exactly one end.
#include <optional>
#include <string>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

task<> close_flushes(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::size_t n = g.under_way() / 16 + g.many() / 3;
  a.out.write(byte_source(11).next(n));
  a.out.close();
  expect(a.out.is_closing(), "is_closing at once");
  started closing(closed(a.out));
  const std::string all = co_await b.in.read();
  expect_equal(all.size(), n, "as many bytes");
  expect(byte_source(11).goes_on_with(all), "the same bytes");
  co_await closing;
  expect_success(a.out.close_reason(), "by request");
}

task<> close_again_changes_nothing(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("bytes");
  a.out.close();
  a.out.close();
  expect_equal(co_await b.in.read(), "bytes", "what was written");
  co_await a.out.wait_closed();
  a.out.close();
  a.out.abort();
  a.out.transport().close();
  co_await a.out.wait_closed();
  expect_success(a.out.close_reason(), "the end stays what it was");
}

task<> a_read_ends_by_our_close(ground& g) {
  auto [a, b] = co_await g.connect();
  started reading(read_some_of(a.in, 10));
  co_await tick();
  a.out.close();
  expect(!reading.done(), "nobody goes on inside close()");
  expect_equal(co_await reading, "", "a waiting read ends as at the end");
  expect_equal(co_await a.in.read(10), "", "later reads, too");
}

task<> bytes_that_came_before_close_are_read(ground& g) {
  auto [a, b] = co_await g.connect();
  b.out.write("early\nlast");
  while (a.in.peek().size() != 10) co_await tick();
  a.out.close();
  co_await a.out.wait_closed();
  expect_equal(co_await a.in.readline(), "early\n", "a buffered line");
  expect_equal(co_await a.in.readline(), "last", "buffered bytes");
  expect_equal(co_await a.in.readline(), "", "then the end");
}

task<> no_write_after_close(ground& g) {
  auto [a, b] = co_await g.connect();
  a.out.write("before");
  a.out.close();
  const std::string_view parts[] = {"x", "y"};
  expect_error(a.out.write("x"), errc::not_connected, "write");
  expect_error(a.out.writelines(parts), errc::not_connected, "writelines");
  expect_error(a.out.write(owned_bytes(std::string("x"))), errc::not_connected, "write of owned bytes");
  expect_error(a.out.write_eof(), errc::not_connected, "write_eof");
  expect_equal(co_await b.in.read(), "before", "what came before close is sent, no more");
  co_await a.out.wait_closed();
  expect_error(a.out.write("x"), errc::not_connected, "write when it is closed");
}

task<> wait_closed_by_many(ground& g) {
  auto [a, b] = co_await g.connect();
  started one(closed(a.out));
  started other(closed(a.out));
  co_await calm(g);
  expect(!one.done() && !other.done(), "before close it waits");
  a.out.close();
  expect(!one.done(), "nobody goes on inside close()");
  co_await closed(a.out);
  co_await one;
  co_await other;
  started late(closed(a.out));
  expect(late.done(), "afterwards it is over at once");
}

// Giving up one wait_closed changes nothing for the others.
task<> wait_closed_is_given_up_alone(ground& g) {
  auto [a, b] = co_await g.connect();
  started one(closed(a.out));
  std::stop_source stop;
  started given_up(failing(closed(a.out, stop.get_token())));
  expect_error(co_await error_of(a.out.wait_closed(g.calm())), errc::timed_out, "one with a time");
  stop.request_stop();
  expect_error(co_await given_up, errc::canceled, "one with a token");
  expect(!one.done(), "the other still waits");
  a.out.close();
  co_await one;
}

// One end, after all bytes: what a reader sees, in order, when the peer writes and closes.
task<> exactly_one_end(ground& g) {
  auto [a, b] = co_await g.connect();
  std::string seen;
  started closing(closed(b.out));
  a.out.write("1\n2\n");
  a.out.close();
  for (int reads = 0; reads != 5; ++reads) {
    const std::string line = co_await b.in.readline();
    seen += line.empty() ? "end " : line;
  }
  expect_equal(seen, "1\n2\nend end end ", "bytes, then the end for ever");
  expect(!closing.done(), "the peer's end closes nothing");
  b.out.close();
  co_await closing;
  expect_equal(co_await b.in.readline(), "", "still the end");
}

task<> the_last_handle_closes(ground& g) {
  connected both = co_await g.connect();
  const std::size_t n = g.under_way() / 16 + g.many() / 3;
  both.first.out.write(byte_source(12).next(n));
  {
    const end dropped = std::move(both.first);
  }
  const std::string all = co_await both.second.in.read();
  expect_equal(all.size(), n, "what was written is flushed");
  expect(byte_source(12).goes_on_with(all), "the same bytes");
}

task<> one_handle_keeps_it_open(ground& g) {
  connected both = co_await g.connect();
  std::optional<stream_writer> writer(std::move(both.first.out));
  std::optional<stream_reader> reader(std::move(both.first.in));
  writer.reset();
  co_await calm(g);
  both.second.out.write("x");
  expect_equal(co_await reader->readexactly(1), "x", "the reader's handle holds it");
  reader.reset();
  expect_equal(co_await both.second.in.read(), "", "the last one closes");
}

task<> names_outlive_the_connection(ground& g) {
  auto [a, b] = co_await g.connect();
  const std::string ours = a.out.get_extra_info("sockname", "?");
  const std::string theirs = a.out.get_extra_info("peername", "?");
  expect_equal(a.out.get_extra_info("no such key", "otherwise"), "otherwise", "an unknown key");
  a.out.close();
  co_await a.out.wait_closed();
  expect_equal(a.out.get_extra_info("sockname", "?"), ours, "sockname");
  expect_equal(a.out.get_extra_info("peername", "?"), theirs, "peername");
  expect_equal(a.out.transport().get_extra_info("sockname", "?"), ours, "the transport's");
}

}  // namespace

std::span<const check> closing_checks() noexcept {
  static constexpr check checks[] = {
      {"CloseFlushes", "R78 R57", &close_flushes},
      {"CloseAgainChangesNothing", "R57 I-22", &close_again_changes_nothing},
      {"AReadEndsByOurClose", "R78 R118 I-20", &a_read_ends_by_our_close},
      {"BytesThatCameBeforeCloseAreRead", "R20 R78", &bytes_that_came_before_close_are_read},
      {"NoWriteAfterClose", "R59 R8", &no_write_after_close},
      {"WaitClosedByMany", "R58 R118", &wait_closed_by_many},
      {"WaitClosedIsGivenUpAlone", "R58", &wait_closed_is_given_up_alone},
      {"ExactlyOneEnd", "R117 I-22", &exactly_one_end},
      {"TheLastHandleCloses", "R60", &the_last_handle_closes},
      {"OneHandleKeepsItOpen", "R60 R46", &one_handle_keeps_it_open},
      {"NamesOutliveTheConnection", "R68", &names_outlive_the_connection},
  };
  return checks;
}

}}}  // namespace penstock::v0::testing
