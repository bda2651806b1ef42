// SPDX-License-Identifier: BSL-1.0
// What a write_half, alone or in a connection, answers by the rules: one string and a few flags.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/connection.hpp>
#include <penstock/wire.hpp>
#include <penstock/write_half.hpp>

namespace penstock::fuzz {

// The sending half as R52 to R59, R71 to R80 and section "Copy or mend" want it, and what of a
// connection decides whether bytes are taken and sent. Nothing here knows of blocks or views.
class writer_model {
 public:
  enum class kind { half, connection };

  writer_model(kind what, write_options options) noexcept : kind_(what), limits_(options) {}

  // --- for the application
  // What a write of n bytes is answered where memory can be had. Changes nothing.
  std::error_code judge(std::size_t n) const noexcept;
  void accept(std::string_view bytes);  // a write that was judged to be a success
  std::error_code write_eof() noexcept;
  std::error_code set_limits(write_options options) noexcept;
  void close() noexcept;  // R57; of a half: no more writes
  void abort() noexcept;  // R79; of a half: what is queued is dropped, too

  // --- from the wire
  void input_ended() noexcept { fin_received_ = fin_received_ || !is_closing(); }
  void lost(std::error_code ec) noexcept;
  void fail(std::error_code ec) noexcept { reason_ = reason_ ? reason_ : ec; }  // I-23: the first one stays
  void sent(std::size_t n) noexcept;
  void shut_down() noexcept { fin_sent_ = true; }

  wire_step next() const noexcept;
  std::string_view pending() const noexcept { return std::string_view(accepted_).substr(sent_); }
  std::size_t accepted() const noexcept { return accepted_.size(); }  // bytes, since the beginning
  std::size_t sent() const noexcept { return sent_; }                 // of these
  bool full() const noexcept { return full_; }
  bool ending() const noexcept { return eof_; }
  bool dropped() const noexcept { return dropped_; }
  bool bytes_lost() const noexcept { return bytes_lost_; }
  write_options limits() const noexcept { return limits_; }

  // --- of a connection
  connection_state state() const noexcept;
  bool is_closing() const noexcept { return closing_ || dropped_; }
  bool takes_input() const noexcept { return !is_closing() && !fin_received_; }
  std::error_code close_reason() const noexcept { return reason_; }

 private:
  void drop() noexcept;

  kind kind_;
  write_options limits_;
  std::string accepted_;  // less what was dropped
  std::size_t sent_ = 0;
  std::error_code reason_;
  bool full_ = false;
  bool eof_ = false;  // write_eof was called
  bool fin_sent_ = false;
  bool fin_received_ = false;
  bool closing_ = false;
  bool dropped_ = false;  // aborted or lost
  bool lost_ = false;
  bool bytes_lost_ = false;
};

}  // namespace penstock::fuzz
