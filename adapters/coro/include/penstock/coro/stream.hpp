// SPDX-License-Identifier: BSL-1.0
// A connection and who waits on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <penstock/connection.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/block_pool.hpp>
#include <penstock/coro/counters.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/list.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/timer_heap.hpp>
#include <penstock/coro/transport.hpp>
#include <penstock/coro/waiter.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/filter.hpp>
#include <penstock/wire.hpp>

namespace penstock { inline namespace v0 {

class stream;
namespace detail {
class upgrade;
}

// One line: what the stream's reader and writers wait for, since when, which layer makes them wait and
// for what. Empty if nobody waits.
PENSTOCK_API std::string explain(const stream&);

struct stream_options {
  read_options reading = {};
  write_options writing = {};
  deadlines policy = {};
  const filter* layer = nullptr;  // put around the connection from its beginning; outlives the stream
  filter_options layering = {};
};

// Throws std::invalid_argument, with a text that says what to do, for options out of their range.
PENSTOCK_API const stream_options& require_valid(const stream_options&);
// The options' filter around a connection; empty without one. Throws std::system_error.
PENSTOCK_API wire_handle wrapped(connection& inner, const stream_options&);

// Lives as long as a handle or the loop holds it. The loop does until the transport has closed, so
// that what was written is flushed whoever lets go (R60). For the loop's thread.
class PENSTOCK_API stream : public transport, public list_hook<stream>, private runnable {
 public:
  // Completed reads a turn; then others have their turn.
  static constexpr unsigned reads_a_turn = 1024;

  connection& inner() noexcept { return connection_; }
  const connection& inner() const noexcept { return connection_; }
  wire& outer() noexcept { return layer_ ? *layer_ : static_cast<wire&>(connection_); }
  const wire& outer() const noexcept { return layer_ ? *layer_ : static_cast<const wire&>(connection_); }
  bool layered() const noexcept { return static_cast<bool>(layer_); }  // a filter is around the connection
  bool accepted() const noexcept { return accepted_; }                 // by a server, not made by a client
  bool has_loop() const noexcept { return loop_ != nullptr; }
  scheduler& loop() const noexcept { return *loop_; }  // where has_loop()

  // There may be something to send, to read or to close: a turn will come. Never inside this call,
  // for a view that was just handed out would move; during a turn, that turn sees to it.
  void update() noexcept {
    if (!in_turn_ && loop_ != nullptr && !runnable::linked()) loop_->schedule(*this);
  }

  // The same where a waiting read may be answered by now though nothing arrived: also inside a turn
  // another one comes.
  void look_again() noexcept {
    look_again_ = true;
    update();
  }

  // What happened to this connection.
  penstock::counters counters() const noexcept;

  // --- handles -----------------------------------------------------------------------------

  void hold() noexcept { ++handles_; }
  // The last handle of an open connection closes it as close() does.
  void let_go() noexcept;

  // --- waiting -----------------------------------------------------------------------------

  bool has_reader() const noexcept { return reader_ != nullptr; }
  // False once the turn's share of reads is used up: the caller waits, and a turn comes again.
  bool spend_read() noexcept { return --reads_left_ >= 0 || loop_ == nullptr; }
  void wait(read_waiter& waiter) noexcept;
  void wait(write_waiter& waiter) noexcept;
  void answered() noexcept { reader_ = nullptr; }  // whoever waited for bytes has them
  // The wait was given up; nothing was consumed.
  void forget(read_waiter& waiter) noexcept;
  bool holds(write_level level) const noexcept {
    if (level == write_level::drained && !connection_.out().full()) return true;
    return connection_.state() == connection_state::closed || holds_rarer(level);
  }
  // A drain that begins now has neither to wait nor to tell of anything.
  bool writes_freely() const noexcept {
    return !connection_.out().full() && connection_.state() < connection_state::closing && !connection_.in().failed();
  }
  // A wait that begins now is over: while it closes a drain is so a turn later, when the loss shows (R52).
  bool holds_at_once(write_level level) const noexcept {
    if (level != write_level::drained) return holds(level);
    return writes_freely() || connection_.in().failed() || connection_.state() == connection_state::closed;
  }
  // Why a wait for the level is over: success, or what took the connection.
  std::error_code outcome(write_level level) const noexcept;

  // --- a filter around what runs (upgrade.hpp) ---------------------------------------------

  // Throws why it cannot be had; then nothing has changed.
  void require_upgradable(leftover what) const;
  void begin_upgrade(std::unique_ptr<detail::upgrade> how) noexcept;
  // It failed or was given up: so is the connection, and later reads answer why.
  void end_upgrade(std::error_code why) noexcept;

  // --- for the turn ------------------------------------------------------------------------

  // Both run code of the application's. True if they went on with anybody.
  bool wake_reader() { return reader_ != nullptr && reader_->what->wake(*reader_); }
  bool wake_writers() { return !writers_.empty() && wake_waiting_writers(); }
  // A reader waits who may be answered: its share of the turn was used up.
  bool owes_answer() const noexcept { return reader_ != nullptr && (reads_left_ < 0 || connection_.in().ended()); }

  // --- asyncio's transport -----------------------------------------------------------------

  void pause_reading() noexcept override;
  void resume_reading() noexcept override;
  bool is_reading() const noexcept override;
  void set_write_buffer_limits(std::optional<std::size_t> high, std::optional<std::size_t> low) override;
  write_buffer_limits get_write_buffer_limits() const noexcept override;
  std::size_t get_write_buffer_size() const noexcept override;
  bool can_write_eof() const noexcept override { return outer().can_write_eof(); }  // R88
  std::error_code write_eof() noexcept override;
  bool is_closing() const noexcept override { return connection_.is_closing(); }
  void close() noexcept override;
  void abort() noexcept override;

 protected:
  stream(scheduler& loop, const stream_options& options);

  // The loop holds it from here on.
  void begin() noexcept;
  // An upgrade's handshake goes on where the application has paused: what comes behind it waits.
  // Nor is a closing connection paused: its peer's end would not be seen.
  bool reading_paused() const noexcept {
    return reading_paused_ && !connection_.is_closing() && (!upgraded_ || outer().handshake_done());
  }
  // What drop hangs up with a reset: its peer must not take what came for all.
  bool loses_bytes() const noexcept { return connection_.aborted() || connection_.out().pending() != 0; }
  void count_sent(std::size_t n) noexcept { sent_ += n; }  // bytes that the transport took
  // Somebody may ask for its names when the transport has closed.
  bool names_are_kept() const noexcept { return handles_ != 0 || end_is_told(); }
  virtual bool end_is_told() const noexcept { return false; }
  // The earliest time at which a turn must come, behind the wire's deadline.
  virtual time_point next_event() const noexcept { return time_point::never(); }
  // One turn, through turn(). True: another one is wanted at once.
  virtual bool work(time_point now) = 0;
  // Closes without a turn: the loop ends.
  virtual void drop() noexcept = 0;
  // The transport has closed, and nobody waits any more.
  virtual void on_closed() noexcept {}

 private:
  friend class scheduler;
  friend std::string explain(const stream&);

  // What only those need whom time concerns: most streams, never.
  struct clock : timer {
    explicit clock(stream& s) noexcept;
    stream& of;
    deadline_watch watch;
  };

  std::string layer_info(std::string_view key) const override;
  bool advance_upgrade() noexcept;  // behind a turn; true: another one is wanted
  void forget_upgrade() noexcept;
  bool holds_rarer(write_level level) const noexcept;
  bool keep_time() noexcept;  // false: no memory
  bool wake_waiting_writers();
  static void run_turn(runnable&);
  void run_turn();
  void leave_loop() noexcept;
  void tell_closed() noexcept;
  void free_if_unheld() noexcept {
    if (handles_ == 0 && !in_turn_ && !list_hook<stream>::linked()) delete this;
  }

  // The pool outlives the connection, whose halves give their blocks back.
  held<block_pool> blocks_;
  connection connection_;
  wire_handle layer_;  // ends before what it is around
  scheduler* loop_;
  read_waiter* reader_ = nullptr;
  list<write_waiter> writers_;
  std::uint32_t handles_ = 0;
  std::int16_t reads_left_ = reads_a_turn;  // below 0: it is used up
  bool in_turn_ = false;
  bool look_again_ : 1 = false;
  bool told_closed_ : 1 = false;
  bool reading_paused_ : 1 = false;
  bool held_back_ : 1 = false;  // there was no room at the end of the last turn
  bool accepted_ : 1 = false;
  bool upgrading_ : 1 = false;  // reader_ and layer_ are an upgrade that waits for its switch
  bool upgraded_ : 1 = false;   // and has had it
  std::uint32_t waits_ = 0;
  std::uint32_t pauses_ = 0;
  std::uint64_t sent_ = 0;
  kept_deadlines policy_;
  std::unique_ptr<clock> clock_;
};

}}  // namespace penstock::v0
