// SPDX-License-Identifier: BSL-1.0
// What a server tells of itself, written down.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include <penstock/coro.hpp>

namespace penstock_test {

namespace ps = penstock;

// Writes down what a server tells.
class record final : public ps::server_observer {
 public:
  void accepted(const ps::stream&) noexcept override { ++accepted_ones; }
  void closed(const ps::stream&, const ps::counters& its) noexcept override { closed_ones.push_back(its); }
  void failed(const ps::server_failure& failure) noexcept override {
    try {
      std::rethrow_exception(failure.error);
    } catch (const std::exception& e) {
      failures.push_back(std::string(failure.what) + ": " + e.what());
    }
    peers.push_back(failure.peer);
  }

  int accepted_ones = 0;
  std::vector<ps::counters> closed_ones;
  std::vector<std::string> failures;
  std::vector<std::string> peers;
};

}  // namespace penstock_test
