// SPDX-License-Identifier: BSL-1.0
// start_server and start_unix_server on virtual addresses of the loop's network.
#pragma once

#include <penstock/contract.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/memory/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace memory {

// Clients above the backlog get no answer. What only sockets have changes nothing: family, flags, reuse_address,
// reuse_port, keep_alive, no_delay, user_timeout, and of a path cleanup_socket and mode. A sock is refused, there
// is nothing to take over.
using server_options = tcp_server_options<no_resolver>;  // no host: all of them
using penstock::server;
using penstock::unix_server_options;

// As epoll::start_server; std::system_error with address_in_use where somebody has the address.
PENSTOCK_API task<server> start_server(event_loop& loop, connection_handler handler, const server_options& options,
                                       wait_limit limit = {});
// A path is a name like any other, and makes no file.
PENSTOCK_API task<server> start_unix_server(event_loop& loop, connection_handler handler,
                                            const unix_server_options& options, wait_limit limit = {});
// In the loop that runs the task.
PENSTOCK_API task<server> start_server(connection_handler handler, const server_options& options,
                                       wait_limit limit = {});
PENSTOCK_API task<server> start_unix_server(connection_handler handler, const unix_server_options& options,
                                            wait_limit limit = {});

}}}  // namespace penstock::v0::memory
