// SPDX-License-Identifier: BSL-1.0
// A read_half and its model, side by side: does steps to both and compares all that can be asked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <penstock/framing.hpp>
#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>

#include "counting_blocks.hpp"
#include "lender.hpp"
#include "reader_model.hpp"
#include "reader_test.hpp"
#include "script.hpp"
#include "transcript.hpp"
#include "work_ledger.hpp"

namespace penstock::fuzz {

// One stream. Up to four operations live at once and are asked in turns: `choose` says which one the
// steps are about, and how many times `receive` brings its bytes. Steps that would break a contract (feeding after the
// end, lending more than there is room for) are made legal: left out or cut.
class reader_session {
 public:
  reader_session(read_options options, counting_blocks& blocks, transcript& out);

  // False if the step says nothing about a receiving half, or is not allowed here.
  bool run(const script& from, const step& one);
  // The end of the stream's life as a step: views and lent memory are checked once more.
  void finish();

  const reader_model& model() const noexcept { return model_; }
  // How many bytes the model has searched where many were buffered: it is slow.
  std::uint64_t patience_used() const noexcept { return patience_used_; }

 private:
  using operation = std::variant<std::monostate, read_some, read_to_eof, readexactly, readuntil, readline, skip_until,
                                 length_prefixed, netstring>;
  struct live {
    operation op;
    question asked{};  // what it asks
  };
  using handler = bool (reader_session::*)(const step&);

  static handler handler_of(opcode op) noexcept;

  bool choose(const step&);
  bool feed(const step&);
  bool lend(const step&);
  bool receive(const step&);
  bool feed_eof(const step&);
  bool fail(const step&);
  bool settle(const step&);
  bool begin(const step&);
  bool peek(const step&);
  bool consume(const step&);
  bool unread(const step&);
  bool unread_last(const step&);
  bool set_limit(const step&);
  bool await_input(const step&);
  bool stop_awaiting(const step&);
  bool ask(const step&);
  bool fail_allocation(const step&);

  live& now() noexcept { return live_[which_]; }
  void mean(std::size_t which) noexcept;
  void declare(const step& asked);
  void make_operation(const step& asked);
  void poll();
  template <class Op>
  read_outcome poll(Op& op);
  void poll_unready();
  void put_back(std::string_view bytes);
  void memory_refused(std::uint64_t failures_before);
  void compare_answer(const read_outcome& expected, const read_outcome& observed);
  void account(std::uint64_t position);
  void remember_view(std::string_view view);
  void drop_view();
  void compare_state();
  void compare_one_by_one();

  counting_blocks& blocks_;
  transcript& out_;
  reader_test test_;
  lender lender_;
  read_half in_;
  reader_model model_;
  work_ledger work_;
  std::array<live, work_ledger::most_operations> live_;
  std::size_t which_ = 0;  // of them is meant
  std::size_t times_ = 1;  // receive brings its bytes so often
  std::string received_;   // the bytes of the step, so often
  std::string_view view_;  // what was handed out last, while it must be readable
  std::string view_copy_;
  std::optional<read_outcome> last_;         // the answer, while its bytes must be readable
  std::string outcome_;                      // of the step, for the transcript
  std::span<const std::string_view> words_;  // of the step
  std::uint64_t known_key_ = 0;              // what the half remembers of a search in vain, and up to where
  std::uint64_t known_position_ = 0;
  std::uint64_t position_ = 0;  // where the stream must be
  std::uint64_t patience_used_ = 0;
  bool in_turns_ = false;  // a question is made for two of them, and asked again by the other one
  bool may_wait_ = false;  // the operation said need_more, and nothing has changed since
  bool lent_ = false;      // something was lent since settle()
};

}  // namespace penstock::fuzz
