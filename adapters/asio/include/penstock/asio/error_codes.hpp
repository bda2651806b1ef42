// SPDX-License-Identifier: BSL-1.0
// Errors on their way between Boost's and the standard library's error codes: conditions compare equal on
// both sides.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <system_error>

#include <penstock/error.hpp>

namespace penstock { inline namespace v0 { namespace asio {

namespace net = boost::asio;

// What a socket says, for streams: the system's errors in the standard library's own categories.
inline std::error_code to_std(const boost::system::error_code& ec) noexcept { return ec; }

// What a stream says, for completion tokens. A wait that was given up is Asio's operation_aborted, for which
// programs look; all else keeps its category.
inline boost::system::error_code to_boost(std::error_code ec) noexcept {
  if (!ec) return {};
  if (ec == errc::canceled) return net::error::operation_aborted;
  if (ec.category() == std::system_category()) return {ec.value(), boost::system::system_category()};
  if (ec.category() == std::generic_category()) return {ec.value(), boost::system::generic_category()};
  return boost::system::error_code(ec);
}

}}}  // namespace penstock::v0::asio
