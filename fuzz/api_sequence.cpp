// SPDX-License-Identifier: BSL-1.0
// Invariant: whatever is called on readers, writers and transports, in whatever order, misuse included,
// answers what a small model allows, and nothing hangs, aborts or leaks.
//
// Two ends in memory. Waits are tasks of their own, several at once; they are left to end, limited,
// destroyed, or still there when the loop ends; then the calls go on without a loop. What one end
// accepted is what the other one reads, in order (I-1), to the last byte unless somebody aborted, closed in
// between or the fault plan cut it (I-5, I-23); a second reader is refused and the first untouched (I-29).
// Whenever nothing can happen any more nobody waits for what is there (I-14), and nobody at all on what is
// closing (I-22). In the end no frame and no block is left (I-26).
//
// Input: a script (support/script.hpp). Works best with -max_len=256 and dictionaries/api_sequence.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_api_sequence)
