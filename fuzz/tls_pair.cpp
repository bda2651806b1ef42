// SPDX-License-Identifier: BSL-1.0
// Invariant: two ends under TLS are two strings of plaintext: whoever lies between may cut and delay, and
// nothing else shows (I-1, I-36).
//
// What is heard is a beginning of what was accepted, all of it where it ends cleanly, which it does exactly
// where the other one ended; without aborts and timeouts all arrives. No byte is heard before the handshake
// (I-41), what is held is bounded (I-48), OpenSSL's error queue is empty behind each turn (I-42), errors stay,
// and both ends close in the end (I-45). TLS 1.2 and 1.3, with and without a client's certificate, in place and
// not. OpenSSL's random source is seeded: a run is the same each time.
//
// Input: a script (support/script.hpp): serve SETTINGS LIMIT 0, choose END, write, write_eof, close, abort,
// pause_reading, resume_reading, cut, pass_time, flush. Works best with -max_len=256.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_tls_pair)
