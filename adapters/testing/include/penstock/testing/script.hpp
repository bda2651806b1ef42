// SPDX-License-Identifier: BSL-1.0
// The script format: a session as a list of steps, in a binary form that fuzzers mutate and a text
// form that people read. Recordings, seeds, findings and regression tests are all scripts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// The numbers are the format: they never change within a version. What a target does not know it
// skips; 0 to 25 are the receiving half, 32 to 46 the sending half, the connection and the world,
// 48 to 54 the race, the rest what adapters and their kernel or fault plan add.
enum class opcode : std::uint8_t {
  end = 0,                // of the steps: the literal bytes follow
  feed = 1,               // BYTES
  lend = 2,               // HEADROOM BYTES
  receive = 3,            // EXTRA BYTES: prepares EXTRA more than it commits
  feed_eof = 4,           //
  fail = 5,               // NUMBER of the generic category; from 4096 on of penstock's
  settle = 6,             //
  read_some = 7,          // N
  read_to_eof = 8,        // AT_MOST
  readexactly = 9,        // N
  readuntil = 10,         // SEPARATORS
  readuntil_limit = 11,   // LIMIT SEPARATORS
  readline = 12,          //
  readline_limit = 13,    // LIMIT
  skip_until = 14,        // SEPARATORS
  length_prefixed = 15,   // WIDTH MAX_PAYLOAD ORDER (even: big endian)
  netstring = 16,         // MAX_PAYLOAD
  peek = 17,              //
  consume = 18,           // N
  unread = 19,            // BYTES
  unread_last = 20,       // N: the last N bytes of what was answered last, if that is still there
  set_limit = 21,         // LIMIT
  await_input = 22,       // by the operation that was asked last, if that was in vain
  stop_awaiting = 23,     //
  ask = 24,               // the operation that was asked last, again
  reader = 25,            // LIMIT MAX_BUFFERED: a new half
  drain = 26,             //
  flush = 27,             //
  wait_closed = 28,       //
  pause_reading = 29,     //
  resume_reading = 30,    //
  strike = 31,            // WAY AFTER: the wait that begins next is given up, so many rounds later
  writer = 32,            // HIGH LOW MAX_PENDING: a new half
  write = 33,             // BYTES
  write_owned = 34,       // BYTES
  writelines = 35,        // PARTS
  write_eof = 36,         //
  set_write_limits = 37,  // HIGH LOW MAX_PENDING
  gather = 38,            // SEGMENTS
  sent = 39,              // N
  shut_down = 40,         //
  settle_output = 41,     //
  close = 42,             //
  abort = 43,             //
  lost = 44,              // NUMBER of the generic category, 0: success
  fail_allocation = 45,   // N FOR: the N-th allocation from here on fails, and FOR - 1 after it
  pass_time = 46,         // NANOSECONDS
  cut = 47,               // CAPACITY MOST_RECEIVED MOST_SENT (0: as it is): how bytes travel from here on
  race = 48,              // ATTEMPTS DELAY TIMEOUT (nanoseconds; max: off)
  next_step = 49,         //
  started = 50,           // ATTEMPT
  succeeded = 51,         // ATTEMPT
  failed = 52,            // ATTEMPT NUMBER
  closed = 53,            // ATTEMPT
  cancel = 54,            //
  fault = 55,             // KIND VALUE: of a fault plan
  choose = 56,            // N: which of the target's objects the next steps are about
  arrive = 57,            // N: clients come
  answer = 58,            // CALL NUMBER TIMES: so many of the next calls of that kind answer that error
  event = 59,             // FLAGS: an event that nothing has caused
  serve = 60,             // HANDLER LIMIT HIGH
  descriptors = 61,       // N: so many more can be had
  let_go = 62,            //
  allow = 63,             // KIND AMOUNT: what the peer may take, KIND % 8 of `deadlines` (6: as servers, 7: no watch)
};

// One step. Which members are of use is said by the opcode's signature.
struct step {
  opcode op = opcode::end;
  std::uint8_t word_count = 0;
  std::uint32_t first_word = 0;
  std::array<std::uint64_t, 3> numbers{};  // in the order of the arguments
  std::string_view bytes;

  // The i-th number, cut to the range of sizes.
  std::size_t size(std::size_t i) const noexcept {
    constexpr std::uint64_t most = ~std::size_t{0};
    return static_cast<std::size_t>(numbers[i] < most ? numbers[i] : most);
  }
};

// A decoded script. Binary form, version 1:
//
//   0xF9, steps, 0x00, literal bytes
//
// A step is a byte, of which the low six bits are the opcode, and its arguments: numbers in LEB128;
// a list as its length (at most 9) and its elements; a separator as its length (at most 255) and its
// bytes; all other bytes as a length only, since they are taken from the literal bytes at the end, in
// order, as far as these go. Every string of bytes decodes: an opcode without a meaning is a step
// without one, what is missing is 0 or empty. 0xF9 begins no UTF-8 text, so that a plain message is
// a script, too: the one that feeds it, reads it by lines, writes it and sends it.
//
// Text form: the line `penstock script 1`, then one a step, `name` and arguments; numbers in decimal
// or `max`; bytes as describe() quotes them, perhaps `"ab"*100`; `rest "..."` for literal bytes that
// no step takes; # begins a comment.
class PENSTOCK_API script {
 public:
  static constexpr unsigned char version_byte = 0xF9;
  static constexpr std::size_t most_words = 9;
  static constexpr std::size_t longest_word = 255;

  // Views of `binary`, which must outlive the script.
  explicit script(std::string_view binary);
  explicit script(std::string&&) = delete;

  std::span<const step> steps() const noexcept { return steps_; }
  std::span<const std::string_view> words(const step& s) const noexcept {
    return std::span(words_).subspan(s.first_word, s.word_count);
  }
  std::string_view rest() const noexcept { return rest_; }          // literal bytes that no step takes
  std::string_view literals() const noexcept { return literals_; }  // all of them

  std::string binary() const;  // the shortest binary form
  std::string text() const;
  std::string text(const step&) const;  // one line, without its end

 private:
  void decode_plain(std::string_view message);

  std::vector<step> steps_;
  std::vector<std::string_view> words_;
  std::string_view literals_;
  std::string_view rest_;
};

// Whether the bytes are meant to be the text form: they begin like one, of whatever version.
PENSTOCK_API bool is_text(std::string_view bytes) noexcept;

// The binary form of a script in text form; nothing if it is malformed, then `problem` says where.
PENSTOCK_API std::optional<std::string> compile(std::string_view text, std::string& problem);

// The name of an opcode in the text form; empty for one without a meaning.
PENSTOCK_API std::string_view name(opcode) noexcept;

// The arguments of an opcode, a letter each: n a number, b bytes, W a list of separators, B a list
// of bytes.
PENSTOCK_API std::string_view signature(opcode) noexcept;

}}}  // namespace penstock::v0::testing
