// SPDX-License-Identifier: BSL-1.0
// Invariant: for one stream of bytes and one list of reads the answers do not depend on how the
// stream was cut (I-2): every status, text, expected() and error, and what is left at the end.
//
// Exempt are consumed() of a readuntil's overrun (R33), how much of an over-long line is dropped at
// once (R39; reading by lines goes on behind it), and the pieces of read_some: they are 1 to n bytes,
// and their concatenation counts (R26). An operation that waits always gets room and, at the end of
// the stream, an answer (I-14).
//
// Input: a script (support/script.hpp). The bytes that it feeds, lends or receives are the stream
// and one cutting; the other one is byte by byte, by all three ways in turn. Its questions,
// set_limit, unread and unread_last are the reads; `fail` has the stream end in that error.
// Works best with -max_len=512 and dictionaries/chunking.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_chunking)
