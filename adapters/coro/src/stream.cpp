// SPDX-License-Identifier: BSL-1.0
// Who is woken when, and who holds a stream.
#include <penstock/coro/stream.hpp>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include <penstock/coro/exceptions.hpp>

namespace penstock { inline namespace v0 {

const stream_options& require_valid(const stream_options& options) {
  const auto refuse_unless = [](bool good, const char* text) {
    if (!good) throw std::invalid_argument(text);
  };
  refuse_unless(options.reading.limit != 0, "limit must be at least 1: no line fits into 0 bytes");
  refuse_unless(!check(options.reading), "limit and max_buffered do not go together");
  refuse_unless(!check(options.writing), "high must be at least low");
  refuse_unless(!check(options.policy), "a deadline must be above 0; deadlines::off is none");
  return options;
}

wire_handle wrapped(connection& inner, const stream_options& options) {
  if (options.layer == nullptr) return {};
  std::error_code ec;
  wire_handle made = options.layer->wrap(inner, options.layering, ec);
  if (!made) throw std::system_error(ec ? ec : make_error_code(errc::no_memory), "wrapping a connection");
  return made;
}

stream::stream(scheduler& loop, const stream_options& options)
    : runnable(&run_turn),
      blocks_(loop.blocks()),
      connection_(require_valid(options).reading, options.writing, loop.blocks().source()),
      loop_(&loop),
      accepted_(options.layering.server),
      policy_(loop.keep(options.policy)) {
  const deadlines& p = policy_;
  const bool from_the_start = p.idle != deadlines::off || p.first_byte != deadlines::off ||
                              p.whole_message != deadlines::off || p.minimum_rate != 0;
  if (from_the_start && !keep_time()) throw std::bad_alloc();
  layer_ = wrapped(connection_, options);
}

penstock::counters stream::counters() const noexcept {
  const bool closed = connection_.state() == connection_state::closed;
  return {.open = closed ? 0u : 1u,
          .failed = closed && connection_.close_reason() ? 1u : 0u,
          .received = connection_.in().position() + connection_.in().buffered().size(),
          .sent = sent_,
          .waits = waits_,
          .pauses = pauses_};
}

stream::clock::clock(stream& s) noexcept
    : timer([](timer& t) { static_cast<clock&>(t).of.update(); }), of(s), watch(s.policy_, s.loop_->now()) {}

bool stream::keep_time() noexcept {
  if (clock_) return true;
  clock_.reset(new (std::nothrow) clock(*this));
  if (!clock_) return false;
  connection_.watch(&clock_->watch);
  return true;
}

void stream::begin() noexcept { loop_->adopt(*this); }

void stream::let_go() noexcept {
  if (--handles_ != 0) return;
  close();
  free_if_unheld();
}

PENSTOCK_HOT void stream::wait(read_waiter& waiter) noexcept {
  waiter.since = loop_ != nullptr ? loop_->now() : time_point();
  ++waits_;
  reader_ = &waiter;
}

void stream::wait(write_waiter& waiter) noexcept {
  waiter.since = loop_ != nullptr ? loop_->now() : time_point();
  ++waits_;
  writers_.push_back(waiter);
}

void stream::forget(read_waiter& waiter) noexcept {
  if (reader_ != &waiter) return;
  reader_ = nullptr;
  connection_.in().stop_awaiting();
}

bool stream::holds_rarer(write_level level) const noexcept {
  switch (level) {
    case write_level::flushed: return connection_.out().pending() == 0;
    case write_level::established: return outer().handshake_done() || connection_.is_closing();
    case write_level::drained: return connection_.in().failed();
    case write_level::closed: break;
  }
  return false;
}

std::error_code stream::outcome(write_level level) const noexcept {
  if (level == write_level::drained && connection_.in().failed()) return connection_.in().error();  // R52
  const bool gone = connection_.state() >= connection_state::aborting;
  const bool lost = connection_.out().bytes_lost();
  const bool never = level == write_level::established && !outer().handshake_done();
  if (!lost && !never && (!gone || level == write_level::flushed || level == write_level::closed)) return {};
  if (const std::error_code why = connection_.close_reason()) return why;
  return errc::not_connected;
}

PENSTOCK_HOT bool stream::wake_waiting_writers() {
  list<write_waiter> waiting;
  list<write_waiter> ready;
  waiting.append(writers_);
  while (!waiting.empty()) {
    write_waiter& waiter = waiting.front();
    waiter.unlink();
    (holds(waiter.level) ? ready : writers_).push_back(waiter);
  }
  struct rest {  // where a coroutine lets an exception out the others wait on
    ~rest() { to.append(of); }
    list<write_waiter>& of;
    list<write_waiter>& to;
  };
  const rest not_woken{ready, writers_};
  bool woke = false;
  for (; !ready.empty(); woke = true) {
    write_waiter& waiter = ready.front();
    waiter.unlink();
    waiter.go_on(waiter);
  }
  return woke;
}

PENSTOCK_HOT void stream::run_turn(runnable& r) { static_cast<stream&>(r).run_turn(); }

PENSTOCK_HOT void stream::run_turn() {
  struct turn_scope {  // where an operation of the application's throws another turn asks again
    explicit turn_scope(stream& s) noexcept : of(s) { of.in_turn_ = true; }
    ~turn_scope() {
      of.in_turn_ = false;
      if (!ended) of.update();
    }
    stream& of;
    bool ended = false;
  };
  reads_left_ = reads_a_turn;
  look_again_ = false;
  bool again = false;
  {
    turn_scope scope(*this);
    again = work(loop_->now()) || look_again_;
    scope.ended = true;
  }
  if (upgrading_ && advance_upgrade()) again = true;
  if (loop_ == nullptr) return free_if_unheld();  // the loop ended meanwhile
  if (connection_.state() == connection_state::closed && writers_.empty() && reader_ == nullptr) {
    if (clock_) clock_->disarm();
    tell_closed();
    if (handles_ != 0) return;  // the loop's end must reach it
    list_hook<stream>::unlink();
    return free_if_unheld();
  }
  const bool no_room =
      connection_.state() < connection_state::closing && !connection_.in().ended() && connection_.input_room() == 0;
  if (no_room && !held_back_) ++pauses_;
  held_back_ = no_room;
  if (again) return update();
  // A timer that fires too early costs a turn, arming one anew each turn costs more.
  // Without a filter nothing is asked through a table of functions, as in turn().
  const time_point ends = layer_ ? layer_->deadline() : connection_.deadline();
  const time_point next = std::min(ends, next_event());
  if (next == time_point::never()) return;
  if (!keep_time()) {  // nothing would bound what waits for that time
    connection_.in().fail(errc::no_memory);
    return abort();
  }
  if (!clock_->armed() || next < clock_->when()) loop_->arm(*clock_, next);
}

std::string stream::layer_info(std::string_view key) const {
  std::string text(128, '\0');
  std::size_t size = outer().property(key, text);
  while (size > text.size()) {
    text.resize(size);
    size = outer().property(key, text);
  }
  text.resize(size);
  return text;
}

// The loop's sums keep what the stream leaves.
void stream::tell_closed() noexcept {
  if (told_closed_) return;
  told_closed_ = true;
  loop_->ended_ += counters();
  on_closed();
}

void stream::leave_loop() noexcept {
  forget_upgrade();
  drop();
  connection_.abort();
  outer().lost(errc::canceled);
  tell_closed();
  connection_.watch(nullptr);
  clock_.reset();
  list_hook<stream>::unlink();
  runnable::unlink();
  loop_ = nullptr;
  free_if_unheld();
}

void stream::pause_reading() noexcept {
  if (!is_closing()) reading_paused_ = true;
}

void stream::resume_reading() noexcept {
  reading_paused_ = false;
  update();
}

bool stream::is_reading() const noexcept { return !reading_paused_ && !is_closing() && !connection_.in().paused(); }

void stream::set_write_buffer_limits(std::optional<std::size_t> high, std::optional<std::size_t> low) {
  write_options options = connection_.out().limits();
  const write_options defaults;
  const std::size_t most = ~std::size_t{0};
  if (high && low) {
    options.high = *high, options.low = *low;
  } else if (high) {
    options.high = *high, options.low = *high / 4;
  } else if (low) {
    options.high = *low > most / 4 ? most : *low * 4, options.low = *low;
  } else {
    options.high = defaults.high, options.low = defaults.low;
  }
  // Who waits at the high mark has room for as much again: the cap is for those who do not wait.
  options.max_pending = std::max(options.max_pending, options.high > most / 2 ? most : options.high * 2);
  if (const std::error_code ec = connection_.set_write_limits(options)) throw_error(ec);
  update();
}

write_buffer_limits stream::get_write_buffer_limits() const noexcept {
  const write_options now = connection_.out().limits();
  return {now.low, now.high};
}

std::size_t stream::get_write_buffer_size() const noexcept { return connection_.out().pending(); }

std::error_code stream::write_eof() noexcept {
  if (outer().handshake_done() && !can_write_eof()) return std::make_error_code(std::errc::operation_not_supported);
  const std::error_code ec = connection_.write_eof();
  update();
  return ec;
}

// Without memory for the flush's deadline nothing would bound it.
// The flush has its time from now, and not from the beginning of a turn in which the application computes.
void stream::close() noexcept {
  connection_.close();
  if (connection_.state() == connection_state::closing && loop_ != nullptr && connection_.out().pending() != 0) {
    if (keep_time())
      connection_.on_time(loop_->time());
    else
      connection_.abort();
  }
  update();
}

void stream::abort() noexcept {
  connection_.abort();
  update();
}

}}  // namespace penstock::v0
