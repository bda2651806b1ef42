// SPDX-License-Identifier: BSL-1.0
// What a record ends with: up to eight byte strings, and how far the search for each has come.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/error.hpp>

namespace penstock { inline namespace v0 {
namespace detail {

// One separator with what its search carries from one call to the next.
struct needle {
  const char* bytes;
  std::uint32_t size;
  std::uint32_t critical;  // with period: Two-Way's factorization, a function of the bytes alone
  std::uint32_t period;    // 0: not computed
  std::uint32_t progress;  // the debt of plain verification; in Two-Way how far it is ahead
};

class search_run;

}  // namespace detail

// One to eight separators, by value, without heap; their bytes must outlive the operation that
// uses them. Implicit on purpose: readuntil("\n") and readuntil({"\r\n", "\n"}); a single one takes
// no braces. An array of char counts up to its first NUL, a std::string_view with all it has.
class separators {
 public:
  static constexpr std::size_t max_count = 8;

  template <class... S>
    requires(sizeof...(S) >= 1 && sizeof...(S) <= max_count && (std::convertible_to<const S&, std::string_view> && ...))
  separators(const S&... views) {  // NOLINT: implicit, see above
    const std::string_view all[] = {views...};
    if constexpr (sizeof...(S) == 1)
      assign(all[0]);
    else
      assign(std::span<const std::string_view>(all));
  }
  // None, or more than eight: an error of check().
  separators(std::span<const std::string_view> views) noexcept { assign(views); }  // NOLINT

  // By hand, because most hold one of the eight.
  separators(const separators& other) noexcept { copy(other); }
  separators& operator=(const separators& other) noexcept {
    if (this != &other) copy(other);
    return *this;
  }
  ~separators() = default;

  // empty_separator: none, or one of no bytes (R30); too_many_separators; bad_option: one of 2^32
  // bytes or more. More than eight are too many, whatever they are. With an error, count() is 0.
  std::error_code check() const noexcept {
    return problem_ == 0 ? std::error_code() : make_error_code(static_cast<errc>(problem_));
  }

  std::size_t count() const noexcept { return count_; }
  // Sorted by length, those of one length in the order given (R30). i < count().
  std::string_view operator[](std::size_t i) const noexcept { return {needles_[i].bytes, needles_[i].size}; }
  // Bytes; 0 if check() is an error.
  std::size_t shortest() const noexcept { return count_ == 0 ? 0 : needles_[0].size; }
  std::size_t longest() const noexcept { return count_ == 0 ? 0 : needles_[count_ - 1u].size; }

  // Names the separators themselves: equal keys other than 0 mean equal separators. 0 for those
  // that do not fit, which is when their bytes and one byte a separator are more than eight.
  std::uint64_t key() const noexcept {
    std::uint64_t word = 0;
    unsigned shift = 0;
    for (unsigned i = 0; i != count_; ++i) {
      const needle& one = needles_[i];
      if (one.size > 7 || shift + 8 * (one.size + 1) > 64) return 0;
      word |= std::uint64_t{one.size} << shift;
      shift += 8;
      for (std::uint32_t at = 0; at != one.size; ++at, shift += 8)
        word |= std::uint64_t{static_cast<unsigned char>(one.bytes[at])} << shift;
    }
    return word;
  }
  // The key of a single separator of one byte.
  static constexpr std::uint64_t key(char byte) noexcept {
    return 1 | std::uint64_t{static_cast<unsigned char>(byte)} << 8;
  }

 private:
  friend class detail::search_run;
  using needle = detail::needle;

  void assign(std::string_view view) noexcept {
    needles_[0] = {view.data(), static_cast<std::uint32_t>(view.size()), 0, 0, 0};
    count_ = 1;
    if (view.empty()) return give_up(errc::empty_separator);
    if (!fits(view)) return give_up(errc::bad_option);
  }
  void give_up(errc e) noexcept {
    count_ = 0;
    problem_ = static_cast<unsigned char>(e);
  }
  static bool fits(std::string_view view) noexcept { return std::uint64_t{view.size()} <= ~std::uint32_t{0}; }
  PENSTOCK_API void assign(std::span<const std::string_view> views) noexcept;

  void copy(const separators& other) noexcept {
    if (other.count_ == 1)
      needles_[0] = other.needles_[0];
    else
      for (unsigned i = 0; i != other.count_; ++i) needles_[i] = other.needles_[i];
    searched_ = other.searched_;
    count_ = other.count_;
    problem_ = other.problem_;
    two_way_ = other.two_way_;
  }

  needle needles_[max_count];   // the first count_ have a value
  std::uint64_t searched_ = 0;  // the stream position up to which progress holds; 0: it does not
  unsigned char count_ = 0;
  unsigned char problem_ = 0;  // an errc, 0: none
  unsigned char two_way_ = 0;  // a bit a needle: searched by Two-Way
};

}}  // namespace penstock::v0
