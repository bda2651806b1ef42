// SPDX-License-Identifier: BSL-1.0
// Invariant: what users' handlers are tested with finds nothing in four that have no mistake, however
// their bytes are cut, delayed, stopped, cut short and flooded (I-1, I-2, I-14, I-25).
//
// The first byte of a connection chooses the protocol: l, f or c, or * as RESP begins. With
// PENSTOCK_PLANTED=PROTOCOL,FLAW in the environment it is that protocol with that mistake, which planted.sh expects to
// be found.
//
// Input: a message and its plan (penstock/testing/plan.hpp). Works best with -max_len=256.
#include <penstock/testing/fuzz_handler.hpp>

#include "support/any_protocol.hpp"

PENSTOCK_FUZZ_HANDLER(penstock::fuzz::handler_of_environment());
