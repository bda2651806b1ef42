// SPDX-License-Identifier: BSL-1.0
// Streams that are upgraded, on each kind of ground.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <tests/tls/support/certificates.hpp>
#include <tests/tls/support/joined.hpp>

#include "serving/grounds.hpp"

namespace penstock_test {

using namespace std::chrono_literals;
using ps::testing::failing;

inline ps::task<> upgrade(ps::stream_writer& out, const ps::filter& by, ps::start_tls_options options) {
  co_await out.start_tls(by, options);
}
inline ps::task<> upgrade_within(ps::stream_writer& out, const ps::filter& by, ps::start_tls_options options,
                                 ps::wait_limit limit) {
  co_await out.start_tls(by, options, std::move(limit));
}
inline ps::task<> read_one(ps::stream_reader& in) { static_cast<void>(co_await in.readexactly(1, 5s)); }

inline constexpr ps::start_tls_options as_server = {.server_side = true};
inline constexpr ps::start_tls_options as_client = {.server_hostname = "localhost"};

// What a raw peer takes, and from then on has taken: one made of a stream takes nothing before it is asked.
inline ps::task<std::string> hear(ps::testing::raw_peer& peer, const ps::testing::ground& g) {
  std::string all = peer.receive();
  co_await ps::testing::calm(g);
  co_return all + peer.receive();
}

class on_grounds : public ::testing::TestWithParam<ground_kind> {
 protected:
  // The ground's own manner of running reports who still waits.
  void run(ps::task<> story) { ground_->run(std::move(story)); }
  // What is true of an upgrade that has failed with `why`.
  ps::task<> expect_ended(ps::testing::end& e, std::error_code why) {
    EXPECT_TRUE(e.out.is_closing());
    EXPECT_EQ(e.out.write("plaintext"), ps::errc::not_connected);
    EXPECT_EQ(e.in.peek(), "");
    EXPECT_EQ(co_await failing(read_one(e.in)), why);
    EXPECT_EQ(co_await failing(upgrade(e.out, at_client_, as_client)), ps::errc::not_connected);
  }

  const tls::context at_server_ = server_context();
  const tls::context at_client_ = client_context();
  const std::unique_ptr<ps::testing::ground> ground_ = make(GetParam());
};

}  // namespace penstock_test
