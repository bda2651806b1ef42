// SPDX-License-Identifier: BSL-1.0
// How much work a stream may have done (I-16): counted, never timed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <penstock/read_half.hpp>

#include "check.hpp"

namespace penstock::fuzz {

// Two sums, and what each may be.
//
// Examined. An operation that seeks a separator of k bytes and ends n bytes behind the place where it
// began may look at r * n + 8 * k bytes, over all its polls: r is 1 for k of 1 and 2, 2 for 3, 3 for
// 4 and 4 for more, and the 8 * k counts for k above 4 only. With several separators: each of them
// so, with 2 * n + 64 for n, but never more than there were bytes. n ends with the match, so that
// bytes behind it are not looked at for every record; but an operation that is asked again after an
// answer may look ahead, at every byte once. An operation begins where the one before it stopped in
// vain, less the size of a separator, if its separators fit into a key and the half has kept it,
// that is, if no byte was lent or unread since; else it may look at what is buffered once more. Of
// several that live at once each has a sum of its own, whatever the others have seen.
//
// Moved. Every byte that a transport brings or makes room for is paid for with 4 moves and every
// byte that leaves with 1; unread() moves all there is, and the next growth once more, for it made no
// room behind.
class work_ledger {
 public:
  static constexpr std::size_t most_operations = 4;

  // Which of the operations that live the calls about searches mean from here on.
  void choose(std::size_t operation) noexcept { which_ = operation; }
  // A new operation begins to seek at the stream position; bytes in front of it are known.
  void begin_search(std::uint64_t from, std::span<const std::string_view> separators) noexcept;
  // It has looked up to the stream position `to`; `available` is the end of what it could see.
  void searched(std::uint64_t from, std::uint64_t to, std::uint64_t available) noexcept;
  // It seeks several times in one poll: from here on it may look ahead, as if it had answered.
  void look_ahead() noexcept { now().looks_ahead = now().separators.size() == 1; }
  // It has answered, and may be asked again; where it found something and kept it, it finds it anew.
  void answered(bool kept) noexcept;
  // It is given up.
  void end_search() noexcept;
  // The stream was given new positions: what was searched may be searched again.
  void forget() noexcept {
    for (search& one : searches_) one.covered = 0;
  }

  void prepared(std::uint64_t n) noexcept { moves_ += 4 * n; }
  void left(std::uint64_t n) noexcept { moves_ += n; }
  void unread(std::uint64_t buffered) noexcept { moves_ += 2 * buffered; }

  void check(const work_counters& done) const {
    std::uint64_t examined = closed_;
    for (const search& one : searches_) examined += one.allowed();
    expect_at_most("bytes examined (I-16)", examined, done.examined);
    expect_at_most("bytes moved (I-16)", moves_, done.moved);
  }

 private:
  // Of one operation.
  struct search {
    std::span<const std::string_view> separators;
    std::uint64_t covered = 0;    // the position up to which it has looked
    std::uint64_t sought = 0;     // bytes that it had to look at
    std::uint64_t available = 0;  // bytes that it could see
    bool looks_ahead = false;

    std::uint64_t allowed() const noexcept;
  };
  search& now() noexcept { return searches_[which_]; }

  std::array<search, most_operations> searches_;
  std::size_t which_ = 0;
  std::uint64_t closed_ = 0;  // of the operations that have ended
  std::uint64_t moves_ = 0;
};

}  // namespace penstock::fuzz
