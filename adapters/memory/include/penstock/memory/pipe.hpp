// SPDX-License-Identifier: BSL-1.0
// One direction between two ends: bytes under way, in order, each fragment with the time of its arrival.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/memory/fault_plan.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace memory {

class PENSTOCK_API pipe {
 public:
  explicit pipe(const fault_plan& plan) : plan_(plan), random_(plan.seed * 2 + 1) {}

  // --- the sender ---------------------------------------------------------------------------

  transfer send(std::span<const std::string_view> parts, time_point now) noexcept;
  void end(time_point now) noexcept;  // the FIN, behind all bytes; again: nothing
  void reset() noexcept;              // what is under way is lost, both ends see connection_reset

  // --- the receiver -------------------------------------------------------------------------

  // A receive would bring bytes, the end or an error.
  bool readable(time_point now) const noexcept;
  // When it will be, if it is not; never() if it depends on the sender.
  time_point next_arrival(time_point now) const noexcept;
  transfer receive(std::span<char> into, time_point now) noexcept;
  void refuse() noexcept { refused_ = true; }  // the receiver closed: sends fail with broken_pipe

  bool was_reset() const noexcept { return reset_; }

 private:
  struct fragment {
    time_point arrives;
    std::string bytes;
  };
  std::uint64_t below(std::uint64_t n) noexcept;
  std::size_t fragment_size() noexcept;
  time_point arrival(time_point now) noexcept;
  time_point first_arrival() const noexcept;
  bool stalled() const noexcept { return arrived_ >= plan_.stall_after; }

  fault_plan plan_;
  std::uint64_t random_;
  std::deque<fragment> under_way_;
  std::size_t held_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint64_t sends_ = 0;
  std::uint64_t receives_ = 0;
  time_point last_arrival_{};  // the end's, where it was sent
  bool ended_ = false;         // by the sender
  bool end_seen_ = false;      // by the receiver
  bool reset_ = false;
  bool refused_ = false;
};

}}}  // namespace penstock::v0::memory
