// SPDX-License-Identifier: BSL-1.0
// Proves that full() alternates, whatever is written, sent and changed: random walks, of which every
// step is looked at.
#include <penstock/write_half.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include "properties/property.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// A step of a walk: so many bytes are written, or else sent.
using walk = std::vector<std::tuple<bool, std::size_t>>;

rc::Gen<walk> walks() {
  return rc::gen::container<walk>(rc::gen::tuple(rc::gen::arbitrary<bool>(), rc::gen::inRange<std::size_t>(0, 12)));
}

ps::write_options marks() {
  ps::write_options options;
  options.high = *rc::gen::inRange<std::size_t>(0, 20).as("high");
  options.low = *rc::gen::inRange<std::size_t>(0, options.high + 1).as("low");
  return options;
}

}  // namespace

// R74, I-13: it turns true in the call that passes the high mark and nowhere else, false in the one
// that comes to the low mark, and so on in turns; an empty write or send changes nothing.
TEST(MarksProperty, FullTurnsExactlyAtItsMarks) {
  holds([] {
    const ps::write_options options = marks();
    ps::write_half out(options);
    std::vector<bool> turns;
    for (const auto& [writes, n] : *walks().as("walk")) {
      const bool before = out.full();
      if (writes)
        RC_ASSERT(!out.write(std::string(n, 'x')));
      else
        out.consume(std::min(n, out.pending()));
      const bool passed_high = writes && n != 0 && out.pending() > options.high;
      const bool came_to_low = !writes && out.pending() <= options.low;
      RC_ASSERT(out.full() == (before ? !came_to_low : passed_high));
      if (out.full() != before) turns.push_back(out.full());
    }
    for (std::size_t i = 0; i != turns.size(); ++i) RC_ASSERT(turns[i] == (i % 2 == 0));
  });
}

// R75, I-13: when the marks change, both are looked at anew; between them it stays what it was.
TEST(MarksProperty, ChangedMarksAreLookedAtAtOnce) {
  holds([] {
    ps::write_half out(marks());
    const auto steps = *walks().as("walk");
    for (const auto& [writes, n] : steps) {
      if (writes)
        RC_ASSERT(!out.write(std::string(n, 'x')));
      else
        out.consume(std::min(n, out.pending()));
      const ps::write_options options = marks();
      const bool before = out.full();
      RC_ASSERT(!out.set_limits(options));
      if (out.pending() > options.high)
        RC_ASSERT(out.full());
      else if (out.pending() <= options.low)
        RC_ASSERT(!out.full());
      else
        RC_ASSERT(out.full() == before);
    }
  });
}

// R75: marks that make no sense change nothing.
TEST(MarksProperty, HighBelowLowIsRefused) {
  holds([] {
    const ps::write_options good = marks();
    ps::write_half out(good);
    RC_ASSERT(!out.write(*text()));
    const bool before = out.full();
    ps::write_options bad = marks();
    bad.low = bad.high + 1 + *rc::gen::inRange<std::size_t>(0, 5);
    RC_ASSERT(out.set_limits(bad) == ps::errc::bad_option);
    RC_ASSERT(out.full() == before);
    RC_ASSERT(out.limits().high == good.high);
    RC_ASSERT(out.limits().low == good.low);
  });
}
