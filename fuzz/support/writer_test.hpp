// SPDX-License-Identifier: BSL-1.0
// Writes a session of a sending half down as the body of a GoogleTest: what to do, what to expect.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/read_half.hpp>

#include "transcript.hpp"
#include "writer_model.hpp"

namespace penstock::fuzz {

// Expectations come from the model, so that the test of a finding fails until the core is mended.
// Every call is for nothing unless the transcript wants a test.
class writer_test {
 public:
  writer_test(transcript& out, writer_model::kind what) noexcept
      : out_(out), connected_(what == writer_model::kind::connection) {}

  void begin(const read_options& reading, const write_options& options);
  void end();
  void call(std::string_view of_half, std::string_view of_connection);
  void answered(std::string_view call, std::error_code answer);
  void write(std::string_view bytes, std::error_code answer);
  void write_owned(std::string_view bytes, std::error_code answer);
  void writelines(std::span<const std::string_view> parts, std::error_code answer);
  void write_huge(std::size_t parts);
  void set_limits(const write_options& options, std::error_code answer);
  void gather(std::string_view bytes, std::size_t segments);
  void sent(std::size_t n);
  void end_step(const writer_model& model);

 private:
  transcript& out_;
  bool connected_;
  std::size_t count_ = 0;    // makes names different
  std::size_t pending_ = 0;  // what the last expectations were
  bool full_ = false;
};

}  // namespace penstock::fuzz
