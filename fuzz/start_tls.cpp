// SPDX-License-Identifier: BSL-1.0
// Invariant: no byte from before an upgrade is ever read as if it had come behind it, and an honest upgrade
// succeeds, however early the other end begins (I-40, I-41).
//
// Two plain ends write, read_some(n) and upgrade by `let_go`, as soon as what they wrote has left. What is unread
// then is the engine's, or a reason to refuse (an end that read an odd number of bytes refuses). `feed` and `fault`
// inject as in tls_tamper. Behind the upgrade all of tls_tamper's rules hold of what was written behind it; where
// nothing was injected and all plain bytes were read, all of tls_pair's.
//
// Input: a script (support/script.hpp). Works best with -max_len=256.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_start_tls)
