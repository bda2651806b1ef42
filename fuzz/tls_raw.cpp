// SPDX-License-Identifier: BSL-1.0
// Invariant: whoever says anything but TLS hears at most 16 KiB and nothing of what was written, nothing of it
// is delivered, and it ends within the handshake's 60 seconds and the goodbye's 5 (I-41, I-44).
//
// Input: a script (support/script.hpp) whose bytes arrive at a server, or behind `choose 1` at a client; a plain
// message is fed whole. feed_eof and lost end the way, close and write are the application's. Works best with
// -max_len=1024.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_tls_raw)
