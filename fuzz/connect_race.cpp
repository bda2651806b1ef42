// SPDX-License-Identifier: BSL-1.0
// Invariant: a race of connection attempts answers what R101 says, whatever is reported when: the
// next step, the state of each attempt and the failure equal the model's.
//
// After every step also: asked again it answers the same; one attempt at most has won. At the end,
// whatever came before, a driver that only does what it is told is done after a bounded number of
// turns, and nothing but the winner is open. Delays, timeouts and instants up to the largest (I-31).
// `feed` gives families of addresses: interleave() against a queue a family, with the k of `choose`.
//
// Input: a script (support/script.hpp); reports that the contract forbids are left out. Works best
// with -max_len=256 and dictionaries/connect_race.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_connect_race)
