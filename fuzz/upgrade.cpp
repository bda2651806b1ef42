// SPDX-License-Identifier: BSL-1.0
// Invariant: whatever is called on two streams around their upgrades, in whatever order, no byte that was written
// behind a call of start_tls leaves before the filter, none that came before the switch is read behind it, and an
// upgrade that failed or was given up has ended the connection (I-40, I-41); refused it has changed nothing; nothing
// hangs or leaks (I-14, I-26).
//
// Two ends in memory (of one loop, a virtual clock) write, read, pause, close, abort and upgrade by `let_go`; an end
// that has read an odd number of bytes refuses if anything is left. `strike` gives the next upgrade up, `cancel`
// destroys the one that is under way, or else the oldest read; `ask` has the chosen end upgrade where its next read is
// answered, in the middle of a turn. The filter is TLS, or, with `serve 1`, one that flips all bits: there all bytes
// are known. Where both upgrade, everything plain was read before and nobody did anything else, both succeed and hear
// all.
//
// Input: a script (support/script.hpp). Works best with -max_len=256.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_upgrade)
