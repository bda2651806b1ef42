// SPDX-License-Identifier: BSL-1.0
// Two framings written as any user would write one: only the open read_operation concept is used.
#pragma once

#include <cstddef>

#include <penstock/contract.hpp>
#include <penstock/read_half.hpp>
#include <penstock/read_outcome.hpp>

namespace penstock { inline namespace v0 {

enum class byte_order { big_endian, little_endian };

// A frame of 1, 2, 4 or 8 bytes of length and as many bytes of payload. Answers data with the
// payload; eof between frames; incomplete with what was left, expected() = the whole frame, if
// the stream ends inside one. A length above max_payload: failed with errc::limit_overrun, the
// bytes kept. Another width: failed with errc::bad_option.
class length_prefixed {
 public:
  explicit length_prefixed(std::size_t width, std::size_t max_payload = 64 * 1024,
                           byte_order order = byte_order::big_endian) noexcept
      : width_(width), max_payload_(max_payload), order_(order) {}
  PENSTOCK_API bool ready(const read_half& in) noexcept;
  PENSTOCK_API read_outcome take(read_half& in) noexcept;
  // The whole frame, as far as it is known.
  PENSTOCK_API std::size_t asks(const read_half& in) const noexcept;

 private:
  enum class frame { partial, whole, too_long, bad_width };
  frame look(const read_half& in, std::size_t& size) const noexcept;

  std::size_t width_;
  std::size_t max_payload_;
  byte_order order_;
};

// A netstring: decimal length, ':', the payload, ','. Answers as length_prefixed does; anything
// that is not a netstring (a leading zero, a wrong byte): failed with std::errc::bad_message, the
// bytes kept.
class netstring {
 public:
  explicit netstring(std::size_t max_payload = 64 * 1024) noexcept : max_payload_(max_payload) {}
  PENSTOCK_API bool ready(const read_half& in) noexcept;
  PENSTOCK_API read_outcome take(read_half& in) noexcept;
  PENSTOCK_API std::size_t asks(const read_half& in) const noexcept;

 private:
  enum class frame { partial, whole, too_long, malformed };
  frame look(const read_half& in, std::size_t& header, std::size_t& payload) const noexcept;

  std::size_t max_payload_;
};

}}  // namespace penstock::v0
