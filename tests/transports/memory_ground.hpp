// SPDX-License-Identifier: BSL-1.0
// The memory transport as a ground: virtual time, and one fault plan for both directions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <penstock/memory.hpp>
#include <penstock/testing.hpp>

namespace penstock_tests {

class memory_ground final : public penstock::testing::ground {
 public:
  using ground::connect;
  explicit memory_ground(const penstock::memory::fault_plan& plan = {}, std::size_t many = 1'000'000)
      : plan_(plan), many_(many) {}

  penstock::scheduler& loop() override { return loop_; }
  void run(penstock::task<> work) override {
    loop_.run_until(std::move(work));
    const std::string waiting = loop_.run();
    if (!waiting.empty()) penstock::testing::fail("somebody still waits: " + waiting);
  }
  penstock::task<penstock::testing::connected> connect(penstock::stream_options first,
                                                       penstock::stream_options second) override {
    plan_.seed += 2;
    penstock::memory::fault_plan back = plan_;
    ++back.seed;
    auto pair =
        penstock::memory::duplex(loop_, {.first = first, .second = second, .to_second = plan_, .to_first = back});
    co_return penstock::testing::connected{{std::move(pair.first.in), std::move(pair.first.out)},
                                           {std::move(pair.second.in), std::move(pair.second.out)}};
  }
  std::size_t under_way() const noexcept override { return plan_.capacity; }
  std::size_t many() const noexcept override { return many_; }

 private:
  penstock::memory::fault_plan plan_;
  std::size_t many_;
  penstock::memory::event_loop loop_;
};

}  // namespace penstock_tests
