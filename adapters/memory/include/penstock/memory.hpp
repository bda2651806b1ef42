// SPDX-License-Identifier: BSL-1.0
// Streams in memory: a seed, a virtual clock, a fault plan.
#pragma once

#include <penstock/coro.hpp>
#include <penstock/memory/connect.hpp>
#include <penstock/memory/duplex.hpp>
#include <penstock/memory/event_loop.hpp>
#include <penstock/memory/fault_plan.hpp>
#include <penstock/memory/network.hpp>
#include <penstock/memory/server.hpp>
