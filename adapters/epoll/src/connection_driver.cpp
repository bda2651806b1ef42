// SPDX-License-Identifier: BSL-1.0
// The turn of a connection that no loop of ours knows, and its end, wherever that comes.
#include <penstock/epoll/connection_driver.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/coro/turn.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/epoll/socket_io.hpp>

#include "descriptor.hpp"
#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll {

namespace {

// A connection of the driver's own, its deadlines, and the filter around it, which ends first.
struct own_connection {
  own_connection(const stream_options& options, time_point now)
      : inner(require_valid(options).reading, options.writing), policy(options.policy), watch(policy, now) {
    inner.watch(&watch);
    layer = wrapped(inner, options);
  }
  wire& outer() noexcept { return layer ? *layer : static_cast<wire&>(inner); }

  connection inner;
  deadlines policy;
  deadline_watch watch;
  wire_handle layer;
};

bool is_unix(kernel& calls, int fd) noexcept { return own_address(calls, fd).family() == AF_UNIX; }

}  // namespace

// Behind a pointer, so that a turn can end where its driver was destroyed.
struct connection_driver::body {
  body(int fd, receive_arena memory, time_point now, const stream_options& options, kernel& calls)
      : own(std::in_place, options, now),
        inner(own->inner),
        outer(own->outer()),
        arena_(memory),
        io(calls, fd, is_unix(calls, fd)) {}
  body(int fd, receive_arena memory, connection& i, wire& o, kernel& calls) noexcept
      : inner(i), outer(o), arena_(memory), io(calls, fd, is_unix(calls, fd)) {}
  ~body() { unpoison(arena_.memory.data(), arena_.memory.size()); }

  // --- what the turn asks of a transport, and of whom it wakes -------------------------------

  bool readable() const noexcept { return io.readable() && reads(); }
  receive_arena arena() const noexcept { return arena_; }
  transfer receive(std::span<char> into) noexcept { return io.receive(into); }
  transfer send(std::span<const std::string_view> from) noexcept { return io.send(from); }
  std::error_code shut_down() noexcept { return io.shut_down(); }
  void hang_up(bool reset) noexcept {
    if (!io.open()) return;
    if (told != nullptr) told(context);
    io.hang_up(reset);
  }
  bool wake_reader() { return wake(); }
  bool wake_writers() { return wake(); }
  bool owes_answer() const noexcept { return false; }

  bool wake() {
    if (orphaned) return false;
    told_end = inner.state() == connection_state::closed;
    return (*application)(inner);
  }
  // Nobody reads and nobody writes: only the event tells that the connection is gone.
  void take_error() noexcept {
    const std::error_code ec = io.pending_error();
    if (!ec) return;
    hang_up(false);
    outer.lost(ec);
  }

  std::optional<own_connection> own;
  connection& inner;
  wire& outer;
  receive_arena arena_;
  const application_call* application = nullptr;  // of the turn
  void (*told)(void*) = nullptr;
  void* context = nullptr;
  bool in_turn = false;
  bool orphaned = false;                                                 // its driver is gone
  bool again = false;                                                    // a turn ended by its share
  bool reads() const noexcept { return reading || inner.is_closing(); }  // the peer's end is seen all the same
  bool reading = true;
  bool told_end = false;  // the application saw the connection closed
  std::size_t left = 0;   // unsent behind the last turn: where the socket has room, the filter waits for input with it
  socket_io io;           // last: what throws before leaves the descriptor to the caller
};

connection_driver::connection_driver(int fd, receive_arena arena, time_point now, const stream_options& options,
                                     kernel& calls)
    : body_(nullptr) {
  descriptor guarded(calls, fd);
  body_ = new body(fd, arena, now, options, calls);
  guarded.release();
}

connection_driver::connection_driver(int fd, receive_arena arena, connection& inner, wire& outer, kernel& calls)
    : body_(nullptr) {
  descriptor guarded(calls, fd);
  body_ = new body(fd, arena, inner, outer, calls);
  guarded.release();
}

connection_driver::~connection_driver() {
  if (body_ == nullptr) return;
  body_->hang_up(body_->outer.aborted());
  if (!body_->in_turn) {
    delete body_;
    return;
  }
  body_->orphaned = true;
  body_->inner.abort();  // nobody reads on: a filter that had more to deliver would move what the application looks at
  body_->outer.lost(errc::canceled);
}

connection& connection_driver::inner() noexcept { return body_->inner; }
wire& connection_driver::outer() noexcept { return body_->outer; }
int connection_driver::fd() const noexcept { return body_->io.fd(); }

short connection_driver::wants() const noexcept {
  const body& b = *body_;
  if (!b.io.open()) return 0;
  short events = 0;
  if (b.reads() && b.outer.input_room() != 0) events = static_cast<short>(events | POLLIN);
  const bool written = b.inner.out().pending() != b.left;
  if (!b.io.writable() || written || b.again) events = static_cast<short>(events | POLLOUT);
  return events;
}

time_point connection_driver::deadline() const noexcept {
  if (!body_->io.open()) return time_point::never();
  return body_->again ? time_point() : body_->outer.deadline();
}

void connection_driver::set_reading(bool on) noexcept { body_->reading = on; }

void connection_driver::before_close(void (*told)(void*), void* context) noexcept {
  body_->told = told;
  body_->context = context;
}

driver_state connection_driver::run(std::uint32_t events, time_point now, application_call application) {
  body& b = *body_;  // lives to the end of the turn, where *this may be gone
  if (!b.io.open()) return driver_state::closed;
  if (events != 0) b.io.note(events);
  if (b.in_turn) return driver_state::open;
  // Also where the application throws.
  struct turn_scope {
    explicit turn_scope(body& its) noexcept : of(its) { of.in_turn = true; }
    ~turn_scope() {
      of.in_turn = false;
      if (of.orphaned) delete &of;
    }
    body& of;
  };
  const turn_scope scope(b);
  b.application = &application;
  b.again = true;  // where the application throws it is asked again
  b.again = turn(b, b.outer, b, b.inner.in().buffered().size(), now);
  b.left = b.inner.out().pending();
  if (b.io.failed() && b.io.open() && !b.again) b.take_error();
  if (!b.io.open() && !b.told_end) b.wake();
  if (b.orphaned) return driver_state::destroyed;
  return b.io.open() ? driver_state::open : driver_state::closed;
}

}}}  // namespace penstock::v0::epoll
