// SPDX-License-Identifier: BSL-1.0
// The receiving half of a stream: bytes in from the wire, answers out to read operations.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>
#include <penstock/error.hpp>
#include <penstock/read_outcome.hpp>
#include <penstock/receive_buffer.hpp>

namespace penstock { inline namespace v0 {

struct read_options {
  std::size_t limit = 64 * 1024;  // bytes before a separator (R1); reading pauses above 2 * limit (R2)
  std::size_t max_buffered =
      16 * 1024 * 1024;  // hard cap, also for readexactly and read_to_eof; at least 2 * limit + 1
};

// errc::bad_option for a limit of 0 (R11), else success. A face calls it before it makes a half.
PENSTOCK_API std::error_code check(const read_options&) noexcept;

class read_half;

// A question about the unread bytes. ready() looks, may remember how far, consumes nothing.
// take() consumes and answers; it is called only after ready(), with nothing fed or consumed in
// between. It may also drop bytes and answer need_more. Optional: asks(seen), the bytes that must
// be buffered before the answer can change. Whoever writes one gets limits, end and errors free:
// at the end of the stream, at an error or at the cap read_half answers where ready() does not.
template <class Op>
concept read_operation = requires(Op op, const read_half& seen, read_half& in) {
  { op.ready(seen) } -> std::same_as<bool>;
  { op.take(in) } -> std::same_as<read_outcome>;
};

// What a half has done; never reset.
struct work_counters {
  std::uint64_t examined = 0;  // bytes that a search looked at
  std::uint64_t moved = 0;     // bytes copied
  std::uint64_t calls = 0;     // operations polled
};

// One reader at a time; not safe to share between threads. Nothing throws. A view that it hands
// out lives until the next prepare, lend, feed, settle or unread.
class read_half {
 public:
  explicit read_half(read_options options = {}, block_source& blocks = default_blocks()) noexcept
      : buffer_(blocks), limit_(options.limit), max_buffered_(options.max_buffered) {
    PENSTOCK_EXPECTS(!check(options));
  }

  // --- from the wire -----------------------------------------------------------------------

  // How many bytes may be brought in: 0 while paused, full or ended; else up to 2 * limit + 1
  // buffered, or what the waiting operation asks for; never past max_buffered (I-10).
  std::size_t input_room() const noexcept {
    if (ended() || (paused_ && asked_ == 0)) return 0;
    const std::size_t most = asked_ > plain_room() ? (asked_ < cap() ? asked_ : cap()) : plain_room();
    return most > buffer_.size() ? most - buffer_.size() : 0;
  }
  bool wants_input() const noexcept { return input_room() != 0; }

  // Exactly `at_least` writable bytes to receive into, until the next prepare, lend, feed or settle; empty if no
  // memory can be had (or for 0), then nothing has changed. May exceed input_room(). Blocks double: amortised O(1) a
  // byte.
  std::span<char> prepare(std::size_t at_least) noexcept { return buffer_.prepare(at_least); }
  // The first n prepared bytes have arrived. Contract: n <= what prepare gave; not after feed_eof.
  PENSTOCK_API void commit(std::size_t n) noexcept;

  // Bytes that arrived in the lender's memory: read in place until settle(). At most input_room().
  // `headroom` bytes in front of them are ours until then: a rest of at most 4 KiB is copied
  // there, a larger one (or one larger than what arrives) has them appended.
  PENSTOCK_API void lend(std::span<char> arrived, std::size_t headroom = 0) noexcept;
  // The same for memory that must not be written to.
  PENSTOCK_API void lend(std::string_view arrived) noexcept;
  // Moves what is unread out of the lender's memory and gives spare memory back: afterwards at
  // most 2 * buffered + 4 KiB are held, nothing where nothing is unread (I-11). Without memory:
  // what was lent is lost and errc::no_memory is stored.
  void settle() noexcept {
    if (!buffer_.settle()) fail(errc::no_memory);
  }

  // prepare, copy, commit (R14, R15). Without memory: errc::no_memory is stored. Contract: not
  // after feed_eof.
  PENSTOCK_API void feed(std::string_view bytes) noexcept;
  // No more will come (R16). Again: nothing.
  void feed_eof() noexcept { eof_ = true; }
  // Stores the error for the operations that buffered bytes cannot answer; the first one stays.
  PENSTOCK_API void fail(std::error_code) noexcept;

  // --- for the application -----------------------------------------------------------------

  // Asks once. need_more leaves pausing and room as they are; any other answer ends the wait. Inline
  // always: an answer that is returned in memory would be copied by loads that stall.
  template <read_operation Op>
  [[gnu::always_inline]] read_outcome poll(Op& op) {
    ++calls_;
    return op.ready(*this) ? answer(op) : unanswered();
  }

  // Called by whoever starts to wait, and again after each fruitless poll: un-pauses (R22) and
  // makes room for what the operation asks for, or for limit bytes more where it does not say.
  template <read_operation Op>
  void await_input(const Op& op) noexcept {
    if constexpr (requires {
                    { op.asks(*this) } -> std::same_as<std::size_t>;
                  })
      start_wait(op.asks(*this));
    else
      start_wait(sum(buffer_.size(), limit_));
  }
  // The wait was given up: canceled, timed out, destroyed. Nothing was consumed (R23).
  void stop_awaiting() noexcept { asked_ = 0; }

  std::string_view buffered() const noexcept { return buffer_.view(); }  // all unread bytes
  // Puts bytes back in front of the unread ones. O(unread); without memory: errc::no_memory.
  PENSTOCK_API void unread(std::string_view) noexcept;
  bool at_eof() const noexcept { return eof_ && buffer_.size() == 0; }  // R17
  bool ended() const noexcept { return eof_ || category_ != nullptr; }  // no more will come
  bool paused() const noexcept { return paused_ && asked_ == 0; }
  bool awaited() const noexcept { return asked_ != 0; }  // between await_input and the answer
  // Bytes were dropped of something whose end has not come, an over-long line or what a skip_until skips: until an
  // operation answers, also where the wait for it is given up.
  bool dropping() const noexcept { return dropping_ | skipping_line_; }
  bool full() const noexcept { return buffer_.size() >= cap(); }
  std::size_t limit() const noexcept { return limit_; }
  std::size_t max_buffered() const noexcept { return cap(); }  // the one in force: at least 2 * limit + 1
  // errc::bad_option for 0, and nothing changes. Raising it may un-pause.
  PENSTOCK_API std::error_code set_limit(std::size_t) noexcept;
  bool failed() const noexcept { return category_ != nullptr; }  // an error is stored
  std::error_code error() const noexcept {
    return category_ == nullptr ? std::error_code() : std::error_code(value_, *category_);
  }
  work_counters work() const noexcept { return {examined_, buffer_.moved(), calls_}; }
  std::size_t capacity() const noexcept { return buffer_.capacity(); }  // bytes of memory held
  block_source& blocks() const noexcept { return buffer_.blocks(); }

  // --- for operations ----------------------------------------------------------------------

  // Takes the first n unread bytes; may un-pause (R2, R37). Contract: n <= buffered().size().
  std::string_view consume(std::size_t n) noexcept {
    const std::string_view bytes = take(n);
    if (paused_ | skipping_line_) [[unlikely]]
      consumed_rarely(n);
    return bytes;
  }
  // Takes all that is unread, and what comes is no rest of what came: a filter was put in between.
  void start_over() noexcept {
    consume(buffer_.size());
    skipping_line_ = dropping_ = false;
  }
  // The answer of an operation that the end or an error cuts short: failed with the stored error,
  // which leaves the bytes; else incomplete with all that is there (R29, R35).
  PENSTOCK_API read_outcome cut_short(std::size_t expected) noexcept;

  // The stream position of the first unread byte; it only grows. unread() gives the bytes that
  // were buffered new positions, so that nothing remembered about old ones can apply.
  std::uint64_t position() const noexcept { return end_position_ - buffer_.size(); }
  // How many of the unread bytes a search need not look at again, by what the operation
  // remembers itself and by what was left here under the same key. No match ends within them.
  std::size_t searched(std::uint64_t key, std::uint64_t own_position) const noexcept {
    const search_memo* const known = buffer_.memo();
    if (known != nullptr && key != 0 && known->key == key && known->position > own_position) [[unlikely]]
      own_position = known->position;
    if (own_position <= position()) [[likely]]
      return 0;
    if (own_position > end_position_) [[unlikely]]  // it was another half's
      return 0;
    return static_cast<std::size_t>(own_position - position());
  }
  // No match for the key's separators ends within the unread bytes; answers the position behind
  // them, to be remembered. Key 0: only the operation remembers.
  std::uint64_t remember(std::uint64_t key) const noexcept {
    if (search_memo* const known = buffer_.memo(); known != nullptr && key != 0) *known = {key, end_position_};
    return end_position_;
  }
  void count_examined(std::uint64_t n) const noexcept { examined_ += n; }

  // An over-long line was dropped up to here, and its rest is to be dropped, too (R39, R40 as
  // mended). Any operation that consumes forgets it.
  bool skipping_line() const noexcept { return skipping_line_; }
  void skip_line() noexcept { skipping_line_ = true; }

  // Aborts unless all invariants hold; for tests.
  PENSTOCK_API void validate() const noexcept;

 private:
  static constexpr std::size_t sum(std::size_t a, std::size_t b) noexcept { return a > ~b ? ~std::size_t{0} : a + b; }
  std::size_t plain_room() const noexcept { return sum(sum(limit_, limit_), 1); }
  std::size_t cap() const noexcept { return max_buffered_ > plain_room() ? max_buffered_ : plain_room(); }
  std::string_view take(std::size_t n) noexcept {
    PENSTOCK_EXPECTS(n <= buffer_.size());
    const std::string_view bytes = buffer_.view().substr(0, n);
    buffer_.consume(n);
    return bytes;
  }
  // One named result: it is built where the caller wants it and never copied.
  template <class Op>
  read_outcome answer(Op& op) {
    std::uint64_t before = position();
    read_outcome out = op.take(*this);
    while (out.status() == read_status::need_more) [[unlikely]] {
      PENSTOCK_EXPECTS(position() != before);  // need_more from take() is for what dropped bytes
      before = position();
      if (!op.ready(*this)) {
        out = unanswered();
        break;
      }
      out = op.take(*this);
    }
    dropping_ = out.status() == read_status::need_more;
    if (!dropping_) asked_ = 0;
    return out;
  }
  void start_wait(std::size_t asked) noexcept {
    asked_ = asked != 0 ? asked : 1;
    paused_ = false;
  }
  PENSTOCK_API read_outcome unanswered() noexcept;
  PENSTOCK_API void consumed_rarely(std::size_t n) noexcept;
  void arrived(std::size_t n) noexcept {
    end_position_ += n;
    if (buffer_.size() >= plain_room()) paused_ = true;
  }

  receive_buffer buffer_;
  std::size_t limit_;
  std::size_t max_buffered_;
  std::size_t asked_ = 0;  // bytes that must be buffered before the waiting operation can go on; 0: nobody waits
  std::uint64_t end_position_ = 0;  // behind the last unread byte: consuming leaves it alone
  mutable std::uint64_t examined_ = 0;
  std::uint64_t calls_ = 0;
  const std::error_category* category_ = nullptr;  // of the stored error; null: none
  int value_ = 0;
  bool eof_ = false;
  bool paused_ = false;  // as asyncio's flag: set when bytes arrive, cleared by taking and by waiting
  bool skipping_line_ = false;
  bool dropping_ = false;
};

}}  // namespace penstock::v0
