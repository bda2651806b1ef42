// SPDX-License-Identifier: BSL-1.0
// Running a scenario again and again, and telling runs apart.
#include <penstock/testing/explorer.hpp>

#include <exception>

#include "trial.hpp"

namespace penstock { inline namespace v0 { namespace testing {

std::string_view name(giving_up how) noexcept {
  switch (how) {
    case giving_up::by_stop: return "by_stop";
    case giving_up::by_time: return "by_time";
    case giving_up::by_destruction: return "by_destruction";
  }
  PENSTOCK_UNREACHABLE();
}

std::size_t persistence::join() {
  seen_.emplace_back();
  return seen_.size() - 1;
}

std::optional<strike> persistence::next() noexcept {
  if (random_) {
    if (random_->next() % 2 == 0) return std::nullopt;
    return strike{static_cast<giving_up>(random_->between(0, 2)), static_cast<unsigned>(random_->between(0, 5))};
  }
  if (waits_ + 1 != at_) return std::nullopt;
  return strike_;
}

task<std::error_code> party::level(write_level wanted) {
  return insist<std::error_code, write_awaitable, limited_write_awaitable>(wanted);
}

detail::stop_after_rounds::stop_after_rounds(scheduler& loop, unsigned rounds) noexcept
    : runnable([](runnable& r) {
        auto& self = static_cast<stop_after_rounds&>(r);
        if (--self.left_ != 0) return self.loop_.schedule(self);
        self.source_.request_stop();
      }),
      loop_(loop),
      left_(rounds) {}

void detail::stop_after_rounds::begin() noexcept {
  if (left_ != 0)
    loop_.schedule(*this);
  else
    source_.request_stop();
}

detail::rounds::rounds(scheduler& loop, unsigned count) noexcept
    : runnable([](runnable& r) {
        auto& self = static_cast<rounds&>(r);
        if (--self.left_ != 0) return self.loop_.schedule(self);
        self.awaiting_.resume();
      }),
      loop_(loop),
      left_(count) {}

void detail::rounds::await_suspend(std::coroutine_handle<> awaiting) noexcept {
  awaiting_ = awaiting;
  loop_.schedule(*this);
}

namespace {

std::string compare(const persistence& seen, const persistence& wanted) {
  for (std::size_t party = 0; party != wanted.seen().size(); ++party) {
    const transcript& a = seen.seen()[party];
    const transcript& b = wanted.seen()[party];
    if (a == b) continue;
    const bool reads = a.read != b.read;
    const std::string who = "party " + std::to_string(party);
    return reads ? where_they_part(who + " read", a.read, b.read)
                 : where_they_part(who + " wrote", a.written, b.written);
  }
  return {};
}

// What a run threw, or nothing.
std::string perform(const scenario& what, const std::function<std::unique_ptr<ground>()>& make, persistence& run) {
  const std::unique_ptr<ground> fresh = make();
  try {
    fresh->run(what.run(run, *fresh));
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

}  // namespace

findings explore(const scenario& what, const std::function<std::unique_ptr<ground>()>& make, const exploration& how) {
  findings found;
  persistence undisturbed;
  found.difference = perform(what, make, undisturbed);
  found.waits = undisturbed.waits();
  found.runs = 1;
  if (!found.difference.empty()) return found;
  // False once something is wrong.
  const auto same = [&](persistence& run, const auto& told) {
    std::string difference = perform(what, make, run);
    ++found.runs;
    found.points += run.strikes();
    found.given_up += run.given_up();
    if (difference.empty()) difference = compare(run, undisturbed);
    if (difference.empty()) return true;
    found.difference = std::string(what.name) + ", " + told() + ": " + difference;
    return false;
  };
  for (std::uint64_t at = 1; at <= undisturbed.waits(); ++at) {
    for (const giving_up way : {giving_up::by_stop, giving_up::by_time, giving_up::by_destruction}) {
      for (unsigned after = 0; after <= how.longest_after; ++after) {
        persistence run(at, strike{way, after});
        const auto told = [&] {
          return "wait " + std::to_string(at) + " given up " + std::string(name(way)) + " after " +
                 std::to_string(after);
        };
        if (!same(run, told)) return found;
      }
    }
  }
  for (std::uint64_t i = 0; i != how.random_runs; ++i) {
    persistence run(how.seed + i);
    const auto told = [&] { return "waits given up at random, seed " + std::to_string(how.seed + i); };
    if (!same(run, told)) return found;
  }
  return found;
}

}}}  // namespace penstock::v0::testing
