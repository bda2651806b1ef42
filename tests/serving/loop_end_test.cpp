// SPDX-License-Identifier: BSL-1.0
// A server's handle that outlives its loop: closed, and of no further use.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "serving/nets.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

template <class Net>
ps::task<typename Net::server> serve(record& seen, bool start) {
  co_return co_await Net::serve(handlers::echo_lines,
                                {.host = Net::host, .port = 0, .start_serving = start, .observer = &seen});
}

template <class Net>
ps::task<> talk(typename Net::server& to, std::optional<ps::open_streams>& kept) {
  kept.emplace(co_await Net::connect({.host = Net::host, .port = static_cast<int>(to.port())}));
  kept->out.write("a\n");
  EXPECT_EQ(co_await kept->in.readline(), "a\n");
}

template <class Net>
struct LoopEnd : testing::Test {};
TYPED_TEST_SUITE(LoopEnd, nets, net_names);

// R113, I-26: the loop's end closes it, and every call on it is as on a closed one.
TYPED_TEST(LoopEnd, LeavesAServersHandleClosed) {
  record seen;
  std::optional<typename TypeParam::server> kept;
  std::optional<ps::open_streams> streams;
  {
    typename TypeParam::loop_type loop;
    kept.emplace(loop.run_until(serve<TypeParam>(seen, true)));
    loop.run_until(talk<TypeParam>(*kept, streams));
    EXPECT_EQ(kept->connections(), 1u);
  }
  EXPECT_EQ(kept->phase(), ps::server_phase::closed);
  EXPECT_EQ(kept->port(), 0);
  EXPECT_EQ(kept->connections(), 0u);
  EXPECT_EQ(kept->counters().accepted, 1u);
  EXPECT_EQ(seen.closed_ones.size(), 1u);
  EXPECT_THROW(kept->start_serving(), std::logic_error);
  kept->pause_accepting();
  kept->resume_accepting();
  kept->close_clients();
  kept->abort_clients();
  EXPECT_TRUE(kept->wait_closed().start());
  EXPECT_TRUE(kept->shutdown(1s).start());
  kept->close();
  kept.reset();
}

TYPED_TEST(LoopEnd, LeavesAHandleThatOnlyBoundClosed) {
  record seen;
  std::optional<typename TypeParam::server> kept;
  {
    typename TypeParam::loop_type loop;
    kept.emplace(loop.run_until(serve<TypeParam>(seen, false)));
    EXPECT_EQ(kept->phase(), ps::server_phase::bound);
  }
  EXPECT_EQ(kept->phase(), ps::server_phase::closed);
  kept.reset();
}

// Nobody goes on, and what waits may be destroyed at any time later.
TYPED_TEST(LoopEnd, LeavesATaskThatWaitsForTheServer) {
  record seen;
  std::optional<typename TypeParam::server> kept;
  ps::task<> closed;
  ps::task<> ended;
  {
    typename TypeParam::loop_type loop;
    kept.emplace(loop.run_until(serve<TypeParam>(seen, true)));
    closed = kept->wait_closed();
    const auto begin = [&]() -> ps::task<> {
      closed.start();
      ended = kept->shutdown(1h);
      co_return;
    };
    loop.run_until(begin());
  }
  EXPECT_FALSE(closed.done());
  closed = {};
  kept.reset();
  EXPECT_TRUE(ended.start());
}

}  // namespace
