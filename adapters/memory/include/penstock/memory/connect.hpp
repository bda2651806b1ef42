// SPDX-License-Identifier: BSL-1.0
// open_connection and open_unix_connection to virtual addresses of the loop's network.
#pragma once

#include <penstock/contract.hpp>
#include <penstock/coro/connect_error.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/memory/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace memory {

using penstock::open_streams;

// Names are looked up in the network. What only sockets have changes nothing: family, proto, flags, interleave,
// no_delay, keep_alive, user_timeout. A sock is refused, there is nothing to take over.
using connection_options = tcp_connection_options<no_resolver>;
using penstock::unix_connection_options;

// As epoll::open_connection. Without a filter the connection is there before the server has accepted it.
PENSTOCK_API task<open_streams> open_connection(event_loop& loop, const connection_options& options,
                                                wait_limit limit = {});
// A path is a name like any other, and makes no file.
PENSTOCK_API task<open_streams> open_unix_connection(event_loop& loop, const unix_connection_options& options,
                                                     wait_limit limit = {});
// In the loop that runs the task.
PENSTOCK_API task<open_streams> open_connection(const connection_options& options, wait_limit limit = {});
PENSTOCK_API task<open_streams> open_unix_connection(const unix_connection_options& options, wait_limit limit = {});

}}}  // namespace penstock::v0::memory
