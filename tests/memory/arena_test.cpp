// SPDX-License-Identifier: BSL-1.0
// Proves that under AddressSanitizer a view of the loop's arena dies with its turn (I-27): the next
// turn of any connection would overwrite what it shows.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "support/memory_pair.hpp"
#include "support/sanitized.hpp"

namespace ps = penstock;

namespace {

using Arena = penstock_test::on_a_pair;

ps::task<std::string_view> keep_a_view(ps::stream_reader& in) {
  const ps::read_outcome line = co_await in.view(ps::readline());
  EXPECT_EQ(line.text(), "seen\n");
  co_return line.text();
}

TEST_F(Arena, LendsUntilTheTurnIsOver_I27) {
  if (!penstock_test::under_asan()) GTEST_SKIP() << "only AddressSanitizer sees a dead view being read";
  peer_sends("seen\n");
  const std::string_view kept = loop_.run_until(keep_a_view(in_));
  loop_.run();
  EXPECT_NE(__asan_address_is_poisoned(kept.data()), 0);
}

}  // namespace
