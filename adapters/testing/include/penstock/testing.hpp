// SPDX-License-Identifier: BSL-1.0
// For authors of transports and for tests: conformance checks, the cancel explorer, generators.
#pragma once

#include <penstock/coro.hpp>
#include <penstock/testing/check.hpp>
#include <penstock/testing/explorer.hpp>
#include <penstock/testing/failure.hpp>
#include <penstock/testing/generators.hpp>
#include <penstock/testing/ground.hpp>
#include <penstock/testing/persistence.hpp>
#include <penstock/testing/started.hpp>
