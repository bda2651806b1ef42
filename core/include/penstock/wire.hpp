// SPDX-License-Identifier: BSL-1.0
// The face that a connection, or a filter around one, shows to its transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

enum class wire_step : std::uint8_t {
  idle,      // nothing to send
  send,      // these bytes
  shutdown,  // all bytes have left: send the FIN, then say output_shut_down()
  close,     // close the socket, then say lost(); by a reset if aborted()
};

PENSTOCK_API std::string_view name(wire_step) noexcept;

// Called once or a few times a system call, never a byte: virtual, so that start_tls can swap the
// wire of a running transport. A turn is: lend_input or prepare_input and commit_input, or
// input_ended; then next_output and consume_output while there is something to send; then
// settle_input. Nothing calls back and nothing throws.
class wire {
 public:
  virtual ~wire() = default;

  // --- input: bytes that the transport received --------------------------------------------

  virtual std::size_t input_room() const noexcept = 0;  // 0: do not receive; else at most so many bytes
  // At most n writable bytes to receive into, until the next prepare_input, lend_input or settle_input; empty if there
  // is no room or no memory. Contract: no more is committed than was prepared.
  virtual std::span<char> prepare_input(std::size_t n) noexcept = 0;
  virtual void commit_input(std::size_t n) noexcept = 0;
  // Bytes in the transport's own memory, at most input_room(), read in place and perhaps
  // overwritten until settle_input(); `headroom` bytes in front of them are the wire's until then.
  virtual void lend_input(std::span<char> arrived, std::size_t headroom) noexcept = 0;
  // The turn ends: nothing stays in the transport's memory, no more is held than is needed.
  virtual void settle_input() noexcept = 0;
  virtual void input_ended() noexcept = 0;  // the peer's FIN

  // --- output: bytes that the transport sends ----------------------------------------------

  // What to do next; for send, `count` views to send in order, valid until consume_output,
  // settle_input, on_time or an abort. At least one place for a segment; more than 64 gain nothing. A filter seals here
  // what can go.
  virtual wire_step next_output(std::span<std::string_view> segments, std::size_t& count) noexcept = 0;
  virtual void consume_output(std::size_t n) noexcept = 0;  // n bytes of them have left; contract: not more
  virtual void output_shut_down() noexcept = 0;             // the FIN has been sent

  // A level: bytes can go through. False while a filter still agrees with its peer; may stay so where
  // it never will, the connection is over then.
  virtual bool handshake_done() const noexcept { return true; }
  // write_eof() ends one direction alone; false while that is not known.
  virtual bool can_write_eof() const noexcept { return true; }
  // What a filter says of itself, as printable text: as much of it as fits goes into `into`. Answers how long it
  // is, 0 for a key that it does not know. The same after the loss (R68).
  virtual std::size_t property(std::string_view key, std::span<char> into) const noexcept {
    static_cast<void>(key), static_cast<void>(into);
    return 0;
  }
  // Whose class this is: an address that stands for it alone, so that who knows the class finds it behind a wire&
  // where there is no RTTI. Null: nobody's.
  virtual const void* family() const noexcept { return nullptr; }

  // --- the end and time --------------------------------------------------------------------

  // The socket is closed: by request (success), or by its error. Once; nothing comes after it.
  virtual void lost(std::error_code) noexcept = 0;
  virtual bool aborted() const noexcept { return false; }  // wire_step::close means a reset (R79)
  // A level: when on_time is to be called at the latest, perhaps in the past; never() if there is
  // nothing to wait for.
  virtual time_point deadline() const noexcept = 0;
  // It is `now`: once a turn, after the application has run, so that bytes it just took and a close
  // it just asked for count. May turn the next step to close. A filter that brings input inwards
  // here has its deadline in the past, so that another turn comes for the reader.
  virtual void on_time(time_point now) noexcept = 0;

 protected:
  wire() = default;
  wire(const wire&) = default;
  wire& operator=(const wire&) = default;
};

// Owns a wire made with new: what a filter hands out. Null where wrapping failed.
class wire_handle {
 public:
  wire_handle() = default;
  explicit wire_handle(wire* owned) noexcept : wire_(owned) {}
  wire_handle(wire_handle&& other) noexcept : wire_(std::exchange(other.wire_, nullptr)) {}
  wire_handle& operator=(wire_handle&& other) noexcept {
    delete std::exchange(wire_, std::exchange(other.wire_, nullptr));
    return *this;
  }
  ~wire_handle() { delete wire_; }

  wire* get() const noexcept { return wire_; }
  wire& operator*() const noexcept { return *wire_; }
  wire* operator->() const noexcept { return wire_; }
  explicit operator bool() const noexcept { return wire_ != nullptr; }

 private:
  wire* wire_ = nullptr;
};

}}  // namespace penstock::v0
