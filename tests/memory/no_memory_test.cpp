// SPDX-License-Identifier: BSL-1.0
// Proves that two ends get along without memory: what cannot be sent takes its connection, nothing leaves a turn as
// an exception or ends the process, and nothing is leaked (I-24, I-30).
#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/refusing_heap.hpp"

namespace {

using namespace penstock_test;
namespace ps = penstock;
namespace pm = penstock::memory;

constexpr const char* sent = "some bytes that are longer than a string keeps in itself";

struct ending {
  const char* name;
  void (*end)(pm::duplex_end&);
};
const ending endings[] = {
    {"stays open", [](pm::duplex_end&) {}},
    {"half-closes", [](pm::duplex_end& of) { of.out.write_eof(); }},
    {"closes", [](pm::duplex_end& of) { of.out.close(); }},
    {"aborts", [](pm::duplex_end& of) { of.out.abort(); }},
};

// What the peer has of what was sent, in one conversation where memory is refused; nothing if it was not.
std::optional<std::string> send_refused(const ending& how, std::size_t n, refusal::of which) {
  pm::event_loop loop;
  pm::duplex_pair pair = pm::duplex(loop);
  pair.first.out.write(sent);
  how.end(pair.first);
  bool refused = false;
  {
    const refusal no(n, which);
    while (loop.step()) {
    }
    refused = no.happened();
  }
  pair.first.out.abort();
  EXPECT_EQ(loop.run(), "");
  if (!refused) return std::nullopt;
  return std::string(pair.second.in.underlying().inner().in().buffered());
}

TEST(NoMemory, TakesTheConnectionThatWouldSend) {
  for (const ending& how : endings) {
    for (const refusal::of which : {refusal::of::one, refusal::of::all_from_there}) {
      SCOPED_TRACE(how.name);
      std::size_t n = 0;
      for (bool refused = true; refused && !HasFailure(); ++n) {
        SCOPED_TRACE(n);
        const std::size_t before = heap_in_use();
        std::optional<std::string> came = send_refused(how, n, which);
        refused = came.has_value();
        if (refused) {
          EXPECT_TRUE(std::string(sent).starts_with(*came));
        }
        came.reset();
        EXPECT_EQ(heap_in_use(), before);
      }
      if (std::string(how.name) != "aborts") {
        EXPECT_GE(n, 3u);
      }
    }
  }
}

TEST(NoMemory, LeavesNothingOfALoopThatCouldNotBeMade) {
  bool made = false;
  for (std::size_t n = 0; !made && !HasFailure(); ++n) {
    const std::size_t before = heap_in_use();
    try {
      const refusal no(n);
      const pm::event_loop loop;
      made = true;
    } catch (const std::bad_alloc&) {
    }
    EXPECT_EQ(heap_in_use(), before) << "allocation " << n;
  }
}

TEST(NoMemory, LeavesNothingOfAPairThatCouldNotBeMade) {
  pm::event_loop loop;
  const std::size_t before = heap_in_use();
  std::size_t n = 0;
  for (bool refused = true; refused; ++n) {
    {
      const refusal no(n);
      try {
        const pm::duplex_pair pair = pm::duplex(loop);
      } catch (const std::bad_alloc&) {
      }
      refused = no.happened();
    }
    EXPECT_EQ(loop.run(), "");
  }
  EXPECT_GE(n, 5u);
  EXPECT_LE(heap_in_use(), before + 4096);  // what the loop keeps
}

}  // namespace
