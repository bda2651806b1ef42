// SPDX-License-Identifier: BSL-1.0
// One suspended operation: who waits, for what, since when, and how it goes on.
#pragma once

#include <cstdint>
#include <string_view>

#include <penstock/coro/list.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {

// Waits for bytes: at most one a stream. Lives in the awaiting coroutine's frame, or wherever a
// completion waits.
struct read_waiter {
  struct kind {
    // Asks the operation. With an answer it says answered() to the stream, goes on, which may end the waiter, and is
    // true; else it tells the half again what it wants.
    bool (*wake)(read_waiter&);
    std::string_view operation;  // its name
  };
  read_waiter() noexcept {}  // most answers are had without waiting: both are set where one begins
  explicit read_waiter(const kind* k) noexcept : what(k) {}

  const kind* what;
  union {
    time_point since;
  };
};

// What a writing side may wait for; levels of the stream.
enum class write_level : std::uint8_t {
  drained,      // not full, or the connection is gone (R53)
  flushed,      // everything was handed to the transport, or the connection is gone
  closed,       // the transport has closed (R58)
  established,  // the filter's handshake is done (R86), or the connection is gone
};

// Waits for a level: any number a stream (R54), woken in the order in which they came.
struct write_waiter : list_hook<write_waiter> {
  void (*go_on)(write_waiter&);
  time_point since;
  write_level level;
};

}}  // namespace penstock::v0
