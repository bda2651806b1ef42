// SPDX-License-Identifier: BSL-1.0
// The exceptions of the face: asyncio's names, as std::system_error where an error code is behind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/error.hpp>
#include <penstock/read_outcome.hpp>

namespace penstock { inline namespace v0 {

// asyncio's IncompleteReadError (R44): the stream ended inside what was asked for.
class PENSTOCK_API incomplete_read_error : public std::system_error {
 public:
  incomplete_read_error(std::string partial_bytes, std::size_t expected_bytes);
  std::string partial;   // what there was; it has been consumed
  std::size_t expected;  // bytes asked for, 0 where asyncio has None
};

// asyncio's LimitOverrunError (R45); also readline's, where asyncio has ValueError.
class PENSTOCK_API limit_overrun_error : public std::system_error {
 public:
  explicit limit_overrun_error(std::size_t consumed_bytes, bool separator_found = false);
  std::size_t consumed;  // of readuntil: bytes that cannot be part of a match, kept; of readline: dropped
};

// Throws what the error is on the face: std::logic_error for a second reader and a write after
// write_eof, std::invalid_argument for bad arguments, std::system_error for all else.
[[noreturn]] PENSTOCK_API void throw_error(std::error_code);

[[noreturn]] PENSTOCK_API void throw_negative_size();
// n, unless it was negative where it came from (R27, R28): then std::invalid_argument, for asyncio's read(-1) is read()
// here, and the bytes would be read in part.
inline std::size_t checked_size(std::size_t n) {
  if (n > ~std::size_t{0} / 2) [[unlikely]]
    throw_negative_size();
  return n;
}

// Throws what an outcome without the wanted bytes is.
[[noreturn]] PENSTOCK_API void throw_outcome(const read_outcome&);
// The bytes of one that delivers, none at the end of the stream; throws what any other is.
inline std::string_view bytes_of(const read_outcome& out) {
  if (out.status() != read_status::data && out.status() != read_status::eof) throw_outcome(out);
  return out.text();
}

}}  // namespace penstock::v0
