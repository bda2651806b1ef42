// SPDX-License-Identifier: BSL-1.0
// Proves who holds a stream: its handles and, until it has closed, its loop. Letting go flushes;
// the loop's end aborts, resumes nobody and leaves handles that answer.
#include <penstock/coro/stream.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/memory_pair.hpp"

namespace ps = penstock;
using penstock_test::pass;
using namespace std::chrono_literals;

namespace {

using text = ps::task<std::string>;

text read_to_end(ps::stream_reader in) { co_return co_await in.read(); }
text read_some(ps::stream_reader& in) { co_return co_await in.read(64 * 1024); }

// Notes when its coroutine goes on and when its frame ends.
struct traces {
  int resumed = 0;
  int ended = 0;
};
class trace {
 public:
  explicit trace(traces& all) noexcept : all_(all) {}
  trace(const trace&) = delete;
  trace& operator=(const trace&) = delete;
  ~trace() { ++all_.ended; }
  void resumed() noexcept { ++all_.resumed; }

 private:
  traces& all_;
};
ps::task<> wait_for_line(ps::stream_reader& in, traces* all) {
  trace mine(*all);
  try {
    static_cast<void>(co_await in.readline());
  } catch (const std::exception&) {
  }
  mine.resumed();
}
using wait_function = ps::task<> (*)(ps::stream_writer&);
ps::task<> drain(ps::stream_writer& out) { co_await out.drain(); }
ps::task<> flush(ps::stream_writer& out) { co_await out.flush(1h); }
ps::task<> wait_closed(ps::stream_writer& out) { co_await out.wait_closed(); }
ps::task<> traced(ps::task<> wait, traces* all) {
  trace mine(*all);
  co_await std::move(wait);
  mine.resumed();
}
template <class T>
ps::task<std::error_code> error_of(ps::task<T> work) {
  std::error_code ec;
  try {
    static_cast<void>(co_await std::move(work));
  } catch (const std::system_error& e) {
    ec = e.code();
  }
  co_return ec;
}

}  // namespace

// R60
TEST(StreamLife, TheLastHandleClosesAndFlushes) {
  ps::memory::event_loop loop;
  std::optional<ps::memory::duplex_pair> pair(ps::memory::duplex(loop));
  const std::string much(1'000'000, 'x');
  EXPECT_FALSE(pair->first.out.write(much));
  ps::stream_reader peer = std::move(pair->second.in);
  pair.reset();
  EXPECT_EQ(loop.run_until(read_to_end(std::move(peer))), much);
  EXPECT_EQ(loop.run(), "");
}

// R46, R60: the writer alone does not close, as long as the reader lives.
TEST(StreamLife, OneHandleHoldsItOpen) {
  ps::memory::event_loop loop;
  auto [mine, other] = ps::memory::duplex(loop);
  std::optional<ps::stream_reader> in(std::move(mine.in));
  {
    const ps::stream_writer gone = std::move(mine.out);
  }
  loop.run();
  EXPECT_FALSE(other.in.at_eof());
  EXPECT_FALSE(in->underlying().is_closing());
  in.reset();
  loop.run();
  EXPECT_TRUE(other.in.at_eof());
}

// A peer that reads nothing does not hold a closed one for ever (R78).
TEST(StreamLife, AnUnflushedCloseEndsByItsDeadline) {
  ps::memory::event_loop loop;
  auto [mine, other] = ps::memory::duplex(loop, {.first = {.policy = {.close_flush = 3s}}});
  EXPECT_FALSE(mine.out.write(std::string(1'000'000, 'x')));
  mine.out.close();
  const ps::time_point start = loop.now();
  EXPECT_EQ(loop.run_until(error_of(wait_closed(mine.out))), ps::errc::timed_out);
  EXPECT_EQ(loop.now(), start + ps::duration(3s));
}

// R46, I-28: a handle is of one stream, whatever it is kept beside; the halves themselves stay in their connection.
TEST(StreamLife, HandlesOfTwoStreamsActOnTheirOwn) {
  static_assert(!std::is_copy_constructible_v<ps::stream_reader> && !std::is_copy_constructible_v<ps::stream_writer>);
  static_assert(!std::is_move_constructible_v<ps::connection>);
  ps::memory::event_loop loop;
  auto [a, peer_of_a] = ps::memory::duplex(loop);
  auto [b, peer_of_b] = ps::memory::duplex(loop);
  std::swap(a.out, b.out);
  EXPECT_FALSE(a.out.write("from b"));
  EXPECT_FALSE(b.out.write("from a"));
  loop.run();
  EXPECT_EQ(peer_of_a.in.peek(), "from a");
  EXPECT_EQ(peer_of_b.in.peek(), "from b");
  a.out.close();
  EXPECT_TRUE(b.in.underlying().is_closing());
  EXPECT_FALSE(a.in.underlying().is_closing());
  EXPECT_FALSE(peer_of_a.out.write("to a"));
  EXPECT_EQ(loop.run_until(read_some(a.in)), "to a");
  EXPECT_EQ(loop.run_until(read_some(b.in)), "");
}

// R46, I-28
TEST(StreamLife, AHandleThatIsAssignedToLetsItsStreamGo) {
  ps::memory::event_loop loop;
  auto [a, peer_of_a] = ps::memory::duplex(loop);
  auto [b, peer_of_b] = ps::memory::duplex(loop);
  a.in = std::move(b.in);
  a.out = std::move(b.out);
  loop.run();
  EXPECT_TRUE(peer_of_a.in.at_eof());
  EXPECT_FALSE(peer_of_b.in.at_eof());
}

TEST(StreamLife, HandlesMoveAndSwap) {
  ps::memory::event_loop loop;
  auto [mine, other] = ps::memory::duplex(loop);
  ps::stream& a = mine.in.underlying();
  ps::stream& b = other.in.underlying();
  ps::stream_reader moved = std::move(mine.in);
  EXPECT_EQ(&moved.underlying(), &a);
  moved = std::move(other.in);
  EXPECT_EQ(&moved.underlying(), &b);
  mine.out = std::move(other.out);
  EXPECT_EQ(&mine.out.underlying(), &b);
  EXPECT_EQ(loop.run(), "");
}

// R46: each handle holds the stream, also one inside a waiting coroutine.
TEST(StreamLife, AReaderThatWaitsMayOutliveOtherHandles) {
  ps::memory::event_loop loop;
  std::optional<ps::memory::duplex_pair> pair(ps::memory::duplex(loop));
  std::string seen = "nothing";
  ps::spawn(loop, [](ps::stream_reader in, std::string* to) -> ps::task<> {
    *to = co_await in.read();
  }(std::move(pair->first.in), &seen));
  loop.run();
  EXPECT_FALSE(pair->second.out.write("last words"));
  pair.reset();
  EXPECT_EQ(loop.run(), "");
  EXPECT_EQ(seen, "last words");
}

// I-26
TEST(StreamLife, TheLoopsEndDestroysWaitingFramesAndResumesNone) {
  traces all;
  {
    ps::memory::event_loop loop;
    auto [mine, other] = ps::memory::duplex(loop);
    EXPECT_FALSE(mine.out.write(std::string(256 * 1024, 'x')));
    ps::spawn(loop, wait_for_line(mine.in, &all));
    for (const wait_function wait : {&drain, &flush, &wait_closed}) ps::spawn(loop, traced(wait(mine.out), &all));
    loop.run_until(pass(1s));
    EXPECT_EQ(all.ended, 0);
  }
  EXPECT_EQ(all.resumed, 0);
  EXPECT_EQ(all.ended, 4);
}

TEST(StreamLife, TheLoopsEndDestroysHandlersThatHoldTheirHandles) {
  ps::memory::event_loop loop;
  for (int i = 0; i != 3; ++i) {
    auto pair = ps::memory::duplex(loop);
    ps::spawn(loop, [](ps::memory::duplex_end end) -> ps::task<> {
      while (auto line = co_await end.in.next_line()) static_cast<void>(line);
    }(std::move(pair.first)));
    EXPECT_FALSE(pair.second.out.write("ab\n"));
    if (i != 0) loop.run_until(pass(1ms));
  }
}

// Handles may outlive the loop, whatever their streams did before: all calls answer.
TEST(StreamLife, HandlesThatOutliveTheirLoopAnswer) {
  enum class before { nothing, unread_bytes, closed, aborted, lost, half_closed };
  for (const before what :
       {before::nothing, before::unread_bytes, before::closed, before::aborted, before::lost, before::half_closed}) {
    SCOPED_TRACE(static_cast<int>(what));
    std::optional<ps::memory::event_loop> loop(std::in_place);
    auto [mine, other] = ps::memory::duplex(*loop);
    if (what == before::unread_bytes) {
      EXPECT_FALSE(other.out.write("ab\ncd"));
    }
    if (what == before::closed) mine.out.close();
    if (what == before::aborted) mine.out.abort();
    if (what == before::lost) other.out.abort();
    if (what == before::half_closed) {
      EXPECT_FALSE(mine.out.write_eof());
    }
    loop->run();
    loop.reset();

    EXPECT_EQ(explain(mine.in.underlying()), "");
    EXPECT_TRUE(mine.out.is_closing());
    EXPECT_TRUE(mine.out.transport().is_closing());
    EXPECT_FALSE(mine.out.transport().is_reading());
    EXPECT_EQ(mine.out.get_extra_info("peername"), "second");
    mine.out.transport().pause_reading();
    mine.out.transport().resume_reading();
    mine.out.transport().set_write_buffer_limits(7);
    if (what != before::half_closed) {
      EXPECT_EQ(mine.out.write("x"), ps::errc::not_connected);
    }
    static_cast<void>(mine.out.write_eof());
    mine.out.close();
    mine.out.abort();
    mine.in.unread("");
    mine.in.set_limit(100);
    EXPECT_EQ(mine.in.peek(), what == before::unread_bytes ? "ab\ncd" : "");

    ps::memory::event_loop another;
    if (what == before::unread_bytes) {
      EXPECT_EQ(another.run_until(read_some(mine.in)), "ab\ncd");
    }
    const bool ended = what == before::closed || what == before::aborted;
    for (unsigned i = 0; i != ps::stream::reads_a_turn + 10; ++i) {
      const std::error_code ec = another.run_until(error_of(read_some(mine.in)));
      ASSERT_TRUE(ended || ec) << i << ' ' << ec.message();
      const auto limited = [](ps::stream_reader& in) -> text { co_return co_await in.read(9, 1s); };
      ASSERT_EQ(another.run_until(error_of(limited(mine.in))), ec);
    }
    EXPECT_NE(another.run_until(error_of(drain(mine.out))), std::error_code());
    EXPECT_EQ(another.run_until(error_of(flush(mine.out))), std::error_code());
    EXPECT_EQ(another.run_until(error_of(wait_closed(mine.out))), std::error_code());
    mine.in = std::move(other.in);  // and lets go
  }
}

TEST(StreamLife, AClosedStreamIsLetGoWithOrWithoutItsLoop) {
  std::optional<ps::memory::event_loop> loop(std::in_place);
  std::optional<ps::memory::duplex_pair> a(ps::memory::duplex(*loop));
  std::optional<ps::memory::duplex_pair> b(ps::memory::duplex(*loop));
  a->first.out.close();
  a->second.out.close();
  b->first.out.close();
  b->second.out.abort();
  loop->run();
  a.reset();
  loop->run();
  loop.reset();
  b.reset();
}

// I-26: bytes that were not flushed when the loop ended are lost, and it is said so.
TEST(StreamLife, TheLoopsEndAbortsWhatIsUnsent) {
  std::optional<ps::memory::event_loop> loop(std::in_place);
  auto [mine, other] = ps::memory::duplex(*loop);
  EXPECT_FALSE(mine.out.write(std::string(256 * 1024, 'x')));
  loop->step();
  loop.reset();
  ps::memory::event_loop another;
  EXPECT_EQ(another.run_until(error_of(wait_closed(mine.out))), ps::errc::canceled);
  EXPECT_EQ(mine.out.close_reason(), ps::errc::canceled);
}
