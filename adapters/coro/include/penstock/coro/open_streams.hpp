// SPDX-License-Identifier: BSL-1.0
// Both faces of a connection, as connecting hands them out.
#pragma once

#include <utility>

#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>

namespace penstock { inline namespace v0 {

// With a constructor: g++ 12 would destroy an aggregate's temporary twice inside a co_await.
struct open_streams {
  open_streams(stream_reader r, stream_writer w) noexcept : in(std::move(r)), out(std::move(w)) {}
  stream_reader in;
  stream_writer out;
};

}}  // namespace penstock::v0
