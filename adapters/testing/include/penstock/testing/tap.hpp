// SPDX-License-Identifier: BSL-1.0
// A filter that changes nothing and writes down what goes over a connection, as a script: a live session
// becomes a fuzz seed, a test and a transcript (recording.hpp).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/filter.hpp>

namespace penstock { inline namespace v0 { namespace testing {

struct tap_options {
  // What stands in the recording instead of these bytes, which arrived or were sent. Called for as many
  // bytes as the transport moved at once: what is to be hidden may be cut. As it is: the bytes.
  std::function<std::string(std::string_view bytes, bool arrived)> redact = {};
  std::size_t most = 1024 * 1024;  // bytes of a connection that are written down; then no more
};

// Any number of connections; each one's script is handed over when it is lost, in its loop's thread:
//
//   pass_time NANOSECONDS, feed BYTES   what arrived, and how much later than what came before it
//   write BYTES                         what was sent, as the transport took it
//   feed_eof, lost NUMBER               the peer's end; what took the connection
//
// Times are those of the turns. Costs a copy of all bytes; without memory the recording ends there.
class PENSTOCK_API tap final : public filter {
 public:
  using receiver = std::function<void(std::string script)>;
  explicit tap(receiver to, tap_options options = {});

  // Bytes that the connection had before stay where they are: they are what arrived first.
  wire_handle wrap(connection& inner, const filter_options& options, std::error_code& ec) const noexcept override;

 private:
  receiver to_;
  tap_options options_;
};

}}}  // namespace penstock::v0::testing
