// SPDX-License-Identifier: BSL-1.0
// Making a pair.
#include <penstock/memory/duplex.hpp>

#include <penstock/memory/endpoint.hpp>

namespace penstock { inline namespace v0 { namespace memory {

duplex_pair duplex(event_loop& loop, const duplex_options& options) {
  auto* const first = new endpoint(loop, "first", options.first);
  const stream_reader first_in(*first);
  auto* const second = new endpoint(loop, "second", options.second);
  const stream_reader second_in(*second);
  endpoint::join(*first, *second, options.to_second, options.to_first);
  return {{stream_reader(*first), stream_writer(*first)}, {stream_reader(*second), stream_writer(*second)}};
}

}}}  // namespace penstock::v0::memory
