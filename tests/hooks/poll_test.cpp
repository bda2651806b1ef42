// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a poll(2) loop pass the kit's checks and what each hook must do.
#include <penstock/hooks/poll.hpp>

#include "hook_tests.hpp"

namespace penstock_tests { namespace {

class poll_outer {
 public:
  template <class D>
  using hook = penstock::hooks::poll_hook<D>;
  penstock::hooks::poll_set& native() noexcept { return set_; }
  void run_once() { set_.run_once(); }

 private:
  penstock::hooks::poll_set set_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Poll, Hook, poll_outer);

// A user's own descriptors stand in front of the set's.
TEST(PollSet, SharesAnArrayWithOthers) {
  descriptors own = unix_pair();
  descriptors both = unix_pair();
  std::vector<char> memory(64 * 1024);
  std::string seen;
  penstock::hooks::poll_set set;
  const auto application = [&seen](penstock::connection& c) {
    seen += c.in().consume(c.in().buffered().size());
    return false;
  };
  penstock::hooks::poll_connection<decltype(application)> attached(set, both[0].release(),
                                                                   penstock::receive_arena{memory, 4096}, application);
  std::vector<pollfd> fds = {{own[0].get(), POLLIN, 0}};
  EXPECT_EQ(set.prepare(fds, 1000), 1000);
  ASSERT_EQ(fds.size(), 2u);
  ASSERT_EQ(::send(both[1].get(), "hello", 5, 0), 5);
  EXPECT_EQ(::poll(fds.data(), fds.size(), 1000), 1);
  set.dispatch(std::span(fds).subspan(1));
  EXPECT_EQ(seen, "hello");
}

}}  // namespace penstock_tests
