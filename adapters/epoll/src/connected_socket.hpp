// SPDX-License-Identifier: BSL-1.0
// open_connection without the stream: what connects, for whoever puts something else on it.
#pragma once

#include <penstock/coro/task.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/connect.hpp>
#include <penstock/epoll/event_loop.hpp>

#include "descriptor.hpp"

namespace penstock { inline namespace v0 { namespace epoll {

struct connected_socket {
  descriptor socket;
  address peer;
};

// The options are checked at once and copied.
task<connected_socket> connect_socket(event_loop& loop, const connection_options& options);
task<connected_socket> connect_socket(event_loop& loop, const unix_connection_options& options);

}}}  // namespace penstock::v0::epoll
