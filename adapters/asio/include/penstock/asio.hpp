// SPDX-License-Identifier: BSL-1.0
// Streams on the executors of Boost.Asio.
#pragma once

#include <penstock/asio/event_loop.hpp>
#include <penstock/asio/stream_transport.hpp>
#include <penstock/coro.hpp>
