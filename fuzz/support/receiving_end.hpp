// SPDX-License-Identifier: BSL-1.0
// What comes in at a connection, who waits for it, and its deadlines, beside their models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <penstock/connection.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/read_operations.hpp>

#include "counting_blocks.hpp"
#include "lender.hpp"
#include "naive_watch.hpp"
#include "reader_model.hpp"
#include "script.hpp"
#include "transcript.hpp"
#include "writer_model.hpp"

namespace penstock::fuzz {

// The wire's input, a reader who may wait, and time. A step answers false if a contract forbids it.
// The state of the whole connection is the writing model's.
class receiving_end {
 public:
  // The connection's transport speaks to `to`, its application to `of`: one object.
  receiving_end(wire& to, connection& of, read_options options, writer_model& whole, counting_blocks& blocks,
                transcript& out);

  // Whether the step is one of these.
  static bool knows(opcode op) noexcept { return handler_of(op) != nullptr; }
  bool run(const step&);
  // What `receive` prepared is committed behind the next step, or before one that needs that.
  void commit();
  void input_ended();
  void lost(std::error_code);
  // settle_input() comes: nothing is lent any more afterwards.
  void settled(bool memory_failed);
  void sent(std::size_t n) noexcept { sent_ += n; }

  // What was asked last may wait no longer.
  void changed() noexcept { may_wait_ = false; }
  void compare_state();

  const reader_model& model() const noexcept { return model_; }
  const std::string& outcome() const noexcept { return outcome_; }

 private:
  using operation = std::variant<read_some, readexactly, readline>;
  using handler = bool (receiving_end::*)(const step&);

  static handler handler_of(opcode op) noexcept;

  bool feed(const step&);
  bool lend(const step&);
  bool receive(const step&);
  bool begin(const step&);  // a read
  bool ask(const step&);
  bool await_input(const step&);
  bool stop_awaiting(const step&);
  bool consume(const step&);
  bool allow(const step&);
  bool pass_time(const step&);

  void poll();
  void arrived(std::string_view bytes, std::uint64_t failures_before);
  stream_progress progress() const noexcept;
  deadline_kind expected_at(time_point when) const noexcept;
  void compare_deadline();
  void code(const std::string& line);
  std::string operation_name() const { return "op" + std::to_string(asked_); }

  wire& wire_;
  connection& connection_;
  writer_model& whole_;
  counting_blocks& blocks_;
  transcript& out_;
  reader_model model_;
  lender lender_;
  operation operation_{read_some(1)};
  std::optional<question> question_;  // what operation_ asks
  std::string outcome_;               // of the step, for the transcript
  std::string under_way_;             // prepared for, not committed
  std::size_t count_ = 0;             // makes names different
  std::size_t asked_ = 0;             // the question's
  bool prepared_ = false;
  bool may_wait_ = false;
  bool lent_ = false;

  deadlines policy_;
  std::optional<deadline_watch> watch_;
  std::optional<naive_watch> clocks_;
  std::int64_t now_ = 0;
  std::uint64_t consumed_ = 0;
  bool dropping_ = false;   // the question that waits has taken bytes without answering
  std::uint64_t sent_ = 0;  // since there is a watch
};

}  // namespace penstock::fuzz
