// SPDX-License-Identifier: BSL-1.0
// A wire of ciphertext to its transport that holds a connection's wire as its plaintext side.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/connection.hpp>
#include <penstock/contract.hpp>
#include <penstock/filter.hpp>
#include <penstock/tls/certificate_info.hpp>
#include <penstock/tls/engine.hpp>
#include <penstock/tls/session.hpp>
#include <penstock/tls/version.hpp>
#include <penstock/wire.hpp>

namespace penstock { inline namespace v0 { namespace tls {

// What a wire has done; never reset.
struct wire_counters {
  std::uint64_t sealed = 0;    // plaintext bytes made into records
  std::uint64_t gathered = 0;  // of those, copied together first: small writes beside owned bytes
  std::uint64_t in_place = 0;  // bytes decrypted into the transport's memory, below their records
  std::uint64_t in_block = 0;  // bytes decrypted into the reader's own block
};

// Made by context::open and context::wrap. The handshake begins with the first turn; what is
// written before its end waits for it (R96), and nothing is delivered before it (I-41).
//
// Sealed bytes stay in the connection until their records have left, so that pending(), full(), the
// deadlines and bytes_lost() count plaintext and tell the truth (R4, I-48): at most four records
// are sealed ahead. Ciphertext waits here only where the reader has no room for it, undecrypted.
//
// An error of TLS is the read half's stored error; the connection is closed to the application, what alert
// there is leaves, unless abort() comes first, and so is the socket. Plaintext never comes back.
class PENSTOCK_API tls_wire final : public wire {
 public:
  static constexpr std::size_t sealed_ahead = 4 * engine::largest_record;
  // Behind so many bytes that surround data or answer key updates, and that the peer does not take, nothing is
  // received.
  static constexpr std::size_t most_answers = 16 * 1024;

  tls_wire(const tls_wire&) = delete;
  tls_wire& operator=(const tls_wire&) = delete;

  // --- for the application; all of it answers after the loss, too (R68) ----------------------

  bool handshake_done() const noexcept override { return agreed_; }
  tls::version version() const noexcept;     // none before the handshake is done, as what follows
  std::string_view cipher() const noexcept;  // the registry's name
  int cipher_bits() const noexcept;
  std::string_view alpn() const noexcept;  // empty: none agreed
  // What the client asks for (SNI), as soon as it is known; empty: nothing.
  std::string_view server_name() const noexcept;
  // 0 for a chain that was verified, that nobody asked for or that has not come yet; else X509_V_ERR_, also where the
  // handshake failed by it.
  int verify_result() const noexcept;
  std::optional<certificate_info> peer_certificate() const;
  bool can_write_eof() const noexcept override { return version() == tls::version::tls_1_3; }  // R88

  // The one to resume; under TLS 1.3 it comes with the server's first bytes after the handshake.
  tls::session session() const noexcept;
  // Before the first turn, else errc::too_late. One of another context or another host is not offered, nor is one that
  // was given before it: the handshake is a whole one.
  std::error_code set_session(const tls::session&) noexcept;
  bool session_reused() const noexcept;

  // Printable text for asyncio's keys and ours: sslcontext ssl_object layer from the start; peercert cipher
  // compression version alpn sni verify_result session_reused behind the handshake; empty for others and for what
  // there is not.
  std::string extra_info(std::string_view key) const;
  std::size_t property(std::string_view key, std::span<char> into) const noexcept override;
  const void* family() const noexcept override;

  wire_counters counters() const noexcept { return counters_; }
  std::size_t capacity() const noexcept;                     // of ciphertext in both directions: memory held
  ssl_st* native() const noexcept { return engine_.ssl(); }  // to look, not to touch

  // --- for the transport -------------------------------------------------------------------

  std::size_t input_room() const noexcept override;
  std::span<char> prepare_input(std::size_t n) noexcept override;
  void commit_input(std::size_t n) noexcept override;
  // In place with headroom for a record, engine::record_room, and what the connection wants.
  void lend_input(std::span<char> arrived, std::size_t headroom) noexcept override;
  void settle_input() noexcept override;
  void input_ended() noexcept override;
  wire_step next_output(std::span<std::string_view> segments, std::size_t& count) noexcept override;
  void consume_output(std::size_t n) noexcept override;
  void output_shut_down() noexcept override {}  // never asked for: close_notify is the half-close
  void lost(std::error_code) noexcept override;
  bool aborted() const noexcept override { return inner_.aborted(); }
  time_point deadline() const noexcept override;
  void on_time(time_point now) noexcept override;

 private:
  friend class context;
  tls_wire(connection& inner, const filter_options& options, bool accepts_truncation, block_source& blocks) noexcept
      : inner_(inner),
        engine_(blocks),
        handshake_timeout_(options.handshake_timeout),
        shutdown_timeout_(options.shutdown_timeout),
        accepts_truncation_(accepts_truncation) {}

  // A deadline that begins when the wire first hears the time.
  struct limit {
    time_point by = time_point();
    bool runs = false;
    bool passed(time_point now, duration most) noexcept;
  };

  bool ending() const noexcept { return goodbye_ || farewell_; }
  void advance(std::span<char> below, std::size_t headroom) noexcept;
  engine_step deliver_in_place(std::span<char> below, std::size_t headroom) noexcept;
  engine_step deliver_to_block() noexcept;
  engine_step deliver_the_rest() noexcept;
  engine_step discard() noexcept;
  void see(engine_step) noexcept;
  void peer_notified() noexcept;
  void peer_ended() noexcept;
  void fail(std::error_code) noexcept;
  void drop_input() noexcept { engine_.input().consume(engine_.input().size()); }

  wire_step seal_what_can_go() noexcept;
  engine_step seal_many() noexcept;
  engine_step seal_segments(std::span<const std::string_view> segments) noexcept;
  engine_step seal_gathered(std::span<const std::string_view>& segments, std::size_t& at, std::size_t most) noexcept;
  engine_step seal(std::string_view bytes) noexcept;
  wire_step say_goodbye() noexcept;
  engine_step notify() noexcept;

  connection& inner_;
  engine engine_;
  duration handshake_timeout_;
  duration shutdown_timeout_;
  limit handshake_;
  limit end_;
  std::size_t in_flight_ = 0;  // plaintext bytes sealed that the connection still holds
  wire_counters counters_;
  std::array<unsigned char, 32> origin_{};  // a client's: of the sessions that it makes and may offer
  bool accepts_truncation_;
  bool agreed_ = false;     // the handshake is done
  bool begun_ = false;      // and was begun
  bool stalled_ = false;    // ciphertext waits for room, or for its first turn
  bool handed_in_ = false;  // bytes came in on_time, since the application last ran
  bool peer_notified_ = false;
  bool peer_ended_ = false;  // the FIN came
  bool notified_ = false;    // our close_notify is sealed
  bool goodbye_ = false;     // all was sent and closed: only the peer's close_notify is waited for
  bool farewell_ = false;    // it failed: the alert leaves, then all is over
  bool over_ = false;        // nothing is sent nor waited for any more
  bool lost_ = false;
};

// The TLS around a connection: of a wire, or of a stream's reader or writer. Null where there is none, or not yet.
PENSTOCK_API const tls_wire* wire_of(const wire& outer) noexcept;
template <class Handle>
  requires requires(const Handle& h) {
    { h.underlying().outer() } -> std::convertible_to<const wire&>;
  }
const tls_wire* wire_of(const Handle& handle) noexcept {
  return wire_of(static_cast<const wire&>(handle.underlying().outer()));
}

}}}  // namespace penstock::v0::tls
