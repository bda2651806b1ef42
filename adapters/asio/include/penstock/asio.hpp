// SPDX-License-Identifier: BSL-1.0
// Streams on the executors of Boost.Asio.
#pragma once

#include <penstock/asio/co_spawn.hpp>
#include <penstock/asio/connect.hpp>
#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/event_loop.hpp>
#include <penstock/asio/operations.hpp>
#include <penstock/asio/server.hpp>
#include <penstock/asio/stream_transport.hpp>
#include <penstock/asio/use_task.hpp>
#include <penstock/coro.hpp>
