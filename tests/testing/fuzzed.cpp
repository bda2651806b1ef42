// SPDX-License-Identifier: BSL-1.0
// A fuzz program as a user writes it, of a handler without a mistake.
#include <penstock/testing.hpp>

#include "../../examples/handlers.hpp"

PENSTOCK_FUZZ_HANDLER(handlers::echo_lines);
