// SPDX-License-Identifier: BSL-1.0
// Both halves of a stream and the table of what may happen to it, as a wire for its transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>
#include <penstock/read_half.hpp>
#include <penstock/wire.hpp>
#include <penstock/write_half.hpp>

namespace penstock { inline namespace v0 {

class deadline_watch;

enum class connection_state : std::uint8_t {
  open,          // both directions
  input_ended,   // the peer's FIN came; writing goes on (R49)
  output_ended,  // write_eof() was called; reading goes on (R80)
  both_ended,    // both; open until close() (R80)
  closing,       // close() was called: what is queued still leaves, nothing comes in (R78)
  aborting,      // abort() was called: nothing leaves, the socket is to be reset (R79)
  closed,        // the transport has closed the socket
};

enum class connection_event : std::uint8_t { input_ended, write_eof, close, abort, lost };

PENSTOCK_API std::string_view name(connection_state) noexcept;
PENSTOCK_API std::string_view name(connection_event) noexcept;

// What holds in a state.
struct connection_traits {
  connection_state state;
  bool takes_input;   // received bytes reach the read half
  bool takes_writes;  // write-like calls are accepted
  bool sends;         // queued bytes leave
};

// One move. An event that no row names for a state changes nothing in it: every call is
// idempotent, and a state once left is not entered again (I-22).
struct connection_transition {
  connection_state from;
  connection_event event;
  connection_state to;
};

inline constexpr connection_traits connection_states[] = {
    {connection_state::open, true, true, true},          {connection_state::input_ended, false, true, true},
    {connection_state::output_ended, true, false, true}, {connection_state::both_ended, false, false, true},
    {connection_state::closing, false, false, true},     {connection_state::aborting, false, false, false},
    {connection_state::closed, false, false, false},
};

inline constexpr connection_transition connection_transitions[] = {
    {connection_state::open, connection_event::input_ended, connection_state::input_ended},
    {connection_state::open, connection_event::write_eof, connection_state::output_ended},
    {connection_state::open, connection_event::close, connection_state::closing},
    {connection_state::open, connection_event::abort, connection_state::aborting},
    {connection_state::open, connection_event::lost, connection_state::closed},
    {connection_state::input_ended, connection_event::write_eof, connection_state::both_ended},
    {connection_state::input_ended, connection_event::close, connection_state::closing},
    {connection_state::input_ended, connection_event::abort, connection_state::aborting},
    {connection_state::input_ended, connection_event::lost, connection_state::closed},
    {connection_state::output_ended, connection_event::input_ended, connection_state::both_ended},
    {connection_state::output_ended, connection_event::close, connection_state::closing},
    {connection_state::output_ended, connection_event::abort, connection_state::aborting},
    {connection_state::output_ended, connection_event::lost, connection_state::closed},
    {connection_state::both_ended, connection_event::close, connection_state::closing},
    {connection_state::both_ended, connection_event::abort, connection_state::aborting},
    {connection_state::both_ended, connection_event::lost, connection_state::closed},
    {connection_state::closing, connection_event::abort, connection_state::aborting},
    {connection_state::closing, connection_event::lost, connection_state::closed},
    {connection_state::aborting, connection_event::lost, connection_state::closed},
};

// One stream without I/O: the application has the halves and close() and abort(), the transport
// has the wire. An idle one owns no memory. Not safe to share between threads.
class PENSTOCK_API connection final : public wire {
 public:
  explicit connection(read_options reading = {}, write_options writing = {},
                      block_source& blocks = default_blocks()) noexcept
      : in_(reading, blocks), out_(writing, blocks) {}
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  // --- for the application -----------------------------------------------------------------

  read_half& in() noexcept { return in_; }
  const read_half& in() const noexcept { return in_; }
  const write_half& out() const noexcept { return out_; }

  // As write_half answers; where close(), abort() or loss came first: errc::not_connected.
  std::error_code write(std::string_view bytes) noexcept { return out_.write(bytes); }
  std::error_code write(std::span<const std::byte> bytes) noexcept { return out_.write(bytes); }
  std::error_code write(owned_bytes bytes) noexcept { return out_.write(static_cast<owned_bytes&&>(bytes)); }
  std::error_code writelines(std::span<const std::string_view> parts) noexcept { return out_.writelines(parts); }
  std::error_code write_eof() noexcept;
  std::error_code set_write_limits(write_options options) noexcept { return out_.set_limits(options); }

  // Flushes what is queued, then has the socket closed; reading ends at once (R57, R78).
  void close() noexcept;
  // Drops what is queued and has the socket reset (R79).
  void abort() noexcept;

  connection_state state() const noexcept { return state_; }
  bool is_closing() const noexcept { return state_ >= connection_state::closing; }
  // Why it ended: the transport's error, errc::timed_out after a deadline; success otherwise.
  std::error_code close_reason() const noexcept { return in_.error(); }

  // Keeps these deadlines from here on. The watch outlives the connection or the next call; null:
  // none are kept.
  void watch(deadline_watch* watch) noexcept { watch_ = watch; }

  block_source& blocks() const noexcept { return in_.blocks(); }

  // Aborts unless all invariants hold; for tests.
  void validate() const noexcept;

  // --- for the transport -------------------------------------------------------------------

  std::size_t input_room() const noexcept override {
    return has<&connection_traits::takes_input>() ? in_.input_room() : 0;
  }
  std::span<char> prepare_input(std::size_t n) noexcept override;
  void commit_input(std::size_t n) noexcept override;
  void lend_input(std::span<char> arrived, std::size_t headroom) noexcept override {
    if (has<&connection_traits::takes_input>()) in_.lend(arrived, headroom);
  }
  void settle_input() noexcept override {
    in_.settle();
    out_.settle();
  }
  void input_ended() noexcept override;
  wire_step next_output(std::span<std::string_view> segments, std::size_t& count) noexcept override {
    count = 0;
    if (state_ == connection_state::aborting) return wire_step::close;
    if (!has<&connection_traits::sends>() || held_) return wire_step::idle;
    switch (out_.next()) {
      case write_step::send:
        count = out_.gather(
            segments.size() <= write_half::useful_segments ? segments : segments.first(write_half::useful_segments));
        return wire_step::send;
      case write_step::shutdown: return wire_step::shutdown;
      case write_step::idle: break;
    }
    return state_ == connection_state::closing ? wire_step::close : wire_step::idle;
  }
  void consume_output(std::size_t n) noexcept override {
    out_.consume(n);
    if (watch_ != nullptr) count_sent(n);
  }
  void output_shut_down() noexcept override;
  void lost(std::error_code) noexcept override;
  bool aborted() const noexcept override { return state_ == connection_state::aborting; }
  time_point deadline() const noexcept override { return watch_ == nullptr ? time_point::never() : watched_deadline(); }
  void on_time(time_point now) noexcept override {
    if (watch_ != nullptr) watch_time(now);
  }

  // While held nothing is sent, nor a FIN: for who puts a filter around a connection in the middle of a turn. What
  // is closed waits, what is aborted does not.
  void hold_output(bool held) noexcept { held_ = held; }

 private:
  // The table's column as one word.
  template <bool connection_traits::* trait>
  bool has() const noexcept {
    constexpr unsigned states = [] {
      unsigned set = 0;
      for (const connection_traits& row : connection_states)
        set |= static_cast<unsigned>(row.*trait) << static_cast<unsigned>(row.state);
      return set;
    }();
    return (states >> static_cast<unsigned>(state_) & 1) != 0;
  }
  bool move(connection_event) noexcept;  // false: no row for it, nothing changed

  // Where deadlines are kept.
  PENSTOCK_API void count_sent(std::size_t n) noexcept;
  PENSTOCK_API time_point watched_deadline() const noexcept;
  PENSTOCK_API void watch_time(time_point now) noexcept;

  read_half in_;
  deadline_watch* watch_ = nullptr;
  [[no_unique_address]] write_half out_;  // its tail padding holds the state
  connection_state state_ = connection_state::open;
  bool held_ = false;
};

}}  // namespace penstock::v0
