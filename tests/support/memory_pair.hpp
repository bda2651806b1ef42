// SPDX-License-Identifier: BSL-1.0
// Two connected ends in a virtual loop, for tests of what waits on one of them.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

namespace penstock_test {

inline penstock::task<> pass(penstock::duration time) { co_await penstock::sleep(time); }

inline penstock::task<> read_all(penstock::stream_reader& in) {
  std::string some(1, ' ');
  while (!some.empty()) some = co_await in.read(64 * 1024);
}

class on_a_pair : public ::testing::Test {
 protected:
  penstock::memory::event_loop loop_;
  penstock::memory::duplex_pair pair_ = penstock::memory::duplex(loop_);
  penstock::stream_reader& in_ = pair_.first.in;
  penstock::stream_writer& out_ = pair_.first.out;
  penstock::stream_reader& peer_in_ = pair_.second.in;
  penstock::stream_writer& peer_out_ = pair_.second.out;

  void peer_sends(std::string_view bytes) { EXPECT_FALSE(peer_out_.write(bytes)); }
  // Passes the high mark.
  void fill() { EXPECT_FALSE(out_.write(std::string(256 * 1024, 'x'))); }
};

}  // namespace penstock_test
