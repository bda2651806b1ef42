// SPDX-License-Identifier: BSL-1.0
// One connection for a loop that is not ours: its descriptor, what to wait for, until when, and a turn.
#pragma once

#include <poll.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <penstock/connection.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/receive_arena.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/time.hpp>
#include <penstock/wire.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

enum class driver_state : std::uint8_t {
  open,
  closed,     // the descriptor is closed, fd() is -1
  destroyed,  // the application destroyed the driver inside the call: touch nothing that went with it
};

// For poll, epoll or any loop that tells of readiness, by levels or by edges. The application is a
// function, bool(connection&): it asks inner().in(), writes to inner(), and answers whether it did
// anything. It is called when bytes may have come, when bytes have left, and at the end: then
// state() is closed, and close_reason() says why.
//
//   driver.on_ready(revents, now, application);     // or on_time(now, application) at deadline()
//   wait for driver.wants() on driver.fd(), no longer than driver.deadline()
//
// Whoever writes, closes or aborts from elsewhere calls on_time() next. The application may destroy
// the driver, and what holds it, inside its call: views that it was handed live until it returns.
// Spurious events, calls after the end and calls inside the application are nothing. One allocation.
class PENSTOCK_API connection_driver {
 public:
  // Takes the connected, non-blocking descriptor over, also where this throws: std::invalid_argument for
  // options out of their range, std::bad_alloc, a filter's std::system_error. The arena, the filter and the kernel
  // outlive it.
  connection_driver(int fd, receive_arena arena, time_point now, const stream_options& options = {},
                    kernel& calls = system_kernel());
  // The same for a connection that somebody else owns, such as a stream; both outlive it, and a call in which the
  // application destroys it.
  connection_driver(int fd, receive_arena arena, connection& inner, wire& outer, kernel& calls = system_kernel());
  connection_driver(connection_driver&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  // Closes what was here.
  connection_driver& operator=(connection_driver&& other) noexcept {
    connection_driver taken(std::move(other));
    std::swap(body_, taken.body_);
    return *this;
  }
  // Closes the descriptor; what is unsent is lost.
  ~connection_driver();

  connection& inner() noexcept;
  wire& outer() noexcept;   // the filter around it, or the connection itself
  int fd() const noexcept;  // -1 once closed

  // POLLIN, POLLOUT, both or none; POLLOUT where the socket was found full, or where bytes were written since the last
  // turn: what is unsent besides waits for input of the filter's. With none it waits for deadline() or for the
  // application alone; an error of the socket is told by poll whatever is asked for.
  short wants() const noexcept;
  // When on_time() is due; perhaps in the past, never() if nothing is.
  time_point deadline() const noexcept;

  // A turn after poll's or epoll's events.
  template <class Application>
  driver_state on_ready(std::uint32_t events, time_point now, Application&& application) {
    return run(events, now, called(application));
  }
  // A turn because of time, or because somebody wrote or closed.
  template <class Application>
  driver_state on_time(time_point now, Application&& application) {
    return run(0, now, called(application));
  }

  // Receives nothing while false, as pause_reading() of a stream.
  void set_reading(bool) noexcept;
  // Called right before the descriptor is closed, for loops that must forget it first.
  void before_close(void (*told)(void* context), void* context) noexcept;

 private:
  struct body;
  struct application_call {
    bool (*call)(void* application, connection& c);
    void* application;
    bool operator()(connection& c) const { return call(application, c); }
  };
  template <class Application>
  static application_call called(Application& application) noexcept {
    using type = std::remove_const_t<Application>;
    return {[](void* of, connection& c) -> bool { return (*static_cast<type*>(of))(c); },
            const_cast<type*>(std::addressof(application))};
  }
  driver_state run(std::uint32_t events, time_point now, application_call application);

  body* body_;  // ends itself where it is let go inside a turn
};

// What a hook attaches to a loop: a descriptor, a deadline, and turns that need nothing more.
template <class D>
concept driven = requires(D d, std::uint32_t events, time_point now, void (*told)(void*), void* context) {
  { d.fd() } -> std::same_as<int>;
  { d.wants() } -> std::same_as<short>;
  { d.deadline() } -> std::same_as<time_point>;
  { d.on_ready(events, now) } -> std::same_as<driver_state>;
  { d.on_time(now) } -> std::same_as<driver_state>;
  d.before_close(told, context);
};

// A connection and its application.
template <class Application>
class driven_connection {
 public:
  driven_connection(int fd, receive_arena arena, Application application, const stream_options& options = {},
                    kernel& calls = system_kernel())
      : driver_(fd, arena, calls.now(), options, calls), application_(std::move(application)) {}

  connection& inner() noexcept { return driver_.inner(); }
  wire& outer() noexcept { return driver_.outer(); }
  void set_reading(bool on) noexcept { driver_.set_reading(on); }
  int fd() const noexcept { return driver_.fd(); }
  short wants() const noexcept { return driver_.wants(); }
  time_point deadline() const noexcept { return driver_.deadline(); }
  driver_state on_ready(std::uint32_t events, time_point now) { return driver_.on_ready(events, now, application_); }
  driver_state on_time(time_point now) { return driver_.on_time(now, application_); }
  void before_close(void (*told)(void*), void* context) noexcept { driver_.before_close(told, context); }

 private:
  connection_driver driver_;
  Application application_;
};

}}}  // namespace penstock::v0::epoll
