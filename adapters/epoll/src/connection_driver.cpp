// SPDX-License-Identifier: BSL-1.0
// The error that nobody would find by reading or writing.
#include <penstock/epoll/connection_driver.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

void connection_driver::take_error() noexcept {
  if (const std::error_code ec = io_.pending_error()) {
    io_.hang_up(false);
    connection_.lost(ec);
  }
}

}}}  // namespace penstock::v0::epoll
