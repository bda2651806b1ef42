// SPDX-License-Identifier: BSL-1.0
// Length-prefixed frames and netstrings over the unread bytes.
#include <penstock/framing.hpp>

#include <limits>

namespace penstock { inline namespace v0 {
namespace {

constexpr std::size_t whole_range = std::numeric_limits<std::size_t>::max();

// What ends a frame early: nothing (eof) between two, else cut_short.
read_outcome end_of_frames(read_half& in, std::size_t expected) noexcept {
  if (in.buffered().empty() && !in.error()) return read_outcome::eof();
  return in.cut_short(expected);
}

}  // namespace

length_prefixed::frame length_prefixed::look(const read_half& in, std::size_t& size) const noexcept {
  size = width_;
  if (width_ != 1 && width_ != 2 && width_ != 4 && width_ != 8) return frame::bad_width;
  const std::string_view bytes = in.buffered();
  if (bytes.size() < width_) return frame::partial;
  std::uint64_t payload = 0;
  for (std::size_t i = 0; i < width_; ++i) {
    const std::size_t at = order_ == byte_order::big_endian ? i : width_ - 1 - i;
    payload = payload << 8 | static_cast<unsigned char>(bytes[at]);
  }
  if (payload > max_payload_ || payload > whole_range - width_) return frame::too_long;
  size = width_ + static_cast<std::size_t>(payload);
  return bytes.size() < size ? frame::partial : frame::whole;
}

bool length_prefixed::ready(const read_half& in) noexcept {
  std::size_t size = 0;
  return look(in, size) != frame::partial || in.ended();
}

read_outcome length_prefixed::take(read_half& in) noexcept {
  std::size_t size = 0;
  switch (look(in, size)) {
    case frame::whole: return read_outcome::data(in.consume(size).substr(width_));
    case frame::too_long: return read_outcome::failed(errc::limit_overrun);
    case frame::bad_width: return read_outcome::failed(errc::bad_option);
    case frame::partial: break;
  }
  return end_of_frames(in, size);
}

std::size_t length_prefixed::asks(const read_half& in) const noexcept {
  std::size_t size = 0;
  static_cast<void>(look(in, size));
  return size;
}

netstring::frame netstring::look(const read_half& in, std::size_t& header, std::size_t& payload) const noexcept {
  const std::string_view bytes = in.buffered();
  payload = 0;
  for (header = 0; header < bytes.size(); ++header) {
    const char c = bytes[header];
    if (c == ':' && header != 0) {
      ++header;
      if (bytes.size() - header <= payload) return frame::partial;
      return bytes[header + payload] == ',' ? frame::whole : frame::malformed;
    }
    if (c < '0' || c > '9' || (header == 1 && bytes[0] == '0')) return frame::malformed;
    const std::size_t digit = static_cast<std::size_t>(c - '0');
    if (payload > (whole_range - digit) / 10) return frame::too_long;
    payload = payload * 10 + digit;
    if (payload > max_payload_ || payload > whole_range - header - 3) return frame::too_long;
  }
  return frame::partial;
}

bool netstring::ready(const read_half& in) noexcept {
  std::size_t header = 0;
  std::size_t payload = 0;
  return look(in, header, payload) != frame::partial || in.ended();
}

read_outcome netstring::take(read_half& in) noexcept {
  std::size_t header = 0;
  std::size_t payload = 0;
  switch (look(in, header, payload)) {
    case frame::whole: return read_outcome::data(in.consume(header + payload + 1).substr(header, payload));
    case frame::too_long: return read_outcome::failed(errc::limit_overrun);
    case frame::malformed: return read_outcome::failed(std::make_error_code(std::errc::bad_message));
    case frame::partial: break;
  }
  return end_of_frames(in, asks(in));
}

std::size_t netstring::asks(const read_half& in) const noexcept {
  std::size_t header = 0;
  std::size_t payload = 0;
  static_cast<void>(look(in, header, payload));
  return header + payload + 1;
}

}}  // namespace penstock::v0
