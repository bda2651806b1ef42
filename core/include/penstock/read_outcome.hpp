// SPDX-License-Identifier: BSL-1.0
// What a read operation answers: not yet, bytes, the end, or an error.
#pragma once

#include <cstddef>
#include <string_view>
#include <system_error>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

enum class read_status : std::size_t {
  need_more,      // not yet: feed and ask again; nothing was consumed
  data,           // text()
  eof,            // the stream ended cleanly and nothing is left
  incomplete,     // the stream ended inside: text() is what there was (R29, R35)
  limit_overrun,  // no separator within the limit: consumed() (R33, R34, R39)
  failed,         // error(); buffered bytes are kept
};

PENSTOCK_API std::string_view name(read_status) noexcept;

// One answer. Every accessor may be asked at any status: empty, 0 or success where the status
// carries none. Its fields are whole words: a one-byte status would stall every copy.
class [[nodiscard]] read_outcome {
 public:
  static read_outcome need_more() noexcept { return read_outcome(read_status::need_more); }
  static read_outcome data(std::string_view text) noexcept { return read_outcome(read_status::data, text); }
  static read_outcome eof() noexcept { return read_outcome(read_status::eof); }
  static read_outcome incomplete(std::string_view partial, std::size_t expected) noexcept {
    return read_outcome(read_status::incomplete, partial, expected);
  }
  static read_outcome limit_overrun(std::size_t consumed, bool separator_found = false) noexcept {
    return read_outcome(read_status::limit_overrun, separator_found ? "" : nullptr, 0, consumed);
  }
  static read_outcome failed(std::error_code ec) noexcept {
    return read_outcome(read_status::failed, &ec.category(), 0,
                        static_cast<std::size_t>(static_cast<unsigned>(ec.value())));
  }

  // A copy made word by word, for who copies an answer right after it was given: a load that spans
  // two words waits for both stores, longer than the rest of a line's work.
  read_outcome by_words() const noexcept {
    return read_outcome(alone(status_), alone(subject_), alone(size_), alone(number_));
  }

  read_status status() const noexcept { return status_; }

  // data, incomplete: valid until the next prepare, lend, feed, settle or unread of its read_half.
  std::string_view text() const noexcept { return {static_cast<const char*>(subject_), size_}; }

  // incomplete: the bytes asked for; 0 where asyncio has None (R44).
  std::size_t expected() const noexcept { return status_ == read_status::incomplete ? number_ : 0; }

  // limit_overrun: asyncio's LimitOverrunError.consumed (R45); for readline the bytes dropped.
  std::size_t consumed() const noexcept { return status_ == read_status::limit_overrun ? number_ : 0; }
  // limit_overrun: there is a separator, too far away; asyncio's other text.
  bool separator_found() const noexcept { return status_ == read_status::limit_overrun && subject_ != nullptr; }

  std::error_code error() const noexcept {
    if (status_ != read_status::failed) return {};
    return {static_cast<int>(static_cast<unsigned>(number_)), *static_cast<const std::error_category*>(subject_)};
  }

 private:
  explicit read_outcome(read_status status, std::string_view text = {}, std::size_t number = 0) noexcept
      : read_outcome(status, text.data(), text.size(), number) {}
  read_outcome(read_status status, const void* subject, std::size_t size, std::size_t number) noexcept
      : status_(status), subject_(subject), size_(size), number_(number) {}

  // Keeps the compiler from loading two words at once.
  template <class Word>
  static Word alone(Word word) noexcept {
    asm("" : "+r"(word));
    return word;
  }

  read_status status_;
  const void* subject_;  // the text, the error's category, or anything for a separator that was found
  std::size_t size_;     // of the text
  std::size_t number_;   // expected, consumed, or the error's value
};

}}  // namespace penstock::v0
