// SPDX-License-Identifier: BSL-1.0
// OpenSSL's state machine between two of our buffers: ciphertext in, ciphertext out, no scratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>
#include <penstock/receive_buffer.hpp>
#include <penstock/send_queue.hpp>

struct ssl_st;
struct ssl_ctx_st;

namespace penstock { inline namespace v0 { namespace tls {

enum class engine_step : std::uint8_t {
  done,         // the handshake is over; bytes came out, or went in
  wants_input,  // all ciphertext that is there was used
  notified,     // the peer's close_notify: no more will come
  failed,       // error(), for ever
};

// Invariant (I-42): after `failed` OpenSSL is not asked again; what others left in its error queue is not
// taken for ours, and nothing of ours is left there.
class PENSTOCK_API engine {
 public:
  static constexpr std::size_t largest_record = 16 * 1024;           // of plaintext
  static constexpr std::size_t record_room = largest_record + 1024;  // with all that surrounds it
  static constexpr std::size_t most_handshake = 64 * 1024;           // bytes of it that arrive (I-44)
  static constexpr std::uint64_t most_messages = 32;                 // key updates and tickets (I-44)
  static constexpr std::uint64_t bytes_a_message = 2 * 1024;         // that pay for one more

  explicit engine(block_source& blocks) noexcept : input_(blocks), output_(blocks) {}
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine();

  // Once, before all else.
  std::error_code start(ssl_ctx_st* settings, bool server) noexcept;

  engine_step shake_hands() noexcept;
  // Decrypts the next bytes into `into`, at most one record's, and answers how many in n. Writes no
  // byte before their whole record was taken from input(). Contract: `into` is not empty.
  engine_step decrypt(std::span<char> into, std::size_t& n) noexcept;
  // All of `bytes` as records of at most largest_record in output(), or with wants_input none.
  engine_step seal(std::string_view bytes) noexcept;
  // A close_notify to output(), or with wants_input none: as seal, in the middle of a message of the peer's.
  engine_step notify() noexcept;

  // Bytes inside OpenSSL: a record's rest, decrypted or not all there yet.
  bool holds_bytes() const noexcept;
  std::error_code error() const noexcept { return error_; }
  void fail(std::error_code ec) noexcept { error_ = ec; }

  receive_buffer& input() noexcept { return input_; }
  const receive_buffer& input() const noexcept { return input_; }
  send_queue& output() noexcept { return output_; }
  const send_queue& output() const noexcept { return output_; }
  ssl_st* ssl() const noexcept { return ssl_; }
  // The settings of the engine that it belongs to, whatever others a client's name has chosen since.
  static ssl_ctx_st* started_with(const ssl_st*) noexcept;
  // Why a callback ends the handshake, which OpenSSL would not know.
  static void blame(const ssl_st*, std::error_code) noexcept;

 private:
  struct bio_ends;
  static void count_message(int sent, int version, int type, const void*, std::size_t, ssl_st*, void* self) noexcept;
  engine_step stopped(int result) noexcept;
  void release_spare_buffer() noexcept;
  std::error_code cause(unsigned long code) const noexcept;

  receive_buffer input_;
  send_queue output_;
  ssl_st* ssl_ = nullptr;
  ssl_ctx_st* settings_ = nullptr;
  std::error_code error_;
  std::uint64_t taken_ = 0;                                    // ciphertext bytes
  std::uint64_t allowance_ = most_messages * bytes_a_message;  // never more: nothing is saved up
  bool flooded_ = false;
  bool shaken_ = false;
  bool no_memory_ = false;
  bool spare_buffer_ = false;
  bool starved_ = false;  // OpenSSL asked for ciphertext in vain
};

}}}  // namespace penstock::v0::tls
