// SPDX-License-Identifier: BSL-1.0
// Invariant: giving up a wait, in whatever way and at whatever moment, equals never having issued it
// (I-25): the operation is issued again, and every byte is read and written as in an undisturbed run.
//
// Two ends in memory, each with a list of reads and one of writes, drains and flushes; waits are given up
// by a stop token, by time, by the destruction of their frame, by with_timeout, or before they begin. The
// script is run twice, the second time with the strikes. Nobody waits for ever (I-14), and in the end no
// frame, no block and no timer is left (I-26).
//
// Input: a script (support/script.hpp). Works best with -max_len=256 and dictionaries/cancel.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_cancel)
