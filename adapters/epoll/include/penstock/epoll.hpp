// SPDX-License-Identifier: BSL-1.0
// Streams over TCP and Unix sockets, on Linux.
#pragma once

#include <penstock/coro.hpp>
#include <penstock/epoll/blocking_stream.hpp>
#include <penstock/epoll/connect.hpp>
#include <penstock/epoll/event_loop.hpp>
#include <penstock/epoll/run.hpp>
#include <penstock/epoll/server.hpp>
#include <penstock/epoll/server_threads.hpp>
#include <penstock/epoll/signals.hpp>
