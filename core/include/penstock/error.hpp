// SPDX-License-Identifier: BSL-1.0
// The errors that penstock itself reports, as std::error_code.
#pragma once

#include <system_error>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

enum class errc {
  limit_overrun = 1,    // no separator within the limit (R33, R34)
  incomplete_read,      // the stream ended inside what was asked for (R29, R35)
  buffer_full,          // max_buffered or max_pending reached; nothing was lost
  read_in_progress,     // a second read while one waits (R21)
  write_after_eof,      // a write after write_eof (R71)
  not_connected,        // a write after close, abort or loss of the connection
  empty_separator,      // a separator of no bytes, or no separator (R30)
  too_many_separators,  // more than eight
  bad_option,           // an option out of its range
  timed_out,            // a deadline passed
  canceled,             // a stop was requested
  no_memory,            // a block could not be had
  resolver_busy,        // too many names wait to be resolved
  closed,               // the object was closed before
};

// Compares equal to std::errc where a condition of the same meaning exists.
PENSTOCK_API const std::error_category& category() noexcept;

inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), category()}; }

}}  // namespace penstock::v0

template <>
struct std::is_error_code_enum<penstock::errc> : std::true_type {};
