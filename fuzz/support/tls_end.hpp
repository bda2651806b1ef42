// SPDX-License-Identifier: BSL-1.0
// One end under TLS over a string of bytes in each direction, driven by the turn that real
// transports use; and OpenSSL's random source, seeded, so that a run is the same each time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <penstock/coro/turn.hpp>
#include <penstock/tls.hpp>

#include "counting_blocks.hpp"

namespace penstock::fuzz {

// From here on OpenSSL draws the same numbers, in every process.
void seed_random() noexcept;

struct tls_settings {
  bool old = false;             // TLS 1.2
  bool mutual = false;          // the client shows a certificate
  bool short_headroom = false;  // nothing is decrypted in place
  std::size_t limit = 64 * 1024;
};

// Made once a process.
const tls::context& fuzz_context(bool server, const tls_settings&);

class tls_end {
 public:
  static constexpr std::size_t arena_size = 32 * 1024;

  tls_end(bool is_server, const tls_settings&);
  ~tls_end();

  std::error_code upgrade(leftover left = leftover::to_engine);
  bool turn(time_point now);  // true: something moved
  penstock::wire& outside() noexcept { return wire ? static_cast<penstock::wire&>(*wire) : stream; }
  // What holds of any end at any time.
  void check();

  // --- the application ---------------------------------------------------------------------

  void write(std::string_view bytes);
  void read_plain(std::size_t n);

  bool server;
  counting_blocks blocks;
  connection stream;
  std::unique_ptr<tls::tls_wire> wire;
  bool listens = true;
  std::string accepted;        // under TLS, or to be
  std::string heard;           // under TLS
  std::size_t plain_sent = 0;  // before
  std::size_t plain_read = 0;
  bool at_eof = false;
  std::error_code error;
  bool ended_writing = false;  // by write_eof or close
  bool hung_up = false;        // by close or abort

  // --- the way ------------------------------------------------------------------------------

  std::string arriving;
  std::string leaving;
  std::size_t sent = 0;
  bool fin_arriving = false;
  bool reset_arriving = false;
  bool fin_leaving = false;
  bool closed = false;
  bool was_reset = false;
  std::size_t most_received = arena_size;
  std::size_t most_sent = arena_size;
  std::size_t room_to_send = 1'000'000;

  // --- what turn() asks of a transport and of who is woken -----------------------------------

  bool readable() const noexcept;
  receive_arena arena() noexcept;
  transfer receive(std::span<char> into);
  transfer send(std::span<const std::string_view> from);
  std::error_code shut_down();
  void hang_up(bool reset);
  bool wake_reader();
  bool wake_writers() { return false; }
  bool owes_answer() const { return false; }

 private:
  tls_settings settings_;
  std::size_t headroom_;
  std::vector<char> memory_;
  std::size_t moved_ = 0;
  bool fin_given_ = false;
};

}  // namespace penstock::fuzz
