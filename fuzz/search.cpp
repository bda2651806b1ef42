// SPDX-License-Identifier: BSL-1.0
// Invariant: every kernel, and find_first, finds what std::string_view::find finds: of several
// separators the match that ends first, ties to the shortest (I-4, R31); however the text grew,
// whatever was dropped in front of it and wherever the search goes on.
//
// And looks at no more bytes than search.hpp promises (I-16), over all calls that go on from each
// other, and at none beside the text. The candidates of each kernel and of search_window by each
// of its kernels equal those of a loop; separators say what they were made of (R30).
//
// Input: a script (support/script.hpp). feed, lend and receive (N: so many copies) let the text grow,
// consume drops from its front; readuntil and skip_until name separators and search, ask goes on,
// behind a match if there was one; stop_awaiting lets the next search begin anew, peek from the
// middle of what was searched, await_input behind what somebody else has searched. `choose N` says how
// often from here on separators (N % 4) and what the text grows by (N / 4 % 4) are repeated: 1, 16, 256
// or 4,096 times; up to 1 KiB, and up to 72 KiB of text in place of 2.
// Works best with -max_len=512 and dictionaries/search.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_search)
