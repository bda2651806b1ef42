// SPDX-License-Identifier: BSL-1.0
// asyncio's reads as questions: read_some, read_to_eof, readexactly, readuntil, readline, skip_until. One that is kept
// remembers where it has looked: it asks one half alone, and a new connection takes a new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/read_half.hpp>
#include <penstock/read_outcome.hpp>
#include <penstock/search.hpp>
#include <penstock/search_window.hpp>
#include <penstock/separators.hpp>

namespace penstock { inline namespace v0 {

// asyncio's read(n): up to n bytes of what is there, at least one unless n is 0 (R25, R26).
// Answers data; eof once the stream has ended and nothing is left.
class read_some {
 public:
  explicit read_some(std::size_t n) noexcept : n_(n) {}
  bool ready(const read_half& in) const noexcept { return n_ == 0 || !in.buffered().empty() || in.ended(); }
  PENSTOCK_API read_outcome take(read_half& in) const noexcept;
  std::size_t asks(const read_half&) const noexcept { return 1; }

 private:
  std::size_t n_;
};

// asyncio's read(-1): all bytes to the end of the stream, collected in the half: giving up a wait
// loses nothing (R27 as mended). More than at_most bytes, or max_buffered reached: failed with
// errc::buffer_full, the bytes kept.
class read_to_eof {
 public:
  read_to_eof() noexcept = default;
  explicit read_to_eof(std::size_t at_most) noexcept : at_most_(at_most) {}
  bool ready(const read_half& in) const noexcept { return in.ended() || in.full() || in.buffered().size() > at_most_; }
  PENSTOCK_API read_outcome take(read_half& in) const noexcept;
  std::size_t asks(const read_half&) const noexcept { return at_most_ == ~std::size_t{0} ? at_most_ : at_most_ + 1; }

 private:
  std::size_t at_most_ = ~std::size_t{0};
};

// asyncio's readexactly(n) (R28, R29): data of n bytes; incomplete with all that was left and
// expected() == n if the stream ends first. Not bounded by the limit, but by max_buffered.
class readexactly {
 public:
  explicit readexactly(std::size_t n) noexcept : n_(n) {}
  bool ready(const read_half& in) const noexcept { return in.buffered().size() >= n_ || in.ended(); }
  read_outcome take(read_half& in) const noexcept {
    if (in.buffered().size() < n_ || (in.buffered().empty() && in.error())) return in.cut_short(n_);
    return read_outcome::data(n_ == 0 ? std::string_view() : in.consume(n_));
  }
  std::size_t asks(const read_half&) const noexcept { return n_; }

 private:
  std::size_t n_;
};

// asyncio's readuntil(separator or tuple of them) (R30-R37): data through the separator that ends
// first, ties to the shortest. No match within the limit, counted before the separator:
// limit_overrun with asyncio's consumed(), the bytes kept (R33, R34); readexactly(consumed()) or
// skip_until then go on. End of the stream: incomplete with all that was left (R35).
// Bad separators, a limit of 0 or above max_buffered: failed, before any stored error.
// The bytes of the separators must outlive the operation. Total work is linear in the bytes fed.
class readuntil {
 public:
  explicit readuntil(separators ends) noexcept : separators_(ends) {}
  readuntil(separators ends, std::size_t limit) noexcept : separators_(ends), limit_(limit), own_limit_(true) {}
  bool ready(const read_half& in) noexcept {
    begin_ = window_.next(in.position());
    if (begin_ == window_.npos || !matches(in)) return look(in);
    end_ = begin_ + separators_[0].size();  // a window is for one
    return true;
  }
  read_outcome take(read_half& in) noexcept {
    if (end_ == 0 || begin_ > limit(in) || (own_limit_ && limit_ > in.max_buffered())) [[unlikely]]
      return take_rarely(in);
    window_.use();
    return read_outcome::data(in.consume(end_));
  }
  PENSTOCK_API std::size_t asks(const read_half& in) const noexcept;

 private:
  std::size_t limit(const read_half& in) const noexcept { return own_limit_ ? limit_ : in.limit(); }
  std::error_code bad_argument(const read_half& in) const noexcept;
  // The only separator, whose first and last byte stand at begin_, is all there.
  bool matches(const read_half& in) const noexcept {
    const std::string_view wanted = separators_[0];
    if (wanted.size() == 2) return true;
    in.count_examined(wanted.size() - 2);
    return detail::equal(in.buffered().data() + begin_ + 1, wanted.data() + 1, wanted.size() - 2);
  }
  PENSTOCK_API bool look(const read_half& in) noexcept;
  PENSTOCK_API read_outcome take_rarely(read_half& in) noexcept;

  bool look_ahead(const read_half& in, std::size_t& from) noexcept;

  separators separators_;
  std::size_t limit_ = 0;
  bool own_limit_ = false;
  bool again_ = false;          // it has answered before: looking ahead pays
  bool in_vain_ = false;        // too many candidates were none: it does not
  std::uint64_t searched_ = 0;  // the stream position up to which no match ends
  std::uint64_t looked_ = 0;    // places looked ahead at
  std::uint64_t wasted_ = 0;    // bytes compared for candidates that were none
  std::size_t begin_ = 0;       // of the match
  std::size_t end_ = 0;         // 0: none found; ready() says it anew
  search_window window_;        // for a single separator of two bytes or more
};

// asyncio's readline() (R39): data through \n; at the end of the stream data without it, then
// eof. A line of more than `limit` bytes before its \n is one limit_overrun: what is buffered of
// it is dropped, consumed() says how much, and the next readline skips its rest first (R40 as
// mended), however it is cut. Memory stays bounded by the limit.
class readline {
 public:
  readline() noexcept = default;
  explicit readline(std::size_t limit) noexcept : limit_(limit), own_limit_(true) {}

  bool ready(const read_half& in) noexcept {
    const std::size_t newline = window_.next(in.position());
    if (newline == window_.npos || in.skipping_line()) return look(in);
    end_ = newline + 1;
    return true;
  }
  read_outcome take(read_half& in) noexcept {
    const std::size_t end = end_;
    if (own_limit_ || end - 1 >= in.limit()) [[unlikely]]  // also where none was found
      return take_rarely(in);
    window_.use();
    return read_outcome::data(in.consume(end));
  }
  std::size_t asks(const read_half& in) const noexcept { return limit(in) + 1 == 0 ? limit(in) : limit(in) + 1; }

 private:
  static constexpr std::uint64_t newline_key = separators::key('\n');

  std::size_t limit(const read_half& in) const noexcept { return own_limit_ ? limit_ : in.limit(); }
  PENSTOCK_API bool look(const read_half& in) noexcept;
  std::size_t find_newline(const read_half& in) noexcept;
  bool look_ahead(const read_half& in, std::size_t& from) noexcept;
  PENSTOCK_API read_outcome take_rarely(read_half& in) noexcept;

  std::size_t limit_ = 0;
  std::uint64_t searched_ = 0;                  // the stream position up to which no line ends
  std::size_t end_ = 0;                         // behind the newline; 0: none found; ready() says it anew
  [[no_unique_address]] search_window window_;  // with room at its end: whoever waits for a line holds all this
  bool own_limit_ = false;
  bool again_ = false;  // it has answered before: looking ahead pays
};

// Drops bytes through the first separator in bounded memory: the way out of a readuntil overrun.
// Answers data with the separator that was found; if the stream ends first, eof or failed with the
// stored error, all dropped, however it was cut (I-2). Bad separators: failed, nothing dropped. A
// cancelled one has dropped what cannot be part of a separator.
class skip_until {
 public:
  explicit skip_until(separators ends) noexcept : separators_(ends) {}
  PENSTOCK_API bool ready(const read_half& in) noexcept;
  PENSTOCK_API read_outcome take(read_half& in) noexcept;
  std::size_t asks(const read_half&) const noexcept { return separators_.longest(); }

 private:
  separators separators_;
  std::uint64_t searched_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}}  // namespace penstock::v0
