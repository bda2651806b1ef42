// SPDX-License-Identifier: BSL-1.0
// Proves I-30 for the receiving half: scripts run with the k-th allocation refused, once and from
// there on, for every k. A call either works, or leaves all as it was, or ends the stream with
// no_memory; no accepted byte is lost but lent ones, no block leaks, and the next run works.
#include <penstock/read_half.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/counting_blocks.hpp"
#include "support/sweep.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// A read half beside the bytes that it must hold.
struct checked_reading {
  ps::read_half in;
  std::string unread;
  arena memory;

  explicit checked_reading(counting_blocks& blocks) : in({.limit = 200'000}, blocks) {}

  // Nothing comes in any more, and what came is there.
  bool broken() {
    EXPECT_TRUE(in.buffered() == unread) << in.buffered().size() << " bytes for " << unread.size();
    in.validate();
    if (!in.error()) return false;
    EXPECT_EQ(in.error(), ps::errc::no_memory);
    EXPECT_EQ(in.input_room(), 0U);
    return true;
  }
  void feed(std::string_view bytes) {
    if (in.error()) return;
    in.feed(bytes);
    if (!in.error()) unread += bytes;
    broken();
  }
  void receive(std::string_view bytes) {
    if (in.error()) return;
    // A transport that gets no memory leaves the bytes where they are, and tries again.
    for (int attempt = 0; attempt < 2; ++attempt) {
      const std::span<char> to = in.prepare(bytes.size());
      EXPECT_FALSE(broken()) << "prepare is no reason to end the stream";
      if (to.empty()) continue;
      std::copy(bytes.begin(), bytes.end(), to.begin());
      in.commit(bytes.size());
      unread += bytes;
      break;
    }
    broken();
  }
  void lend(std::string_view bytes) {
    in.await_input(ps::readexactly(100'000));
    if (in.error()) return;
    memory.lend(in, bytes);
    if (!in.error()) unread += bytes;
    broken();
  }
  void settle() {
    const bool had_failed = static_cast<bool>(in.error());
    memory.settle(in);
    if (in.error() && !had_failed) {
      // What could not be moved out of the lender's memory is gone, and the stream says so.
      EXPECT_TRUE(unread.ends_with(in.buffered()) || in.buffered().empty());
      unread = std::string(in.buffered());
    }
    broken();
  }
  void put_back(std::string_view bytes) {
    const bool had_failed = static_cast<bool>(in.error());
    in.unread(bytes);
    // After an earlier failure only the bytes tell whether this one worked.
    if (had_failed ? in.buffered().size() != unread.size() : !in.error()) unread.insert(0, bytes);
    broken();
  }
  template <class Op>
  answer take(Op& op) {
    const answer a = ask(in, op);
    if (a.status == ps::read_status::data) {
      EXPECT_TRUE(unread.starts_with(a.text)) << a.text.size() << " other bytes";
      unread.erase(0, a.text.size());
    } else if (a.status == ps::read_status::failed) {
      EXPECT_EQ(a.error, ps::errc::no_memory);
      EXPECT_EQ(a.error, in.error());
    }
    broken();
    return a;
  }
  // What is left can still be had, then the error comes, for ever.
  bool drain() {
    while (!unread.empty() && !::testing::Test::HasFailure()) {
      ps::read_some some(1000);
      EXPECT_EQ(take(some).status, ps::read_status::data);
    }
    ps::read_some some(1);
    const answer last = take(some);
    EXPECT_EQ(last, in.error() ? failed(ps::errc::no_memory) : need_more());
    return !in.error();
  }
};

// Scripts answer whether they ran as if nothing had been refused.

bool fed(counting_blocks& blocks) {
  checked_reading r(blocks);
  ps::readline line;
  for (const std::size_t size : {10U, 200U, 300U, 5000U, 20'000U}) {
    r.feed("line\n" + std::string(size, 'x') + "y\n");
    r.take(line);
    ps::readexactly some(size);
    r.take(some);
    r.settle();
  }
  r.put_back(std::string(10'000, 'z'));
  r.put_back("tail");
  r.feed(std::string(30'000, 'w'));
  ps::readexactly most(45'000);
  r.take(most);
  r.settle();
  return r.drain();
}

bool received(counting_blocks& blocks) {
  checked_reading r(blocks);
  ps::readuntil record("\r\n");
  for (const std::size_t size : {1U, 255U, 256U, 1000U, 40'000U}) {
    r.receive(std::string(size, 'x'));
    r.receive("\r\na\r\nrest");
    r.take(record);
    r.settle();
    ps::read_some some(size / 2);
    r.take(some);
    r.settle();
  }
  return r.drain();
}

bool lent(counting_blocks& blocks) {
  checked_reading r(blocks);
  ps::readline line;
  for (const std::size_t size : {20U, 500U, 3000U, 9000U, 100U}) {
    r.lend("line\nline\nline\n" + std::string(size, 'x'));
    r.take(line);
    r.settle();
    if (r.in.error()) break;  // what an operation knew of lost bytes has a test of its own
    r.take(line);
    r.take(line);
    r.lend(std::string(size / 2, 'y') + "\n");
    r.feed("behind\n");
    r.take(line);
    r.put_back("front\n");
    r.settle();
    r.take(line);
  }
  return r.drain();
}

}  // namespace

// I-01, I-30: bytes that are fed, taken, put back
TEST(AllocationSweep, OfFeeding) { EXPECT_GE(sweep("fed", fed), 5U); }

// I-01, I-30: bytes that are received in place
TEST(AllocationSweep, OfReceiving) { EXPECT_GE(sweep("received", received), 5U); }

// I-01, I-25, I-30: bytes that are lent and moved, and an operation that has looked ahead in them
TEST(AllocationSweep, OfLending) { EXPECT_GE(sweep("lent", lent), 5U); }

// I-25, I-30: what an operation knew about lent bytes that are lost ends with them
TEST(AllocationSweep, LeavesNoMemoryOfLostBytes) {
  // In a process of its own: a stale place behind the last byte would be a broken contract.
  const auto run = [](auto op, std::string_view ending) {
    counting_blocks blocks;
    ps::read_half in({}, blocks);
    arena memory;
    std::string records;
    for (const std::string_view record : {"one", "two", "three", "four"}) (records += record) += ending;
    memory.lend(in, records);
    for (const std::string_view record : {"one", "two"})
      if (ask(in, op) != delivered(std::string(record) += ending)) std::_Exit(1);
    blocks.fail_from(0);
    memory.settle(in);
    blocks.fail_no_more();
    if (in.error() != ps::errc::no_memory || !in.buffered().empty()) std::_Exit(2);
    if (ask(in, op) != failed(ps::errc::no_memory)) std::_Exit(3);
    in.unread("x" + std::string(ending) + "yyyyyyyyyyyyyyyyyyyy");
    if (ask(in, op) != delivered("x" + std::string(ending))) std::_Exit(4);
    if (ask(in, op) != failed(ps::errc::no_memory)) std::_Exit(5);
    std::_Exit(0);
  };
  EXPECT_EXIT(run(ps::readline(), "\n"), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(run(ps::readuntil("\r\n"), "\r\n"), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(run(ps::readuntil({"\n", "\r\n"}), "\n"), ::testing::ExitedWithCode(0), "");
}
