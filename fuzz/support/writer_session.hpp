// SPDX-License-Identifier: BSL-1.0
// A sending half and its model, side by side: does steps to both and compares all that can be asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <penstock/connection.hpp>
#include <penstock/write_half.hpp>

#include "counting_blocks.hpp"
#include "gathered.hpp"
#include "loans.hpp"
#include "receiving_end.hpp"
#include "script.hpp"
#include "sending_end.hpp"
#include "transcript.hpp"
#include "writer_model.hpp"
#include "writer_test.hpp"

namespace penstock::fuzz {

// How the steps write. Small inputs write much: `scale` times the bytes of the step.
struct writing {
  enum class form : std::uint8_t { view, bytes, own_output, huge };
  form copied = form::view;
  owned_form owned = owned_form::view;
  std::size_t scale = 1;
};

// One stream. Steps that would break a contract (a FIN that nobody asked for) are left out.
class writer_session {
 public:
  writer_session(writer_model::kind what, read_options reading, write_options options, counting_blocks& blocks,
                 transcript& out);

  // False if the step says nothing about a sending half, or is not allowed here.
  // Of a connection also: what comes in, who waits for it, and time.
  bool run(const script& from, const step& one, const writing& how);
  // The end of the stream's life as a step: what the sink saw is compared as a whole.
  void finish();

  const writer_model& model() const noexcept { return model_; }

 private:
  using handler = bool (writer_session::*)(const step&);

  static handler handler_of(opcode op) noexcept;

  bool write(const step&);
  bool write_owned(const step&);
  bool writelines(const step&);
  bool write_eof(const step&);
  bool set_limits(const step&);
  bool gather(const step&);
  bool sent(const step&);
  bool shut_down(const step&);
  bool settle(const step&);
  bool close(const step&);
  bool abort(const step&);
  bool lost(const step&);
  bool input_ended(const step&);
  bool fail_allocation(const step&);

  std::string scaled(std::string_view bytes) const;
  void compare_write(std::string_view bytes, std::error_code observed, std::uint64_t failures_before);
  void compare_huge(std::size_t n, std::error_code observed);
  std::size_t look(std::size_t segments);
  void compare_state();

  counting_blocks& blocks_;
  transcript& out_;
  writer_test test_;
  loans loans_;                     // outlives the bytes
  std::optional<sending_end> end_;  // until finish()
  writer_model model_;
  std::optional<receiving_end> input_;  // of a connection
  writing how_;
  std::span<const std::string_view> parts_;  // of the step
  gathered gathered_;                        // of the next send: until it is consumed, settled or dropped
  std::string given_;                        // all that was accepted, what was dropped included
  std::string sink_;                         // all that has left
  std::string outcome_;                      // of the step, for the transcript
};

}  // namespace penstock::fuzz
