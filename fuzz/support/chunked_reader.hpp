// SPDX-License-Identifier: BSL-1.0
// One stream of bytes, cut in some way and brought to a read_half as a transport does it: only when
// somebody waits, never more than there is room for.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <penstock/read_half.hpp>

#include "counting_blocks.hpp"
#include "lender.hpp"
#include "reader_model.hpp"
#include "reader_test.hpp"
#include "script.hpp"
#include "transcript.hpp"

namespace penstock::fuzz {

// How the next bytes come: at most so many, by feed, lend or receive.
struct cut {
  std::size_t size;
  opcode way;
  std::size_t headroom;  // of lend; more than is committed, of receive
};

// What an operation answered, as far as chunking must not change it: consumed() of an overrun may
// (R33), and of read_some only the pieces' concatenation counts.
struct answer {
  read_status status;
  std::string text;
  std::size_t expected;
  std::error_code error;

  friend bool operator==(const answer&, const answer&) = default;
};
std::string describe(const answer&);

// A transport and its stream. With `cuts` empty everything comes as soon as there is room for it.
class chunked_reader {
 public:
  chunked_reader(read_options options, std::string_view stream, std::span<const cut> cuts, std::error_code end,
                 transcript& out);

  // Asks until there is an answer; brings bytes while there is none, and after the last one the end
  // of the stream or its error. `before` is what another cutting answered, for the test.
  answer ask(const question& asked, const answer* before);
  void set_limit(std::size_t limit);
  void unread(std::string_view bytes);
  // What no operation took: unread bytes, then those that were not brought.
  std::string residue() const;
  void finish();

 private:
  template <class Op>
  answer drive(Op op, const question& asked, const answer* before);
  answer read_some_of_all(const question& asked, const answer* before);
  void bring();
  void settle();

  counting_blocks blocks_;
  lender lender_;
  transcript& out_;
  reader_test test_;
  read_half in_;
  std::string_view left_;
  std::span<const cut> cuts_;
  std::size_t next_cut_ = 0;
  std::error_code end_;  // success: end of the stream
  bool ended_ = false;
};

}  // namespace penstock::fuzz
