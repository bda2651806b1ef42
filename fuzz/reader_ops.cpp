// SPDX-License-Identifier: BSL-1.0
// Invariant: whatever is called in whatever order, a read_half answers what the rules say (R11 to
// R45 as mended), byte for byte: every status, text, field and level equals the model's.
//
// After every step also: nothing lost, duplicated or invented (I-1); a view reads the same until the
// call that ends its life (I-27); room as I-10 says, and a waiting operation always has some (I-14);
// memory as I-11 says after settle(), none where nothing is unread, none left at the end; the first
// error stays (I-23); a refused allocation changes nothing else (I-30); work within the ledger
// (I-16: support/work_ledger.hpp); asking allocates nothing and moves nothing; validate().
//
// Input: a script (support/script.hpp). Arguments up to the largest size (I-31); lent memory stands
// alone, with headroom or read-only; steps that a contract forbids are left out or cut. `choose N`: the
// steps from here on are about one of four operations that live at once (N % 4), and receive brings its
// bytes 1, 16, 256 or 4,096 times (N / 4 % 4), as long as that is at most 96 KiB with what is unread;
// where N / 16 is odd a question is made for two of them, and each `ask` is the other one's.
// Works best with -max_len=512 and dictionaries/reader_ops.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_reader_ops)
