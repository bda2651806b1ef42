// SPDX-License-Identifier: BSL-1.0
// The memory transport as a ground: virtual time, and one fault plan for both directions. The shortest
// ground that there is.
#pragma once

#include <cstddef>

#include <penstock/contract.hpp>
#include <penstock/memory/event_loop.hpp>
#include <penstock/memory/fault_plan.hpp>
#include <penstock/testing/ground.hpp>

namespace penstock { inline namespace v0 { namespace testing {

class PENSTOCK_API memory_ground final : public ground {
 public:
  using ground::connect;
  explicit memory_ground(const memory::fault_plan& plan = {}, std::size_t many = 1'000'000)
      : plan_(plan), many_(many) {}

  scheduler& loop() override { return loop_; }
  // Fails where somebody still waits when nothing can happen any more.
  void run(task<> work) override;
  task<connected> connect(stream_options first, stream_options second) override;
  std::size_t under_way() const noexcept override { return plan_.capacity; }
  std::size_t many() const noexcept override { return many_; }

 private:
  memory::fault_plan plan_;  // its seed goes on with each connection
  std::size_t many_;
  memory::event_loop loop_;
};

}}}  // namespace penstock::v0::testing
