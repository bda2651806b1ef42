// SPDX-License-Identifier: BSL-1.0
// A send_queue and a flat string, side by side: does steps to both and compares them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <penstock/send_queue.hpp>

#include "counting_blocks.hpp"
#include "gathered.hpp"
#include "loans.hpp"
#include "script.hpp"
#include "transcript.hpp"

namespace penstock::fuzz {

// The queue as it is below a write_half: no marks, no cap, no end.
class send_lane {
 public:
  send_lane(counting_blocks& blocks, transcript& out, std::string name);

  // False if the step says nothing about a send_queue. The parts are those of the step, scaled, or
  // bytes from elsewhere.
  bool run(const step& one, std::span<const std::string_view> parts, owned_form form);
  void compare_state() const;
  // The end of its life, with whatever is queued.
  void finish();

  std::size_t appended() const noexcept { return appended_; }
  std::size_t capacity() const noexcept { return queue_->capacity(); }
  std::string describe() const;

 private:
  std::string_view pending() const noexcept { return std::string_view(model_).substr(left_); }
  void append(std::span<const std::string_view> parts);
  void append_owned(std::string_view bytes, owned_form form);
  void gather(std::size_t segments);
  void consume(std::size_t n);
  void clear();
  void settle();

  counting_blocks& blocks_;
  transcript& out_;
  std::string name_;
  loans loans_;                      // outlives the bytes
  std::optional<send_queue> queue_;  // until finish()
  std::string model_;                // all that was appended
  std::size_t left_ = 0;             // of it
  std::size_t appended_ = 0;
  gathered gathered_;  // until the next consume, clear or settle
};

}  // namespace penstock::fuzz
