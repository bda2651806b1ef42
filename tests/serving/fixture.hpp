// SPDX-License-Identifier: BSL-1.0
// A net's loop and what is seen there, for typed tests of a server.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "serving/nets.hpp"

namespace penstock_test {

template <class Net>
class serving : public testing::Test {
 protected:
  void run(ps::task<> work) { loop_.run_until(std::move(work)); }
  static auto connect(const typename Net::server& to) {
    return Net::connect({.host = Net::host, .port = static_cast<int>(to.port())});
  }
  static ps::task<std::string> say(const typename Net::server& to, std::string line) {
    auto [in, out] = co_await connect(to);
    out.write(line);
    co_return co_await in.read();
  }

  record seen_;  // outlives the connections
  typename Net::loop_type loop_;
};

}  // namespace penstock_test
