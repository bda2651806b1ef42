// SPDX-License-Identifier: BSL-1.0
// Invariant: whatever is called in whatever order, a write_half, alone or in a connection, answers
// what the rules say (R52 to R59, R71 to R80 as mended): every error code, level and step equals the
// model's.
//
// After every step also: the sink has seen the writes that were accepted, in order, and a prefix of
// them after an abort (I-3); a write is taken whole or not at all (I-12, I-30); full() turns true in
// the call that passes the high mark and false at the low one (I-13); gathered views read the same
// until the call that ends their life (I-27); owned bytes of every form are given back once, and not
// before they have left or were dropped; memory as I-11 says after settle(), none left at the end;
// every byte is moved a bounded number of times (I-16); closing goes one way (I-22); validate(). Of a
// connection also: what comes in through its wire and who waits for it (I-10, R92), and its deadlines
// at every instant that matters, against clocks that count (I-18). At the end what describe() says.
//
// Input: a script (support/script.hpp); `choose` says how the steps write, see
// support/run_writer_ops.cpp. Works best with -max_len=512 and dictionaries/writer_ops.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_writer_ops)
