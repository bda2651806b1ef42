// SPDX-License-Identifier: BSL-1.0
// Invariant: whatever the kernel answers, the epoll adapter loses, repeats and reorders no byte, makes no
// call on a descriptor that is not its own, and leaves none open (R82, I-32, I-34, I-35).
//
// The kernel is a model: short counts, EINTR, EAGAIN, errors of any call, resets, half-closes, merged,
// late, spurious and stale events, numbers of descriptors used again at once, none left. Watched call by
// call: no call on a closed or unknown descriptor, none but closing after an error, no receive after the
// end, no send after the own; at most one accept in 100 ms while descriptors are short. Whenever
// nothing is left to do: no byte waits that the handler could have, a connection that was reset is
// closed, and no round was for nothing (I-14, I-17). In the end every handler has ended and every descriptor is closed.
// The loop is driven by poll(), only when its descriptor is readable, or by run().
//
// Input: a script (support/script.hpp). Works best with -max_len=256 and dictionaries/epoll_faulty.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_epoll_faulty)
