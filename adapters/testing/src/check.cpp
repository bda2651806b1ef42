// SPDX-License-Identifier: BSL-1.0
// The whole list, and how one check is run within its time.
#include <penstock/testing/check.hpp>

#include <exception>
#include <utility>
#include <vector>

#include <penstock/coro/limit_watch.hpp>
#include <penstock/coro/timeout.hpp>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

std::vector<check> all_checks() {
  std::vector<check> all;
  for (const std::span<const check> some :
       {reading_checks(), limit_checks(), ending_checks(), closing_checks(), loss_checks(), writing_checks(),
        pausing_checks(), giving_up_checks(), deadline_checks(), traffic_checks(), conversation_checks()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

// Who waits for what shortly before time runs out.
struct report {
  scheduler& loop;
  std::string waits = {};
  bool due = false;

  static void write(void* to, errc) {
    report& self = *static_cast<report*>(to);
    self.waits = self.loop.explain();
    self.due = true;
  }
};

task<> within_patience(const check& c, ground& g, report& seen) {
  const wait_limit early(g.patience());
  const limit_watch watch(g.loop(), early, &report::write, &seen);
  co_await with_timeout(c.run(g), wait_limit(g.patience() + duration::nanoseconds(1'000'000)));
}

}  // namespace

std::span<const check> transport_checks() noexcept {
  static const std::vector<check> all = all_checks();
  return all;
}

bool possible(const check& c, const ground& g) noexcept {
  const abilities can = g.can();
  return (can.reset || !c.needs.reset) && (can.half_close || !c.needs.half_close);
}

std::string check_result::text() const {
  if (outcome != verdict::broken) return {};
  std::string all = std::string(name) + " (" + std::string(rules) + ") " + where + (where.empty() ? "" : ": ");
  all += expected + (seen.empty() ? "" : ", but saw " + seen);
  if (!waiting.empty()) all += "\nwaiting at the end of patience:\n" + waiting;
  return all;
}

check_result perform(const check& c, ground& g) {
  check_result result{.name = c.name, .rules = c.rules};
  if (!possible(c, g)) {
    result.outcome = verdict::impossible;
    return result;
  }
  report seen{g.loop()};
  try {
    g.run(within_patience(c, g, seen));
    return result;
  } catch (const failure& e) {
    result.where = e.where();
    result.expected = e.expected();
    result.seen = e.seen();
  } catch (const std::exception& e) {
    result.expected = seen.due ? "it ends within the ground's patience" : "nothing is thrown";
    result.seen = e.what();
  }
  result.outcome = verdict::broken;
  result.waiting = std::move(seen.waits);
  return result;
}

}}}  // namespace penstock::v0::testing
