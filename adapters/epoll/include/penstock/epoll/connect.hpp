// SPDX-License-Identifier: BSL-1.0
// open_connection and open_unix_connection (R98-R101).
#pragma once

#include <penstock/contract.hpp>
#include <penstock/coro/connect_error.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/epoll/event_loop.hpp>
#include <penstock/epoll/resolver.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

using penstock::open_streams;

using connection_options = tcp_connection_options<resolver>;  // null: system_resolver()
using penstock::unix_connection_options;

// Addresses are tried in order, or happy_eyeballs_delay apart (RFC 8305); the first that connects
// wins and no other stays open. Errors: std::invalid_argument for options that do not go together
// (R99), connect_error where no address could be connected to (R101), std::system_error for the rest,
// the resolver's with its own text. Cancelled or destroyed: everything is closed.
PENSTOCK_API task<open_streams> open_connection(event_loop& loop, const connection_options& options,
                                                wait_limit limit = {});
PENSTOCK_API task<open_streams> open_unix_connection(event_loop& loop, const unix_connection_options& options,
                                                     wait_limit limit = {});
// In the loop that runs the task.
PENSTOCK_API task<open_streams> open_connection(const connection_options& options, wait_limit limit = {});
PENSTOCK_API task<open_streams> open_unix_connection(const unix_connection_options& options, wait_limit limit = {});

}}}  // namespace penstock::v0::epoll
