// SPDX-License-Identifier: BSL-1.0
// Invariant: whoever sits between two ends gets nothing past them: what is heard is a beginning of what was
// sent, a clean end is a genuine close_notify, errors stay, everything ends (I-23, I-41, I-42, I-43).
//
// As tls_pair, and besides: `fault KIND IN` changes the record of the chosen end that leaves IN records later
// (flipped, dropped, doubled, held back, cut, followed by a plain alert, preceded by plain data); `feed` puts bytes
// in front of the chosen end, `feed_eof` a FIN, `lost` a reset.
//
// Input: a script (support/script.hpp). Works best with -max_len=256.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_tls_tamper)
