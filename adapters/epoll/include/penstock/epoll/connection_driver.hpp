// SPDX-License-Identifier: BSL-1.0
// One connection for a loop that is not ours: its descriptor, what to wait for, and a turn.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include <penstock/connection.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/receive_arena.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/epoll/socket_io.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// The body of socket_transport without a loop, for poll, epoll or any loop that tells of readiness,
// by levels or by edges. The application is a function: it asks inner().in() and writes to inner(),
// and answers whether it did anything; it is called when bytes came, the end came, or bytes left.
//
//   driver.on_ready(revents, now, application);     // or on_time(now, application) at deadline()
//   if (driver.fd() < 0) ...it is over: driver.inner().close_reason()
//   else wait for driver.wants() on driver.fd(), no longer than driver.deadline()
//
// Whoever writes, closes or aborts from elsewhere calls on_time() next.
class PENSTOCK_API connection_driver {
 public:
  // Takes the connected, non-blocking descriptor over. The arena, the policy and the kernel outlive it.
  connection_driver(int fd, receive_arena arena, time_point now, read_options reading = {}, write_options writing = {},
                    const deadlines& policy = default_policy, kernel& calls = system_kernel()) noexcept
      : io_(calls, fd), arena_(arena), connection_(reading, writing), watch_(policy, now) {
    connection_.watch(&watch_);
  }
  connection_driver(const connection_driver&) = delete;
  connection_driver& operator=(const connection_driver&) = delete;
  ~connection_driver() { unpoison(arena_.memory.data(), arena_.memory.size()); }

  connection& inner() noexcept { return connection_; }
  const connection& inner() const noexcept { return connection_; }
  int fd() const noexcept { return io_.fd(); }  // -1 once closed

  // POLLIN, POLLOUT, both or none. With none it waits for deadline() or for the application alone;
  // an error of the socket is told by poll whatever is asked for.
  short wants() const noexcept {
    short events = 0;
    if (connection_.input_room() != 0) events = static_cast<short>(events | POLLIN);
    if (connection_.out().pending() != 0 || again_) events = static_cast<short>(events | POLLOUT);
    return events;
  }
  time_point deadline() const noexcept { return again_ ? time_point() : connection_.deadline(); }

  // A turn after poll's or epoll's events. The application may destroy nothing of the driver.
  template <class Application>
  void on_ready(std::uint32_t events, time_point now, Application&& application) {
    io_.note(events);
    run(now, application);
  }
  // A turn because of time, or because somebody wrote or closed.
  template <class Application>
  void on_time(time_point now, Application&& application) {
    run(now, application);
  }

 private:
  static constexpr deadlines default_policy{};

  // What the turn asks of a transport.
  struct verbs {
    connection_driver& of;
    bool readable() const noexcept { return of.io_.readable(); }
    receive_arena arena() const noexcept { return of.arena_; }
    transfer receive(std::span<char> into) const noexcept { return of.io_.receive(into); }
    transfer send(std::span<const std::string_view> from) const noexcept { return of.io_.send(from); }
    std::error_code shut_down() const noexcept { return of.io_.shut_down(); }
    void hang_up(bool reset) const noexcept { of.io_.hang_up(reset); }
  };
  template <class Application>
  struct asked {
    connection_driver& of;
    Application& application;
    bool wake_reader() { return application(of.connection_); }
    bool wake_writers() { return application(of.connection_); }
    bool owes_answer() const noexcept { return false; }
  };

  template <class Application>
  void run(time_point now, Application& application) {
    if (!io_.open()) return;
    verbs transport{*this};
    asked<Application> who{*this, application};
    again_ = turn(transport, connection_, who, connection_.in().buffered().size(), now);
    if (io_.failed() && io_.open() && !again_) take_error();
  }
  void take_error() noexcept;

  socket_io io_;
  receive_arena arena_;
  connection connection_;
  deadline_watch watch_;
  bool again_ = false;  // a turn ended by its share
};

}}}  // namespace penstock::v0::epoll
