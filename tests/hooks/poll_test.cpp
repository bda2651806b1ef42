// SPDX-License-Identifier: BSL-1.0
// Proves that drivers in a poll(2) loop pass the kit's checks and what each hook must do, and that our loop
// is one descriptor in one.
#include <penstock/hooks/poll.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "hook_tests.hpp"
#include "whole_loop_tests.hpp"

namespace penstock_test { namespace {

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

class plain_poll {
 public:
  void watch(int fd, std::function<void()> readable) {
    fds_.push_back({fd, POLLIN, 0});
    watched_.push_back(std::move(readable));
  }
  void run_once() {
    checked(::poll(fds_.data(), fds_.size(), -1));
    for (std::size_t i = 0; i != fds_.size(); ++i)
      if (fds_[i].revents != 0) watched_[i]();
  }

 private:
  std::vector<pollfd> fds_;
  std::vector<std::function<void()>> watched_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Poll, WholeLoop, plain_poll);

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

// One application's exception is no matter of those behind it.
TEST(PollSet, KeepsThoseBehindOneWhoThrows) {
  struct application {
    int* left;  // calls before it throws
    std::string* seen;
    bool operator()(penstock::connection& c) const {
      if (--*left == 0) throw std::runtime_error("no");
      const std::size_t n = c.in().buffered().size();
      *seen += c.in().consume(n);
      return n != 0;
    }
  };
  descriptors pairs[] = {unix_pair(), unix_pair(), unix_pair()};
  std::vector<char> memory(64 * 1024);
  std::string seen[3];
  int left[] = {1, 0, 0};
  penstock::hooks::poll_set set;
  std::vector<std::unique_ptr<penstock::hooks::poll_connection<application>>> attached;
  for (int i = 0; i != 3; ++i) {
    attached.push_back(std::make_unique<penstock::hooks::poll_connection<application>>(
        set, pairs[i][0].release(), penstock::receive_arena{memory, 4096}, application{&left[i], &seen[i]}));
    ASSERT_EQ(::send(pairs[i][1].get(), "hello", 5, 0), 5);
  }
  EXPECT_THROW(set.run_once(1000), std::runtime_error);
  for (int i = 0; i != 3; ++i) set.run_once(0);
  for (const std::string& each : seen) EXPECT_EQ(each, "hello");
}

}}  // namespace penstock_test
