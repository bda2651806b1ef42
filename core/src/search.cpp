// SPDX-License-Identifier: BSL-1.0
// The search for separators: candidates by a kernel, compared plainly while that is cheap and by
// Two-Way from where it is not.
#include <penstock/search.hpp>

#include <algorithm>
#include <cstring>

#include "search_kernels.hpp"
#include "two_way.hpp"

namespace penstock { inline namespace v0 { namespace detail {
namespace {

struct comparison {
  bool equal;
  std::size_t looked_at;  // bytes beyond the first and the last one, which a kernel compared
};

// Whether the `size` bytes at `text` and at `bytes` are equal; 2 <= size, and the first and the
// last one are.
[[gnu::always_inline]] inline comparison compare(const char* text, const char* bytes, std::size_t size) noexcept {
  constexpr std::size_t step = 8;
  if (size < step) {
    if (size == 2) return {true, 0};
    if (size == 3) return {text[1] == bytes[1], 1};
    const bool equal = std::memcmp(text, bytes, 4) == 0 && std::memcmp(text + size - 4, bytes + size - 4, 4) == 0;
    return {equal, size - 2};
  }
  std::size_t at = 0;
  for (; size - at > step; at += step)
    if (std::memcmp(text + at, bytes + at, step) != 0) return {false, at + step};
  return {std::memcmp(text + size - step, bytes + size - step, step) == 0, size - 2};
}

}  // namespace

// One call of find_match. What it learned until a fruitless end stays in the separators for the
// call that goes on. Invariant between calls: where searched_ is 0, so are progress and two_way_.
class search_run {
 public:
  // The first candidate of a single separator is looked at before anything else is set up: mostly
  // it is the match, and there is nothing to know.
  static match find(candidate_search* next, separators& what, std::string_view text, std::size_t from,
                    std::uint64_t& examined, std::uint64_t position) noexcept {
    if (what.count_ != 1 || what.searched_ != 0 || what.needles_[0].size == 1)
      return find_any(next, what, text, from, examined, position);
    needle& one = what.needles_[0];
    const std::size_t size = one.size;
    const std::size_t place = first_place(from, size);
    if (text.size() < size || text.size() - size < place) return {0, 0};
    const std::size_t end = text.size() - size + 1;
    const std::size_t at = next(text.data(), place, end, one.bytes, size);
    examined += at - place;
    if (at == end) return {0, 0};
    const comparison compared = compare(text.data() + at, one.bytes, size);
    examined += 1 + compared.looked_at;
    if (compared.equal) return {at, at + size};
    one.progress = static_cast<std::uint32_t>(debt_after(0, compared.looked_at, at - place + 1));
    return find_behind(next, what, text, at, examined, position);
  }

 private:
  search_run(candidate_search* next, separators& what, std::string_view text, std::uint64_t& examined) noexcept
      : next_(next), what_(what), text_(text), examined_(examined) {}

  [[gnu::noinline]] static match find_any(candidate_search* next, separators& what, std::string_view text,
                                          std::size_t from, std::uint64_t& examined, std::uint64_t position) noexcept {
    search_run run(next, what, text, examined);
    if (from == 0 || position == no_position || position + from < what.searched_)
      run.forget();
    else
      run.skip(position + from - what.searched_);
    return run.settled(what.count_ == 1 ? run.seek(0, from, text.size()) : run.seek_each(from), position);
  }

  // Goes on behind a candidate of the single separator that was no match.
  [[gnu::noinline]] static match find_behind(candidate_search* next, separators& what, std::string_view text,
                                             std::size_t candidate, std::uint64_t& examined,
                                             std::uint64_t position) noexcept {
    search_run run(next, what, text, examined);
    const std::size_t size = what.needles_[0].size;
    const std::size_t end = text.size() - size + 1;
    const std::size_t at = run.seek_plainly(0, candidate + 1, end);
    return run.settled(at == end ? match{0, 0} : match{at, at + size}, position);
  }

  // The first place at which a match that does not end within the first `from` bytes can begin.
  static std::size_t first_place(std::size_t from, std::size_t size) noexcept {
    return from >= size ? from - size + 1 : 0;
  }

  // What comparing looks at beyond two bytes a place tried is debt.
  static std::uint64_t debt_after(std::uint64_t debt, std::size_t looked_at, std::size_t tried) noexcept {
    debt += looked_at;
    return debt - std::min(debt, 2 * std::uint64_t{tried});
  }

  match settled(match found, std::uint64_t position) noexcept {
    if (found.end != 0 || position == no_position || !knows())
      forget();
    else
      what_.searched_ = position + text_.size();
    return found;
  }

  bool knows() const noexcept {
    bool any = what_.two_way_ != 0;
    for (unsigned i = 0; i != what_.count_; ++i) any |= what_.needles_[i].progress != 0;
    return any;
  }

  void forget() noexcept {
    for (unsigned i = 0; i != what_.count_; ++i) what_.needles_[i].progress = 0;
    what_.searched_ = 0;
    what_.two_way_ = 0;
  }

  // The caller has searched so many bytes more. Two-Way may stand ahead of their end, or behind.
  void skip(std::uint64_t bytes) noexcept {
    if (bytes == 0) return;
    for (unsigned i = 0; i != what_.count_; ++i) {
      if ((what_.two_way_ >> i & 1) == 0) continue;
      std::uint32_t& ahead = what_.needles_[i].progress;
      ahead = ahead < bytes ? 0 : static_cast<std::uint32_t>(ahead - bytes);
    }
  }

  // Windows of ends: all separators are sought in one before any is in the next, so that a rare
  // one is not sought far behind the match of another.
  match seek_each(std::size_t from) noexcept {
    const std::size_t begin = from;
    match best{0, 0};
    while (best.end == 0 && from < text_.size()) {
      const std::size_t window = std::max<std::size_t>(64, from - begin);
      const std::size_t to = text_.size() - from > window ? from + window : text_.size();
      for (unsigned i = 0; i != what_.count_; ++i) {
        const match found = seek(i, from, best.end == 0 ? to : best.end - 1);
        if (found.end != 0) best = found;
      }
      from = to;
    }
    return best;
  }

  // The first match of one separator that ends within text[0, to); none ends within text[0, from).
  match seek(unsigned i, std::size_t from, std::size_t to) noexcept {
    needle& one = what_.needles_[i];
    const std::size_t size = one.size;
    if (from >= to) return {0, 0};
    if (to < size) {
      one.progress = 0;
      return {0, 0};
    }
    const std::size_t end = to - size + 1;  // of the places to try
    const bool plain = (what_.two_way_ >> i & 1) == 0;
    const std::size_t at = size == 1 ? seek_byte(one.bytes[0], from, end)
                           : plain   ? seek_plainly(i, first_place(from, size), end)
                                     : go_on_by_two_way(one, first_place(from + one.progress, size), end);
    return at == end ? match{0, 0} : match{at, at + size};
  }

  std::size_t seek_byte(char byte, std::size_t place, std::size_t end) noexcept {
    const char* const text = text_.data();
    const void* const found = std::memchr(text + place, byte, end - place);
    if (found == nullptr) {
      examined_ += end - place;
      return end;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - text);
    examined_ += at - place + 1;
    return at;
  }

  // The first candidate in [place, end), or end.
  std::size_t candidate(const needle& one, std::size_t place, std::size_t end) noexcept {
    const std::size_t at = next_(text_.data(), place, end, one.bytes, one.size);
    examined_ += at - place + (at != end);
    return at;
  }

  // Compares each candidate. More debt than the needle has bytes, and Two-Way takes over.
  std::size_t seek_plainly(unsigned i, std::size_t place, std::size_t end) noexcept {
    needle& one = what_.needles_[i];
    std::uint64_t debt = one.progress;
    while (place != end) {
      const std::size_t at = candidate(one, place, end);
      if (at == end) {
        debt = debt_after(debt, 0, end - place);
        break;
      }
      const comparison compared = compare(text_.data() + at, one.bytes, one.size);
      examined_ += compared.looked_at;
      if (compared.equal) return at;
      debt = debt_after(debt, compared.looked_at, at - place + 1);
      place = at + 1;
      if (debt > one.size) {
        if (one.period == 0) factorize(one, examined_);
        what_.two_way_ = static_cast<unsigned char>(what_.two_way_ | 1u << i);
        return go_on_by_two_way(one, place, end);
      }
    }
    one.progress = static_cast<std::uint32_t>(debt);
    return end;
  }

  // Leaves in `progress` how far Two-Way stands ahead of the first place that could not be tried.
  std::size_t go_on_by_two_way(needle& one, std::size_t place, std::size_t end) noexcept {
    const std::size_t at = seek_by_two_way(one, next_, text_.data(), place, end, examined_);
    if (at < end) return at;
    one.progress = static_cast<std::uint32_t>(at - end);
    return end;
  }

  candidate_search* const next_;
  separators& what_;
  const std::string_view text_;
  std::uint64_t& examined_;
};

match find_match_by(candidate_search* next, separators& what, std::string_view text, std::size_t from,
                    std::uint64_t& examined, std::uint64_t position) noexcept {
  return search_run::find(next, what, text, from, examined, position);
}

match find_match(separators& what, std::string_view text, std::size_t from, std::uint64_t& examined,
                 std::uint64_t position) noexcept {
  return search_run::find(fastest_candidate_search(), what, text, from, examined, position);
}

}}}  // namespace penstock::v0::detail
