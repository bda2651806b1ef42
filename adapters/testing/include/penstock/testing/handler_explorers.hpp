// SPDX-License-Identifier: BSL-1.0
// Every way to cut a message, every place to stop its handler, every error: for any test framework.
//
//   EXPECT_EQ(penstock::testing::explore_chunks(serve, "PUT a 1\r\nGET a\r\n").difference, "");
#pragma once

#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/testing/explorer.hpp>
#include <penstock/testing/handler.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// The bytes whole, byte by byte, cut in two at every place, and in three if there are at most 40 of
// them: the handler writes the same, ends the same and leaves the same bytes (I-2).
//
// What is found has the smallest plan that shows it, what happened under it, and the line that plays it
// again. `points` counts plans.
PENSTOCK_API findings explore_chunks(const handler& what, std::string_view bytes, const handler_options& options = {});

// The handler stopped after every round of the loop, and called again with the same connection: as if
// nothing had been (I-25). With bytes whole and one by one, and the latter also over a way back that
// holds a byte, so that it is stopped while it waits in drain.
PENSTOCK_API findings explore_cancellation(const handler& what, std::string_view bytes,
                                           const handler_options& options = {});

// The end, and a reset, behind every byte; an error at every receive and every send, with bytes whole and
// one by one: the handler ends (I-14), throws nothing but errors, and writes nothing that it would not
// have written.
PENSTOCK_API findings explore_faults(const handler& what, std::string_view bytes, const handler_options& options = {});

// The bytes, or the last one of them, again and again, from a peer that reads nothing: what the connection holds stays
// bounded.
PENSTOCK_API findings explore_flood(const handler& what, std::string_view bytes, const handler_options& options = {});

}}}  // namespace penstock::v0::testing
