// SPDX-License-Identifier: BSL-1.0
// Proves that a loop ends whoever asks for it, one of its tasks, too, and with it what starts or comes too late.
#include <boost/asio.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

ps::task<> ends_its_loop(const pa::event_loop& loop, bool& went_on, bool& ended) {
  struct telling {
    bool& to;
    ~telling() { to = true; }
  };
  const telling at_the_end{ended};
  const std::string own(100, 'x');
  co_await ps::sleep(1ms);
  loop.end();
  went_on = own.size() == 100;
  co_await ps::sleep(1h);
  ADD_FAILURE() << "behind the loop's end";
}

// What runs goes on to its next wait: the loop ends behind it.
TEST(LoopEnd, MayBeAskedForByOneOfItsTasks) {
  for (const bool spawned : {false, true}) {
    net::io_context io;
    const pa::event_loop loop(io);
    bool went_on = false;
    bool ended = false;
    std::exception_ptr told;
    if (spawned)
      loop.spawn(ends_its_loop(loop, went_on, ended));
    else
      pa::co_spawn(loop, ends_its_loop(loop, went_on, ended), [&](std::exception_ptr e) { told = std::move(e); });
    io.run();
    EXPECT_TRUE(went_on);
    EXPECT_TRUE(ended);
    EXPECT_EQ(told == nullptr, spawned);
  }
}

TEST(LoopEnd, IsBehindTheLastStream) {
  net::io_context io;
  local_socket own(io);
  local_socket peer(io);
  net::local::connect_pair(own, peer);
  const pa::event_loop loop(io);
  loop.end();
  std::error_code refused;
  try {
    pa::adopt(loop, std::move(own));
  } catch (const std::system_error& e) {
    refused = e.code();
  }
  EXPECT_EQ(refused, ps::errc::canceled);
  error_code ec;
  char one = 0;
  peer.non_blocking(true);
  peer.read_some(net::buffer(&one, 1), ec);
  EXPECT_EQ(ec, net::error::eof);
}

// A frame's destructor may start something yet.
struct reads_at_the_end {
  ps::stream_reader& in;
  seen& to;
  ~reads_at_the_end() { pa::async_readline(in, to.handler()); }
};
ps::task<> reads_late(ps::stream_reader& in, seen& to) {
  const reads_at_the_end last{in, to};
  co_await ps::sleep(1h);
}

TEST(LoopEnd, EndsWhatStartsMeanwhile) {
  for (const bool with_its_context : {false, true}) {
    std::optional<net::io_context> io(std::in_place);
    stream_pair pair(io->get_executor());
    seen late;
    const pa::event_loop loop(*io);
    loop.spawn(reads_late(pair.first.in, late));
    if (with_its_context) {
      io.reset();
    } else {
      loop.end();
      EXPECT_EQ(late.calls, 0);
      io->poll();
    }
    EXPECT_EQ(late.calls, with_its_context ? 0 : 1);
    EXPECT_EQ(late.error, with_its_context ? error_code() : net::error::operation_aborted);
  }
}

}  // namespace
