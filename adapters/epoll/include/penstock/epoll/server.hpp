// SPDX-License-Identifier: BSL-1.0
// start_server and start_unix_server (R102-R116).
#pragma once

#include <penstock/contract.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/epoll/event_loop.hpp>
#include <penstock/epoll/resolver.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

using penstock::connection_handler;
using penstock::server;

using server_options = tcp_server_options<resolver>;  // null: system_resolver()
using penstock::unix_server_options;

// Each connection's handler runs as a task of the loop. When it has ended, in whatever way, the
// connection is closed as close() does, handles that it gave away included; an exception goes to the
// observer's failed(), or the loop's unhandled() (R47, R48). Throws as R102 says; with a reason that
// the system has: std::system_error. Given up: nothing stays bound.
PENSTOCK_API task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options,
                                       wait_limit limit = {});
PENSTOCK_API task<server> start_unix_server(event_loop& loop, connection_handler handler,
                                            const unix_server_options& options, wait_limit limit = {});
// In the loop that runs the task.
PENSTOCK_API task<server> start_server(connection_handler handler, const server_options& options,
                                       wait_limit limit = {});
PENSTOCK_API task<server> start_unix_server(connection_handler handler, const unix_server_options& options,
                                            wait_limit limit = {});

}}}  // namespace penstock::v0::epoll
