// SPDX-License-Identifier: BSL-1.0
// Waiting: tasks, streams and their asyncio faces, for any loop.
#pragma once

#include <penstock/core.hpp>
#include <penstock/coro/awaitable.hpp>
#include <penstock/coro/connect_error.hpp>
#include <penstock/coro/connection_handler.hpp>
#include <penstock/coro/counters.hpp>
#include <penstock/coro/exceptions.hpp>
#include <penstock/coro/notification.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/server.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/coro/timeout.hpp>
#include <penstock/coro/transport.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/coro/upgrade.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/coro/when_all.hpp>
