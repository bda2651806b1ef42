// SPDX-License-Identifier: BSL-1.0
// The answers of asyncio's reads that are not on the fastest path.
#include <penstock/read_operations.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace penstock { inline namespace v0 {
namespace {

// With fewer places than this left, looking ahead costs more than it saves.
constexpr std::size_t worth_looking_ahead = 16;
constexpr std::size_t worth_looking_ahead_for_lines = 128;  // memchr is quick

// Up to so many are searched byte by byte: a wide load of what was just stored has to wait for it.
constexpr std::size_t few = 4;

const char* find(const char* bytes, std::size_t n, char wanted) noexcept {
  if (n > few) return static_cast<const char*>(std::memchr(bytes, wanted, n));
  for (const char* const end = bytes + n; bytes != end; ++bytes)
    if (*bytes == wanted) return bytes;
  return nullptr;
}

std::error_code check_limit(const read_half& in, std::size_t limit) noexcept {
  if (limit == 0 || limit > in.max_buffered()) return errc::bad_option;
  return {};
}

}  // namespace

read_outcome read_some::take(read_half& in) const noexcept {
  if (in.buffered().empty()) {
    if (const std::error_code ec = in.error()) return read_outcome::failed(ec);
    if (n_ == 0) return read_outcome::data({});
    in.consume(0);  // un-pauses (R26)
    return read_outcome::eof();
  }
  return read_outcome::data(in.consume(std::min(n_, in.buffered().size())));
}

read_outcome read_to_eof::take(read_half& in) const noexcept {
  if (const std::error_code ec = in.error()) return read_outcome::failed(ec);
  if (in.full() || in.buffered().size() > at_most_) return read_outcome::failed(errc::buffer_full);
  return read_outcome::data(in.consume(in.buffered().size()));
}

std::error_code readuntil::bad_argument(const read_half& in) const noexcept {
  if (const std::error_code ec = separators_.check()) return ec;
  return own_limit_ ? check_limit(in, limit_) : std::error_code();
}

std::size_t readuntil::asks(const read_half& in) const noexcept {
  const std::size_t limit = this->limit(in);
  const std::size_t longest = separators_.longest();
  return limit > ~longest ? ~std::size_t{0} : limit + longest;
}

// Looks ahead for matches of a single separator; `from` becomes what is ruled out if there is none.
// Every place is looked at once. Comparing candidates that are none costs at most 2 bytes a place
// and 2 separators, or 3 bytes a place for short separators; then it is left to Two-Way for good.
bool readuntil::look_ahead(const read_half& in, std::size_t& from) noexcept {
  const std::string_view bytes = in.buffered();
  const std::string_view wanted = separators_[0];
  const auto matches_next = [&] {
    begin_ = window_.next(in.position());
    if (begin_ == window_.npos || !matches(in)) return false;
    end_ = begin_ + wanted.size();
    return true;
  };
  for (std::size_t seen = window_.reach(in.position());;) {
    while (begin_ != window_.npos) {  // a candidate that is none
      window_.pass();
      wasted_ += wanted.size() - 2;
      from = std::max(from, begin_ + wanted.size());
      if (wanted.size() > 5 && wasted_ > 2 * looked_ + 2 * wanted.size()) {
        window_.forget();
        in_vain_ = true;
        return false;
      }
      if (matches_next()) return true;
    }
    const std::size_t start = std::max(from >= wanted.size() ? from - (wanted.size() - 1) : 0, seen);
    if (start != 0) from = std::max(from, start + wanted.size() - 1);
    if (bytes.size() < wanted.size() - 1 + worth_looking_ahead ||
        start > bytes.size() - (wanted.size() - 1 + worth_looking_ahead))
      return false;
    const std::size_t passed = window_.look(bytes.data() + start, bytes.size() - (wanted.size() - 1) - start,
                                            in.position() + start, wanted.front(), wanted.back(), wanted.size() - 1);
    in.count_examined(passed);
    looked_ += passed;
    seen = start + passed;
    if (matches_next()) return true;
  }
}

bool readuntil::look(const read_half& in) noexcept {
  end_ = 0;
  if (bad_argument(in)) return true;
  const std::string_view bytes = in.buffered();
  const std::size_t longest = separators_.longest();
  std::size_t from = in.searched(separators_.key(), searched_);
  if (again_ && !in_vain_ && look_ahead(in, from)) return true;
  std::uint64_t examined = 0;
  const search_result match = find_first(separators_, bytes, from, examined, in.position());
  in.count_examined(examined);
  if (match.found) {
    again_ = separators_.count() == 1 && longest >= 2;
    begin_ = match.begin;
    end_ = match.end;
    return true;
  }
  searched_ = in.remember(separators_.key());
  return (bytes.size() >= longest && bytes.size() - longest >= limit(in)) || in.ended();
}

read_outcome readuntil::take_rarely(read_half& in) noexcept {
  if (const std::error_code ec = bad_argument(in)) return read_outcome::failed(ec);
  if (std::exchange(end_, 0) != 0) return read_outcome::limit_overrun(begin_, true);
  const std::size_t size = in.buffered().size();
  const std::size_t longest = separators_.longest();
  if (size >= longest && size - longest >= limit(in)) return read_outcome::limit_overrun(size - longest + 1);
  return in.cut_short(0);
}

// Behind the first newline that is not ruled out; 0: none is buffered.
PENSTOCK_HOT std::size_t readline::find_newline(const read_half& in) noexcept {
  const std::string_view bytes = in.buffered();
  std::size_t from = in.searched(newline_key, searched_);
  if (again_ && (bytes.size() - from > few || window_.reach(in.position()) > from)) {
    if (const std::size_t known = window_.next(in.position()); known != window_.npos) return known + 1;
    from = std::min(std::max(from, window_.reach(in.position())), bytes.size());
    if (bytes.size() - from >= worth_looking_ahead_for_lines && look_ahead(in, from))
      return window_.next(in.position()) + 1;
  }
  const char* const at = find(bytes.data() + from, bytes.size() - from, '\n');
  const std::size_t end = at == nullptr ? bytes.size() : static_cast<std::size_t>(at - bytes.data()) + 1;
  in.count_examined(end - from);
  if (at == nullptr) return 0;
  again_ = true;
  return end;
}

// True: next() knows a newline; else `from` becomes what is ruled out.
PENSTOCK_HOT bool readline::look_ahead(const read_half& in, std::size_t& from) noexcept {
  const std::string_view bytes = in.buffered();
  const std::size_t passed =
      window_.look(bytes.data() + from, bytes.size() - from, in.position() + from, '\n', '\n', 0);
  in.count_examined(passed);
  from += passed;
  return window_.next(in.position()) != window_.npos;
}

PENSTOCK_HOT bool readline::look(const read_half& in) noexcept {
  end_ = 0;
  if (own_limit_ && check_limit(in, limit_)) return true;
  if (in.buffered().empty()) return in.ended();  // the last question of most turns
  if (in.skipping_line()) return true;
  end_ = find_newline(in);
  if (end_ != 0) return true;
  searched_ = in.remember(newline_key);
  return in.buffered().size() > limit(in) || in.ended();
}

read_outcome readline::take_rarely(read_half& in) noexcept {
  if (own_limit_) {
    if (const std::error_code ec = check_limit(in, limit_)) return read_outcome::failed(ec);
  }
  if (in.skipping_line()) {
    const std::size_t end = find_newline(in);
    if (end == 0) {
      in.consume(in.buffered().size());
      in.skip_line();
      if (!in.ended()) return read_outcome::need_more();
      return in.error() ? read_outcome::failed(in.error()) : read_outcome::eof();
    }
    in.consume(end);
    return read_outcome::need_more();
  }
  const std::size_t end = std::exchange(end_, 0);
  if (end != 0) {
    if (end - 1 <= limit(in)) return read_outcome::data(in.consume(end));
    in.consume(end);
    return read_outcome::limit_overrun(end, true);
  }
  const std::size_t size = in.buffered().size();
  if (size > limit(in)) {
    in.consume(size);
    in.skip_line();
    return read_outcome::limit_overrun(size);
  }
  if (const std::error_code ec = in.error()) return read_outcome::failed(ec);
  return size == 0 ? read_outcome::eof() : read_outcome::data(in.consume(size));
}

bool skip_until::ready(const read_half& in) noexcept {
  end_ = 0;
  if (separators_.check()) return true;
  const std::string_view bytes = in.buffered();
  const std::size_t from = in.searched(separators_.key(), searched_);
  std::uint64_t examined = 0;
  const search_result match = find_first(separators_, bytes, from, examined, in.position());
  in.count_examined(examined);
  if (match.found) {
    begin_ = match.begin;
    end_ = match.end;
    return true;
  }
  searched_ = in.remember(separators_.key());
  return bytes.size() >= separators_.longest() || in.ended();
}

read_outcome skip_until::take(read_half& in) noexcept {
  if (const std::error_code ec = separators_.check()) return read_outcome::failed(ec);
  const std::size_t end = std::exchange(end_, 0);
  if (end != 0) return read_outcome::data(in.consume(end).substr(begin_));
  const std::size_t size = in.buffered().size();
  if (in.ended()) {
    in.consume(size);
    return in.error() ? read_outcome::failed(in.error()) : read_outcome::eof();
  }
  in.consume(size - (separators_.longest() - 1));
  return read_outcome::need_more();
}

}}  // namespace penstock::v0
