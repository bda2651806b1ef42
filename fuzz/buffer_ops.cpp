// SPDX-License-Identifier: BSL-1.0
// Invariant: a receive_buffer and a send_queue hold the bytes that a flat string holds, whatever
// their primitives are called with and in whatever order.
//
// Three of each share one block source. After every step also: views read the same until the call
// that ends their life (I-27); memory as I-11 says after settle(), none where no byte is, none left
// at the end; a refused allocation changes nothing, but for lent bytes that nothing could keep
// (I-30); owned bytes are given back once; every byte is moved a bounded number of times (I-16);
// sizes up to the largest (I-31); validate().
//
// Input: a script (support/script.hpp); `choose` says which buffers the steps are about, see
// support/run_buffer_ops.cpp. Works best with -max_len=512 and dictionaries/buffer_ops.dict.
#include "support/targets.hpp"

PENSTOCK_FUZZ_TARGET(penstock::fuzz::run_buffer_ops)
