// SPDX-License-Identifier: BSL-1.0
// A receive_buffer and a flat string, side by side: does steps to both and compares them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <penstock/receive_buffer.hpp>

#include "counting_blocks.hpp"
#include "lender.hpp"
#include "script.hpp"
#include "transcript.hpp"
#include "work_ledger.hpp"

namespace penstock::fuzz {

// The buffer as it is below a read_half: no limit, no end, no pausing. Steps that would break a
// contract are left out or cut.
class receive_lane {
 public:
  receive_lane(counting_blocks& blocks, transcript& out, std::string name);

  // False if the step says nothing about a receive_buffer. `bytes` are those of the step, scaled. What
  // is received late arrives after the next step, if that one only takes bytes or puts some back.
  bool run(const step& one, std::string_view bytes, bool late);
  void compare_state() const;
  // The end of its life as a step.
  void finish();

  std::string_view view() const noexcept { return in_.view(); }
  std::size_t capacity() const noexcept { return in_.capacity(); }
  std::string describe() const;

 private:
  using handler = void (receive_lane::*)(const step&, std::string_view);

  static handler handler_of(opcode op) noexcept;

  void append(const step&, std::string_view);
  void lend(const step&, std::string_view);
  void receive(const step&, std::string_view);
  void settle(const step&, std::string_view);
  void peek(const step&, std::string_view);
  void consume(const step&, std::string_view);
  void unread(const step&, std::string_view);
  void unread_last(const step&, std::string_view);

  void put_back(std::string_view bytes);
  void arrive();
  // Whether the buffer was out of memory: then, and only then, it may say so.
  bool refused(bool answer, std::uint64_t failures_before) const;
  void remember_view(std::string_view view);
  void drop_view();
  // A line of the test that the transcript may want.
  void call(std::string_view function) const;
  void call(std::string_view function, std::string_view bytes) const;
  void call(std::string_view function, std::size_t n) const;

  counting_blocks& blocks_;
  transcript& out_;
  std::string name_;
  lender lender_;
  std::span<const char> lent_;  // what was lent last, its headroom included
  receive_buffer in_;
  std::string model_;
  std::string_view view_;  // what was handed out last, while it must be readable
  std::string view_copy_;
  std::span<char> prepared_;  // where to receive, while a receive is under way
  std::string arriving_;      // what it will bring
  bool late_ = false;
  bool put_back_ = false;  // during the receive
  work_ledger work_;
};

}  // namespace penstock::fuzz
