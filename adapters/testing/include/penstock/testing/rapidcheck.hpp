// SPDX-License-Identifier: BSL-1.0
// rapidcheck's generators of plans: they shrink to the shortest script that still fails, and show it.
//
//   rc::prop("any cutting", [] {
//     const auto message = *rc::gen::arbitrary<std::string>();
//     RC_ASSERT(problem_of(serve, *chunkings(message)) == "");
//   });
//
// Needs rapidcheck's headers (Debian: librapidcheck-dev), which nothing else of penstock does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include <penstock/testing/plan.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// A plan is shown as its script.
inline void showValue(const plan& p, std::ostream& to) { to << '\n' << p.text(); }  // NOLINT: rapidcheck's name

// The message in any number of pieces that arrive at once, one after the other.
inline rc::Gen<plan> chunkings(std::string message) {
  const std::size_t size = message.size();
  const auto places = rc::gen::container<std::vector<std::size_t>>(
      rc::gen::inRange<std::size_t>(1, std::max<std::size_t>(size, 1) + 1));
  return rc::gen::map(places, [text = std::move(message)](std::vector<std::size_t> cuts) {
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    std::erase(cuts, text.size());
    return plan::cut(text, cuts);
  });
}

// The same, and the handler stopped at any rounds and called again, perhaps over a narrow way back: all
// that must change nothing.
inline rc::Gen<plan> stops(std::string message) {
  const auto rounds = rc::gen::resize(
      8, rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 8 + 4 * message.size())));
  const auto way = rc::gen::weightedElement<std::size_t>({{3, plan::wide}, {1, 1}, {1, 3}});
  return rc::gen::apply(
      [](plan p, const std::vector<std::uint64_t>& at, std::size_t way_back) {
        for (const std::uint64_t round : at) p.stops.push_back({round, false});
        p.way_back = way_back;
        return p;
      },
      chunkings(std::move(message)), rounds, way);
}

// Peers that pause, end, reset, fall silent or break anywhere, and flood.
inline rc::Gen<plan> hostile_peers(std::string message) {
  using fault = std::uint64_t plan::*;
  const auto faults =
      rc::gen::resize(4, rc::gen::container<std::vector<std::pair<fault, std::uint64_t>>>(rc::gen::pair(
                             rc::gen::element<fault>(&plan::end_after, &plan::reset_after, &plan::stall_after,
                                                     &plan::receive_error_at, &plan::send_error_at),
                             rc::gen::inRange<std::uint64_t>(0, message.size() + 2))));
  const auto pauses = rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::element<std::int64_t>(0, 1'000'000, 1'000'000'000, 60'000'000'000));
  const auto floods = rc::gen::weightedElement<std::uint64_t>({{30, 0}, {1, 2 * 1024 * 1024}});
  return rc::gen::apply(
      [](plan p, const std::vector<std::pair<fault, std::uint64_t>>& breaks, const std::vector<std::int64_t>& waits,
         std::uint64_t flood) {
        for (const auto& [which, value] : breaks) p.*which = value;
        for (std::size_t i = 0; i != std::min(waits.size(), p.pieces.size()); ++i)
          p.pieces[i].before = duration::nanoseconds(waits[i]);
        p.flood = flood;
        return p;
      },
      stops(std::move(message)), faults, pauses, floods);
}

}}}  // namespace penstock::v0::testing

// Any message under any plan.
template <>
struct rc::Arbitrary<penstock::testing::plan> {
  static Gen<penstock::testing::plan> arbitrary() {
    return gen::mapcat(gen::string<std::string>(), &penstock::testing::hostile_peers);
  }
};
