// SPDX-License-Identifier: BSL-1.0
// For tests: of handlers, by plans, explorers and a scripted peer; of transports, by conformance checks
// and the cancel explorer.
#pragma once

#include <penstock/coro.hpp>
#include <penstock/testing/check.hpp>
#include <penstock/testing/check_transport.hpp>
#include <penstock/testing/conversation.hpp>
#include <penstock/testing/explorer.hpp>
#include <penstock/testing/failure.hpp>
#include <penstock/testing/fuzz_handler.hpp>
#include <penstock/testing/generators.hpp>
#include <penstock/testing/ground.hpp>
#include <penstock/testing/handler.hpp>
#include <penstock/testing/handler_explorers.hpp>
#include <penstock/testing/memory_ground.hpp>
#include <penstock/testing/persistence.hpp>
#include <penstock/testing/plan.hpp>
#include <penstock/testing/recording.hpp>
#include <penstock/testing/script.hpp>
#include <penstock/testing/scripted_peer.hpp>
#include <penstock/testing/started.hpp>
#include <penstock/testing/tap.hpp>
