// SPDX-License-Identifier: BSL-1.0
// What the way between two ends does to the bytes. A seed decides, so every run repeats.
#pragma once

#include <cstddef>
#include <cstdint>

#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace memory {

// Of one direction. As it is: everything arrives at once, whole, with 64 KiB under way at most. Numbers of
// bytes count what arrived, numbers of calls from 0.
struct fault_plan {
  static constexpr std::uint64_t not_at_all = ~std::uint64_t{0};

  std::uint64_t seed = 0;
  std::size_t capacity = 64 * 1024;            // bytes under way before the sender is blocked
  std::size_t fragment_min = ~std::size_t{0};  // a send or a receive moves a number of bytes
  std::size_t fragment_max = ~std::size_t{0};  // between these two, if there are as many
  duration delay_min{};                        // each fragment arrives so much later, in order
  duration delay_max{};
  std::uint64_t stall_after = not_at_all;       // bytes; then nothing more arrives, nor the end
  std::uint64_t end_after = not_at_all;         // bytes; then the end, whatever was sent behind them
  std::uint64_t reset_after = not_at_all;       // bytes; then both ends see connection_reset
  std::uint64_t send_error_at = not_at_all;     // this send fails with io_error
  std::uint64_t receive_error_at = not_at_all;  // this receive fails with io_error
};

}}}  // namespace penstock::v0::memory
