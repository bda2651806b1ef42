// SPDX-License-Identifier: BSL-1.0
// explain(stream) names who waits, since when, which layer makes it wait and for what: on memory and epoll.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <tests/support/user_filters.hpp>

#include "serving/nets.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;

template <class Net>
class Explain : public testing::Test {
 protected:
  const flip_filter flips_{};
  typename Net::loop_type loop_;
};
TYPED_TEST_SUITE(Explain, nets, net_names);

ps::task<> read_once(ps::stream_reader& in) { static_cast<void>(co_await in.readline()); }
ps::task<> drain_once(ps::stream_writer& out) { co_await out.drain(); }
ps::task<> wait_closed_once(ps::stream_writer& out) { co_await out.wait_closed(); }

TYPED_TEST(Explain, NamesTheLayerThatWaits) {
  const auto story = [](auto& self) -> ps::task<> {
    const auto expect_said = [&](const ps::stream& s, std::string_view reason) {
      const std::string line = explain(s);
      EXPECT_NE(line.find(reason), line.npos) << line;
    };
    auto silent =
        co_await TypeParam::serve([](ps::stream_reader, ps::stream_writer) -> ps::task<> { co_await ps::sleep(1h); },
                                  {.host = TypeParam::host, .port = 0, .limit = 10});
    const int port = static_cast<int>(silent.port());
    {
      auto [in, out] = co_await TypeParam::connect({.host = TypeParam::host, .port = port});
      ps::task<> reading = read_once(in);
      static_cast<void>(reading.start());
      expect_said(in.underlying(), "waits: readline for 0.000 s; reading waits for bytes of the peer;");
      out.transport().pause_reading();
      expect_said(in.underlying(), "reading waits for the application to resume reading;");
      ps::task<> closing = wait_closed_once(out);
      static_cast<void>(closing.start());
      expect_said(in.underlying(),
                  "wait_closed for 0.000 s; reading waits for the application to resume reading; "
                  "writing waits for somebody to close;");
    }
    auto [in, out] = co_await TypeParam::connect({.host = TypeParam::host, .port = port, .ssl = &self.flips_});
    out.write(std::string(10'000'000, 'x'));
    ps::task<> draining = drain_once(out);
    static_cast<void>(draining.start());
    expect_said(in.underlying(), "writing waits for the peer to take ");
    expect_said(in.underlying(), " bytes through the filter;");
    ps::task<> reading = read_once(in);
    static_cast<void>(reading.start());
    expect_said(in.underlying(), "reading waits for bytes of the peer through the filter;");
    out.abort();
  };
  this->loop_.run_until(story(*this));
}

}  // namespace
