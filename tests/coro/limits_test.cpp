// SPDX-License-Identifier: BSL-1.0
// Proves what a wait_limit ends: that wait and nothing else. Time and stop are told apart, no byte
// is lost, the next operation works, and a stop may come from any thread at any time (I-25).
#include <penstock/coro/wait_limit.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/memory_pair.hpp"
#include "support/sanitized.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::chrono_literals;

namespace {

using text = ps::task<std::string>;

using Limits = on_a_pair;

// What a task answered, or the name of what ended it.
text told(text work) {
  std::string what;
  try {
    what = co_await std::move(work);
  } catch (const std::system_error& e) {
    what = e.code() == ps::errc::timed_out ? "timed out" : e.code() == ps::errc::canceled ? "canceled" : e.what();
  }
  co_return what;
}
text line(ps::stream_reader& in, ps::wait_limit limit) { co_return co_await in.readline(std::move(limit)); }
text drained(ps::stream_writer& out, ps::wait_limit limit) {
  co_await out.drain(std::move(limit));
  co_return "drained";
}
ps::task<> keep(std::optional<std::string>* to, text work) { *to = co_await told(std::move(work)); }
ps::task<> request_after(ps::wait_limit limit, std::stop_source source) {
  co_await ps::sleep(std::move(limit));
  source.request_stop();
}

// Runs a function in the next round.
template <class F>
class in_next_round : public ps::runnable {
 public:
  in_next_round(ps::scheduler& loop, F f)
      : runnable([](ps::runnable& r) { static_cast<in_next_round&>(r).f_(); }), f_(std::move(f)) {
    loop.schedule(*this);
  }

 private:
  F f_;
};

struct limited_read {
  const char* name;
  text (*run)(ps::stream_reader&, ps::wait_limit);
  const char* first;  // what has come when the wait ends
  const char* rest;
  const char* answer;
};

const limited_read reads[] = {
    {"read(n)", [](ps::stream_reader& in, ps::wait_limit l) -> text { co_return co_await in.read(10, l); }, "", "ab",
     "ab"},
    {"read()", [](ps::stream_reader& in, ps::wait_limit l) -> text { co_return co_await in.read(l); }, "ab\n", "cd",
     "ab\ncd"},
    {"readline()", [](ps::stream_reader& in, ps::wait_limit l) -> text { co_return co_await in.readline(l); }, "ab",
     "c\nd", "abc\n"},
    {"next_line()",
     [](ps::stream_reader& in, ps::wait_limit l) -> text { co_return (co_await in.next_line(l)).value_or(""); }, "ab",
     "c\nd", "abc\n"},
    {"readexactly()", [](ps::stream_reader& in, ps::wait_limit l) -> text { co_return co_await in.readexactly(4, l); },
     "abc", "de", "abcd"},
    {"readuntil()",
     [](ps::stream_reader& in, ps::wait_limit l) -> text { co_return co_await in.readuntil({"\r\n", ";"}, l); }, "ab\r",
     "\nc", "ab\r\n"},
    {"skip_until()",
     [](ps::stream_reader& in, ps::wait_limit l) -> text {
       co_await in.skip_until(";;", l);
       co_return co_await in.read(10);
     },
     "abc;", ";d", "d"},
    {"read_into()",
     [](ps::stream_reader& in, ps::wait_limit l) -> text {
       std::string to(10, '.');
       co_return to.substr(0, co_await in.read_into(std::span<char>(to), l));
     },
     "", "ab", "ab"},
};

}  // namespace

// I-18, I-25: at its nanosecond, and as if the read had not been.
TEST_F(Limits, EndAReadAndLoseNothing) {
  for (const limited_read& row : reads) {
    for (const bool by_time : {true, false}) {
      SCOPED_TRACE(row.name);
      ps::memory::event_loop loop;
      auto [mine, other] = ps::memory::duplex(loop);
      EXPECT_FALSE(other.out.write(row.first));
      std::stop_source source;
      if (!by_time) ps::spawn(loop, request_after(1s, source));
      const ps::wait_limit limit = by_time ? ps::wait_limit(1s) : ps::wait_limit(1h, source.get_token());
      EXPECT_EQ(loop.run_until(told(row.run(mine.in, limit))), by_time ? "timed out" : "canceled");
      EXPECT_EQ(loop.now(), ps::time_point(ps::duration(2s)));  // the clock begins at 1 s
      EXPECT_FALSE(mine.in.underlying().has_reader());
      EXPECT_FALSE(mine.out.is_closing());
      EXPECT_FALSE(other.out.write(row.rest));
      EXPECT_FALSE(other.out.write_eof());
      EXPECT_EQ(loop.run_until(told(row.run(mine.in, ps::wait_limit(1s)))), row.answer);
    }
  }
}

// I-18
TEST_F(Limits, EndAWriteSideWaitAndChangeNothing) {
  fill();
  const ps::time_point start = loop_.now();
  EXPECT_EQ(loop_.run_until(told(drained(out_, 1s))), "timed out");
  EXPECT_EQ(loop_.now(), start + ps::duration(1s));
  const auto flushed = [](ps::stream_writer& out, ps::wait_limit l) -> text {
    co_await out.flush(std::move(l));
    co_return "flushed";
  };
  EXPECT_EQ(loop_.run_until(told(flushed(out_, 1s))), "timed out");
  out_.close();
  const auto closed = [](ps::stream_writer& out, ps::wait_limit l) -> text {
    co_await out.wait_closed(std::move(l));
    co_return "closed";
  };
  EXPECT_EQ(loop_.run_until(told(closed(out_, 1s))), "timed out");
  ps::spawn(loop_, read_all(peer_in_));
  EXPECT_EQ(loop_.run_until(told(closed(out_, 1h))), "closed");
}

TEST_F(Limits, AreAnOutcomeOfAView) {
  EXPECT_EQ(loop_.run_until([](ps::stream_reader& in) -> text {
    const ps::read_outcome out = co_await in.view(ps::readline(), 1s);
    co_return out.error() == ps::errc::timed_out ? "timed out" : "?";
  }(in_)),
            "timed out");
}

TEST_F(Limits, OfTimeAndTokenEndByWhatComesFirst) {
  std::stop_source source;
  EXPECT_EQ(loop_.run_until(told(line(in_, {1s, source.get_token()}))), "timed out");
  ps::spawn(loop_, request_after(1s, source));
  EXPECT_EQ(loop_.run_until(told(line(in_, {loop_.now() + ps::duration(2s), source.get_token()}))), "canceled");
  peer_sends("ab\n");
  EXPECT_EQ(loop_.run_until(told(line(in_, 1h))), "ab\n");
}

TEST_F(Limits, OfADurationAndAnInstantEndByTheEarlier) {
  std::stop_source source;
  const ps::time_point begun = loop_.now();
  EXPECT_EQ(loop_.run_until(told(line(in_, {1s, begun + 1h}))), "timed out");
  EXPECT_EQ(loop_.now(), begun + 1s);
  EXPECT_EQ(loop_.run_until(told(line(in_, {1h, begun + 2s, source.get_token()}))), "timed out");
  EXPECT_EQ(loop_.now(), begun + 2s);
  ps::spawn(loop_, request_after(0.5s, source));
  EXPECT_EQ(loop_.run_until(told(line(in_, {1h, begun + 1h, source.get_token()}))), "canceled");
  EXPECT_EQ(loop_.now(), begun + 2.5s);
}

TEST_F(Limits, ThatPassedBeforeEndAWaitButNoAnswer) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(loop_.run_until(told(line(in_, source.get_token()))), "canceled");
  EXPECT_EQ(loop_.run_until(told(line(in_, ps::time_point()))), "timed out");
  EXPECT_EQ(loop_.run_until(told(line(in_, 0s))), "timed out");
  peer_sends("a\nb\nc\n");
  loop_.run();
  EXPECT_EQ(loop_.run_until(told(line(in_, source.get_token()))), "a\n");
  EXPECT_EQ(loop_.run_until(told(line(in_, ps::time_point()))), "b\n");
  EXPECT_EQ(loop_.run_until(told(line(in_, 0s))), "c\n");
}

// I-20: a stop is never answered inside the call that requests it.
TEST_F(Limits, AStopEndsTheWaitInALaterRound) {
  std::stop_source source;
  std::optional<std::string> answer;
  ps::spawn(loop_, keep(&answer, line(in_, source.get_token())));
  source.request_stop();
  EXPECT_EQ(answer, std::nullopt);
  loop_.run();
  EXPECT_EQ(answer, "canceled");
}

TEST_F(Limits, ReadyAndStoppedAtOnceTheAnswerWins) {
  std::stop_source source;
  std::optional<std::string> read;
  ps::spawn(loop_, keep(&read, line(in_, source.get_token())));
  loop_.run();
  const in_next_round arrives(loop_, [&] { in_.unread("ab\n"); });  // before the stop, in one round
  source.request_stop();
  loop_.step();
  EXPECT_EQ(read, "ab\n");

  fill();
  std::optional<std::string> written;
  std::stop_source another;
  ps::spawn(loop_, keep(&written, drained(out_, another.get_token())));
  loop_.run();
  const in_next_round makes_room(loop_, [&] { out_.transport().set_write_buffer_limits(1024 * 1024, 512 * 1024); });
  another.request_stop();
  loop_.step();
  EXPECT_EQ(written, "drained");
}

// I-14: bytes that are put back answer who waits, as bytes that arrive do.
TEST_F(Limits, UnreadBytesWakeAWaitingRead) {
  std::optional<std::string> read;
  ps::spawn(loop_, keep(&read, line(in_, std::stop_token())));
  EXPECT_NE(loop_.run(), "");
  in_.unread("ab\n");
  EXPECT_EQ(loop_.run(), "");
  EXPECT_EQ(read, "ab\n");
}

TEST_F(Limits, AWaitMayEndWhileItsStopIsPending) {
  std::stop_source source;
  {
    text waiting = line(in_, source.get_token());
    waiting.start();
    source.request_stop();  // posted
  }
  EXPECT_EQ(loop_.run(), "");
  std::stop_source another;
  text waiting = line(in_, another.get_token());
  waiting.start();
  const in_next_round ends_it(loop_, [&] { waiting = {}; });
  another.request_stop();  // behind it, in one round
  EXPECT_EQ(loop_.run(), "");
  peer_sends("ab\n");
  EXPECT_EQ(loop_.run_until(told(line(in_, 1s))), "ab\n");
}

TEST_F(Limits, AStopAfterTheAnswerIsNothing) {
  std::stop_source source;
  peer_sends("a\n");
  EXPECT_EQ(loop_.run_until(told(line(in_, source.get_token()))), "a\n");
  source.request_stop();
  EXPECT_EQ(loop_.run(), "");
}

// I-29: another thread may request a stop while the loop runs; also just when the answer comes.
TEST_F(Limits, AStopMayComeFromAnotherThread) {
  const int times = static_cast<int>(scaled(2000)) / 2 + 100;
  std::size_t arrived = 0;
  std::size_t canceled = 0;
  for (int i = 0; i != times; ++i) {
    std::stop_source source;
    std::optional<std::string> answer;
    ps::spawn(loop_, keep(&answer, line(in_, source.get_token())));
    std::thread stops([&source] { source.request_stop(); });
    if (i % 2 != 0) peer_sends("a\n");
    while (!answer) loop_.step();
    stops.join();
    (*answer == "a\n" ? arrived : canceled) += 1;
  }
  EXPECT_EQ(arrived + canceled, static_cast<std::size_t>(times));
  EXPECT_GE(canceled, static_cast<std::size_t>(times / 2));
}

// I-26, I-29: and while its wait is destroyed, with the loop or alone.
TEST(LimitsOfADyingLoop, AStopMayComeFromAnotherThread) {
  const std::size_t times = scaled(1600) + 50;
  for (std::size_t i = 0; i != times; ++i) {
    std::stop_source source;
    std::optional<std::string> answer;
    std::optional<ps::memory::event_loop> loop(std::in_place);
    ps::memory::duplex_pair pair = ps::memory::duplex(*loop);
    ps::spawn(*loop, keep(&answer, line(pair.first.in, source.get_token())));
    std::thread stops([&source] { source.request_stop(); });
    if (i % 2 != 0) loop->step();
    loop.reset();
    stops.join();
  }
}
