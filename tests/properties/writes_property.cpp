// SPDX-License-Identifier: BSL-1.0
// Proves that it does not matter how bytes are written: in one call or in several, as text, as lines
// or moved in. Each property writes the same bytes in two ways and compares all that can be seen.
#include <penstock/write_half.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/property.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// What the sink sees if each send takes as many bytes as the numbers say, and the turn ends after
// each; all of it in the end.
std::string sent(ps::write_half& out, const std::vector<unsigned>& sizes) {
  std::string sink;
  for (std::size_t i = 0; out.pending() != 0; ++i) {
    std::array<std::string_view, 3> segments;
    const std::size_t count = out.gather(segments);
    std::string gathered;
    for (const std::string_view each : std::span(segments).first(count)) gathered += each;
    const std::size_t n = i < sizes.size() ? std::min<std::size_t>(sizes[i], gathered.size()) : gathered.size();
    sink.append(gathered, 0, n);
    out.consume(n);
    out.settle();
    out.validate();
  }
  return sink;
}

// Small and large ones: some are worth keeping as they are, some are copied.
rc::Gen<std::string> written() {
  return rc::gen::map(rc::gen::pair(text(), rc::gen::element(1u, 1u, 100u)), [](const auto& made) {
    std::string all;
    for (unsigned i = 0; i != made.second; ++i) all += made.first;
    return all;
  });
}

ps::write_options marks() { return {.high = 10, .low = 3}; }

}  // namespace

// I-3, I-12, R71, R72: write(x) and write(y), writelines({x, y}) and write(x + y) are one and the same.
TEST(WritesProperty, OneCallOrTwo) {
  holds([] {
    const std::string x = *written().as("x");
    const std::string y = *written().as("y");
    const auto sizes = *sizes_of_pieces().as("sent");
    ps::write_half one(marks());
    ps::write_half two(marks());
    ps::write_half lines(marks());
    const std::array<std::string_view, 2> parts{x, y};
    RC_ASSERT(!one.write(x + y));
    RC_ASSERT(!two.write(x));
    RC_ASSERT(!two.write(y));
    RC_ASSERT(!lines.writelines(parts));
    for (const ps::write_half* each : {&two, &lines}) {
      RC_ASSERT(each->pending() == one.pending());
      RC_ASSERT(each->full() == one.full());
    }
    const std::string expected = sent(one, sizes);
    RC_ASSERT(expected == x + y);
    RC_ASSERT(sent(two, sizes) == expected);
    RC_ASSERT(sent(lines, sizes) == expected);
  });
}

// R73: lines with empty ones among them are the lines without.
TEST(WritesProperty, EmptyPartsAreNotThere) {
  holds([] {
    const auto parts = *rc::gen::container<std::vector<std::string>>(text()).as("parts");
    std::vector<std::string> full_ones = parts;
    std::erase(full_ones, std::string());
    ps::write_half with(marks());
    ps::write_half without(marks());
    RC_ASSERT(!with.writelines(views(parts)));
    RC_ASSERT(!without.writelines(views(full_ones)));
    RC_ASSERT(with.pending() == without.pending());
    RC_ASSERT(with.full() == without.full());
    const auto sizes = *sizes_of_pieces().as("sent");
    RC_ASSERT(sent(with, sizes) == sent(without, sizes));
    RC_ASSERT((with.next() == ps::write_step::idle));
  });
}

// I-3: moved in or copied, in any mixture, the same bytes leave.
TEST(WritesProperty, MovedInOrCopied) {
  holds([] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(written()).as("pieces");
    const auto sizes = *sizes_of_pieces().as("sent");
    ps::write_half copied(marks());
    ps::write_half mixed(marks());
    for (const std::string& piece : pieces) {
      RC_ASSERT(!copied.write(piece));
      if (*rc::gen::arbitrary<bool>())
        RC_ASSERT(!mixed.write(ps::owned_bytes(std::string(piece))));
      else
        RC_ASSERT(!mixed.write(piece));
      RC_ASSERT(mixed.pending() == copied.pending());
      RC_ASSERT(mixed.full() == copied.full());
    }
    RC_ASSERT(sent(mixed, sizes) == sent(copied, sizes));
  });
}

// I-12: under the cap lines are taken whole or not at all, exactly where the joined bytes are.
TEST(WritesProperty, LinesAreRefusedWhole) {
  holds([] {
    ps::write_options options = marks();
    options.max_pending = *rc::gen::inRange<std::size_t>(0, 20).as("max_pending");
    ps::write_half joined(options);
    ps::write_half lines(options);
    std::string accepted;
    for (const auto& parts : *rc::gen::container<std::vector<std::vector<std::string>>>(
             rc::gen::resize(5, rc::gen::container<std::vector<std::string>>(text())))) {
      std::string all;
      for (const std::string& part : parts) all += part;
      const std::size_t before = lines.pending();
      const std::error_code ec = lines.writelines(views(parts));
      RC_ASSERT(ec == joined.write(all));
      RC_ASSERT(!ec == (all.empty() || before == 0 || before + all.size() <= options.max_pending));
      RC_ASSERT(lines.pending() == (ec ? before : before + all.size()));
      if (!ec) accepted += all;
    }
    RC_ASSERT(sent(lines, {}) == accepted);
    RC_ASSERT(sent(joined, {}) == accepted);
  });
}
