// SPDX-License-Identifier: BSL-1.0
// Two ends of a pipe each way.
#include <penstock/testing/memory_ground.hpp>

#include <string>
#include <utility>

#include <penstock/memory/duplex.hpp>
#include <penstock/testing/failure.hpp>

namespace penstock { inline namespace v0 { namespace testing {

void memory_ground::run(task<> work) {
  loop_.run_until(std::move(work));
  const std::string waiting = loop_.run();
  if (!waiting.empty()) fail("somebody still waits: " + waiting);
}

task<connected> memory_ground::connect(stream_options first, stream_options second) {
  plan_.seed += 2;
  memory::fault_plan back = plan_;
  ++back.seed;
  memory::duplex_pair pair =
      memory::duplex(loop_, {.first = first, .second = second, .to_second = plan_, .to_first = back});
  co_return connected{{std::move(pair.first.in), std::move(pair.first.out)},
                      {std::move(pair.second.in), std::move(pair.second.out)}};
}

}}}  // namespace penstock::v0::testing
