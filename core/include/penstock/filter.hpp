// SPDX-License-Identifier: BSL-1.0
// The seam for TLS and for users' layers: what makes a wire around a connection.
#pragma once

#include <cstdint>
#include <string_view>
#include <system_error>

#include <penstock/connection.hpp>
#include <penstock/time.hpp>
#include <penstock/wire.hpp>

namespace penstock { inline namespace v0 {

// What becomes of bytes that were received and not read when a filter is put on a running
// connection (R64, I-40). None is ever handed to a later read as if it had come through it.
enum class leftover : std::uint8_t {
  to_engine,  // they are the first input of the filter
  reject,     // if there are any, wrapping fails with errc::bad_option
};

// Trivially destructible: the function that takes it copies what it keeps before it returns.
struct filter_options {
  bool server = false;
  std::string_view server_hostname = {};
  duration handshake_timeout = duration::nanoseconds(60'000'000'000);  // R6
  duration shutdown_timeout = duration::nanoseconds(5'000'000'000);    // R78, R91
  penstock::leftover leftover = penstock::leftover::to_engine;
};

// Immutable while shared: any number of connections may be wrapped by one filter at a time.
class filter {
 public:
  virtual ~filter() = default;

  // What wrap would refuse about the options alone, for who wants to know before there is a connection.
  virtual std::error_code check(const filter_options&) const noexcept { return {}; }

  // A wire to the transport that holds `inner` as its plaintext side, or null and why in `ec`.
  // `inner` outlives the wire. What `inner` had buffered is dealt with as options.leftover says and
  // its read half has started over, empty; limits and paused states stay as they are. What `inner`
  // has queued is taken out of it only when it can leave: what is lost with the connection is then
  // still there to be seen as lost (bytes_lost).
  virtual wire_handle wrap(connection& inner, const filter_options& options, std::error_code& ec) const noexcept = 0;

 protected:
  filter() = default;
  filter(const filter&) = default;
  filter& operator=(const filter&) = default;
};

}}  // namespace penstock::v0
