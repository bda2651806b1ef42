// SPDX-License-Identifier: BSL-1.0
// What a read_half answers, by the rules alone: a std::string and three flags.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/read_half.hpp>
#include <penstock/read_outcome.hpp>

#include "script.hpp"

namespace penstock::fuzz {

// The match of several separators whose end is earliest, ties to the shortest (R31).
struct naive_match {
  bool found = false;
  std::size_t begin = 0;
  std::size_t end = 0;
};
naive_match naive_find(std::string_view text, std::span<const std::string_view> separators) noexcept;

// The size of the longest one; 0 if there is none.
std::size_t longest(std::span<const std::string_view> words) noexcept;

// a + b, or the largest size.
constexpr std::size_t saturated_sum(std::size_t a, std::size_t b) noexcept { return b > ~a ? ~std::size_t{0} : a + b; }

// A script's step that asks something, with its list of separators.
struct question {
  step asked;
  std::span<const std::string_view> words;
};
bool is_question(opcode) noexcept;

// What `reader` asks for. R11: a limit of 0 is refused; the stream then has one of 1.
read_options legal_reading(const step&);

// The receiving half as R11 to R45 and section "Copy or mend" want it. Slow and plain on purpose;
// nothing here knows of blocks, positions or memory. The text of an answer lives until the next.
class reader_model {
 public:
  explicit reader_model(read_options options) noexcept : limit_(options.limit), max_buffered_(options.max_buffered) {}

  // --- from the wire
  void arrive(std::string_view bytes);               // R14, R15
  void feed_eof() noexcept { eof_ = true; }          // R16
  void fail(std::error_code) noexcept;               // I-23: the first one stays
  void lose_buffered() noexcept { bytes_.clear(); }  // the lender's memory is gone

  // --- for the application
  read_outcome poll(const question&);
  read_outcome poll_unready();                       // an operation that bytes never answer
  void await_input(const question& asked) noexcept;  // R22
  void stop_awaiting() noexcept;                     // R23
  std::string_view consume(std::size_t n);
  void unread(std::string_view bytes);
  std::error_code set_limit(std::size_t limit) noexcept;

  std::string_view buffered() const noexcept { return bytes_; }
  std::size_t limit() const noexcept { return limit_; }
  std::size_t max_buffered() const noexcept;
  bool at_eof() const noexcept { return eof_ && bytes_.empty(); }  // R17
  bool eof() const noexcept { return eof_; }
  bool ended() const noexcept { return eof_ || error_; }
  bool paused() const noexcept { return paused_ && asked_ == 0; }
  bool full() const noexcept { return bytes_.size() >= max_buffered(); }
  bool waiting() const noexcept { return asked_ != 0; }
  bool skipping_line() const noexcept { return skipping_; }
  std::error_code error() const noexcept { return error_; }
  std::size_t input_room() const noexcept;  // I-10
  // How many bytes left the half in the last call, delivered or dropped.
  std::size_t taken() const noexcept { return taken_; }
  // How many of the bytes in front a search in the last poll had to look at: through the match, or
  // all of them.
  std::size_t sought() const noexcept { return sought_; }
  bool sought_in_vain() const noexcept { return in_vain_; }

 private:
  // What the unread bytes say about a frame that begins with them.
  struct frame {
    enum class state { partial, complete, too_long, malformed } state;
    std::size_t header;  // bytes in front of the payload, as far as they are there
    std::size_t payload;
    std::size_t whole;  // the size of the frame, as far as it is known
  };
  frame look_at_length_prefix(std::size_t width, std::size_t max_payload, bool big_endian) const noexcept;
  frame look_at_netstring(std::size_t max_payload) const noexcept;
  read_outcome read_frame(const frame&);

  read_outcome answer(const question&);
  read_outcome read_some(std::size_t n);
  read_outcome read_to_eof(std::size_t at_most);
  read_outcome readexactly(std::size_t n);
  read_outcome readuntil(std::size_t limit, std::span<const std::string_view> separators);
  read_outcome readline(std::size_t limit);
  read_outcome skip_until(std::span<const std::string_view> separators);
  read_outcome unanswered() noexcept;
  read_outcome cut_short(std::size_t expected);
  std::error_code bad_argument(const question&) const noexcept;
  std::size_t asks(const question&) const noexcept;
  std::size_t plain_room() const noexcept;
  std::string_view take(std::size_t n);
  std::string_view accept(std::size_t n);
  void maybe_resume() noexcept;
  naive_match seek(std::span<const std::string_view> separators) noexcept;

  std::string bytes_;
  std::string answer_;
  std::size_t limit_;
  std::size_t max_buffered_;
  std::size_t asked_ = 0;
  std::size_t taken_ = 0;
  std::size_t sought_ = 0;
  std::error_code error_;
  bool eof_ = false;
  bool paused_ = false;
  bool skipping_ = false;
  bool in_vain_ = false;
};

}  // namespace penstock::fuzz
