// SPDX-License-Identifier: BSL-1.0
// Writes a session of a read_half down as the body of a GoogleTest: what to do, what to expect.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "reader_model.hpp"
#include "script.hpp"
#include "transcript.hpp"
#include "work_ledger.hpp"

namespace penstock::fuzz {

// Expectations come from the model, so that the test of a finding fails until the core is mended.
// Every call is for nothing unless the transcript wants a test.
class reader_test {
 public:
  explicit reader_test(transcript& out) noexcept : out_(out) {}

  void begin(const read_options& options);
  void end();
  void call(std::string_view function, std::string_view bytes);
  void call(std::string_view function);
  void call_end(std::error_code end);  // feed_eof, or fail
  void lend(std::string_view bytes, std::size_t headroom);
  void receive(std::string_view bytes, std::size_t asked, bool given, std::size_t times = 1);
  void fail(std::error_code);
  void set_limit(std::size_t limit, std::error_code answer);
  void choose(std::size_t operation) noexcept { which_ = operation; }
  void declare(const question& asked);  // of the operation that was chosen
  void poll(const read_outcome& expected);
  void await_input();
  void end_step(const reader_model& model);

 private:
  transcript& out_;
  std::size_t count_ = 0;                                             // makes names different
  std::size_t which_ = 0;                                             // of the operations is meant
  std::array<std::string, work_ledger::most_operations> operations_;  // their variables
  std::string buffered_;                                              // what the last expectations were
  std::size_t room_ = 0;
  bool paused_ = false;
};

}  // namespace penstock::fuzz
