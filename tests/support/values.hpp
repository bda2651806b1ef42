// SPDX-License-Identifier: BSL-1.0
// Values that many tests of the core use.
#pragma once

#include <chrono>
#include <cstddef>
#include <system_error>

#include <penstock/deadlines.hpp>
#include <penstock/time.hpp>

namespace penstock_test {

inline constexpr std::size_t kib = 1024;

// Far from zero, so that an instant is never mistaken for a duration.
inline constexpr penstock::time_point start{std::chrono::hours(1'000)};
inline constexpr penstock::duration off = penstock::deadlines::off;  // and of a race

inline const std::error_code reset = std::make_error_code(std::errc::connection_reset);
inline const std::error_code refused = std::make_error_code(std::errc::connection_refused);
inline const std::error_code unreachable = std::make_error_code(std::errc::network_unreachable);

}  // namespace penstock_test
