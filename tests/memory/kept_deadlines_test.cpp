// SPDX-License-Identifier: BSL-1.0
// Deadlines that an application works out for each connection go with the connection.
#include <chrono>
#include <cstddef>
#include <optional>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/refusing_heap.hpp"

namespace {

using namespace penstock_test;
namespace ps = penstock;
namespace pm = penstock::memory;
using namespace std::chrono_literals;

ps::stream_options idle_for(ps::duration d) {
  ps::stream_options options;
  options.policy.idle = d;
  return options;
}

pm::duplex_pair pair_of(pm::event_loop& loop, int number) {
  return pm::duplex(loop, {.first = idle_for(ps::duration::nanoseconds(number + 1)),
                           .second = idle_for(ps::duration::nanoseconds(2'000'000'000 - number))});
}

// I-11: one after the other, they take no more memory than a few do.
TEST(KeptDeadlines, GoWithTheirStreams) {
  pm::event_loop loop;
  std::size_t after_some = 0;
  for (int i = 0; i != 4000; ++i) {
    {
      const pm::duplex_pair made = pair_of(loop, i);
    }
    EXPECT_EQ(loop.run(), "");
    if (i == 100) after_some = heap_in_use();
  }
  EXPECT_EQ(heap_in_use(), after_some);
}

ps::task<> expect_timeout(pm::event_loop& loop, ps::stream_reader& in, ps::duration after) {
  const ps::time_point before = loop.now();
  try {
    static_cast<void>(co_await in.read());
    ADD_FAILURE() << "no deadline passed";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), ps::errc::timed_out);
  }
  EXPECT_EQ((loop.now() - before).count(), after.count());
}

// Each stream has its own, however many others there are, and whoever of them has gone.
TEST(KeptDeadlines, AreEachStreamsOwn) {
  constexpr int many = 30;
  for (const int tested : {0, 7, 8, 29}) {
    pm::event_loop loop;
    std::optional<pm::duplex_pair> pairs[many];
    for (int i = 0; i != many; ++i) pairs[i].emplace(pair_of(loop, i));
    for (int i = 0; i != many; ++i)
      if (i != tested) pairs[i].reset();
    loop.run_until(expect_timeout(loop, pairs[tested]->first.in, ps::duration::nanoseconds(tested + 1)));
  }
}

TEST(KeptDeadlines, OutliveTheirLoopWithTheirStream) {
  const std::size_t before = heap_in_use();
  {
    std::optional<pm::duplex_pair> kept;
    {
      pm::event_loop loop;
      kept.emplace(pair_of(loop, 1));
      const pm::duplex_pair gone = pair_of(loop, 2);
    }
    kept->first.out.close();
  }
  EXPECT_EQ(heap_in_use(), before);
}

}  // namespace
