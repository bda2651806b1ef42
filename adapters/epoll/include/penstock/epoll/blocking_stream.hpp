// SPDX-License-Identifier: BSL-1.0
// A stream that blocks: for scripts, tests and command-line clients, without a loop, a task or a thread.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/coro/exceptions.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/epoll/connect.hpp>
#include <penstock/epoll/connection_driver.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/read_operations.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 {
namespace epoll {

class descriptor;

// How long a call may block: made from a duration or a time_point, ours or chrono's.
class blocking_limit {
 public:
  constexpr blocking_limit() = default;                                 // without end
  constexpr blocking_limit(duration after) noexcept : after_(after) {}  // NOLINT: implicit on purpose
  constexpr blocking_limit(time_point at) noexcept : at_(at) {}         // NOLINT
  template <class Chrono>
    requires std::convertible_to<const Chrono&, duration>
  constexpr blocking_limit(const Chrono& after) noexcept : after_(duration(after)) {}  // NOLINT
  template <class Chrono>
    requires(std::convertible_to<const Chrono&, time_point> && !std::convertible_to<const Chrono&, duration>)
  constexpr blocking_limit(const Chrono& at) noexcept : at_(time_point(at)) {}  // NOLINT

  time_point deadline(time_point now) const noexcept { return after_ == duration::max() ? at_ : now + after_; }

 private:
  duration after_ = duration::max();
  time_point at_ = time_point::never();
};

// The calls of stream_reader and stream_writer, as plain functions that throw the same errors; a negative size is
// std::invalid_argument. While one blocks, both ways go on: what is queued leaves, what comes is buffered up to its
// limit. A call whose limit is reached throws errc::timed_out and has consumed nothing; the next one finds every byte.
//
//   auto redis = blocking_stream::connect({.host = "127.0.0.1", .port = 6379});
//   redis.write("PING\r\n");
//   std::string pong = redis.readuntil("\r\n", 5s);
class PENSTOCK_API blocking_stream {
 public:
  // Takes a connected stream socket over, also where it throws: std::invalid_argument for options out of their range,
  // std::system_error, std::bad_alloc.
  explicit blocking_stream(int fd, const stream_options& options = {}, kernel& calls = system_kernel());
  // As open_connection, with a filter's handshake: the attempts block for connect_timeout at most, the handshake for
  // ssl_handshake_timeout.
  static blocking_stream connect(const connection_options& options);
  static blocking_stream connect(const unix_connection_options& options);
  blocking_stream(blocking_stream&&) noexcept = default;
  // Closes what was here.
  blocking_stream& operator=(blocking_stream&& other) noexcept {
    blocking_stream taken(std::move(other));
    std::swap(memory_, taken.memory_);
    std::swap(calls_, taken.calls_);
    std::swap(driver_, taken.driver_);
    return *this;
  }
  // Closes the descriptor; what has not left by write(), flush() or close() is lost.
  ~blocking_stream() = default;

  std::string read(std::size_t n, blocking_limit limit = {}) { return text(view(read_some(checked_size(n)), limit)); }
  std::string read(blocking_limit limit = {}) { return text(view(read_to_eof(), limit)); }
  std::string readline(blocking_limit limit = {}) { return text(view(penstock::readline(), limit)); }
  std::string readexactly(std::size_t n, blocking_limit limit = {}) {
    return text(view(penstock::readexactly(checked_size(n)), limit));
  }
  std::string readuntil(separators ends = "\n", blocking_limit limit = {}) {
    return text(view(penstock::readuntil(ends), limit));
  }
  // A line, or nothing at the end of the stream.
  std::optional<std::string> next_line(blocking_limit limit = {});
  // Any operation's outcome, with its view, which dies at the next call. Throws nothing but timed_out.
  template <class Op>
    requires read_operation<std::remove_reference_t<Op>>
  read_outcome view(Op&& op, blocking_limit limit = {}) {
    read_outcome out = read_outcome::need_more();
    const auto answered = [&] {
      out = in().poll(op);
      if (out.status() != read_status::need_more) return true;
      in().await_input(op);
      return false;
    };
    if (wait(limit, answered)) return out;
    in().stop_awaiting();
    throw_error(errc::timed_out);
  }

  // Sends what it can; blocks while more than the high mark is unsent. Throws what took the connection. Where
  // time runs out the bytes are queued all the same.
  void write(std::string_view bytes, blocking_limit limit = {});
  void flush(blocking_limit limit = {});  // until everything was handed to the system
  // Refused with operation_not_supported where an end is the end of both ways: under TLS 1.2 (R88).
  void write_eof(blocking_limit limit = {});
  bool can_write_eof() noexcept { return driver_.outer().can_write_eof(); }
  // Flushes and closes, by policy.close_flush or by the limit; throws where bytes were lost.
  void close(blocking_limit limit = {});
  void abort();

  bool at_eof() noexcept { return in().at_eof(); }
  std::error_code close_reason() { return inner().close_reason(); }
  connection& inner() { return driver_.inner(); }
  int fd() const noexcept { return driver_.fd(); }  // -1 once closed

 private:
  blocking_stream(descriptor socket, const stream_options& options, kernel& calls);
  read_half& in() { return inner().in(); }
  static std::string text(const read_outcome& out) { return std::string(bytes_of(out)); }
  // Turns until `done`; false where the limit came first.
  template <class Done>
  bool wait(blocking_limit limit, Done done) {
    return wait(limit, [](void* of) -> bool { return (*static_cast<Done*>(of))(); }, &done);
  }
  bool wait(blocking_limit limit, bool (*done)(void*), void* context);
  void establish();
  void turn(std::uint32_t events);
  void throw_if_lost();

  std::unique_ptr<char[]> memory_;  // of the arena
  kernel* calls_;
  connection_driver driver_;  // ends first
};

}  // namespace epoll

using epoll::blocking_stream;

}}  // namespace penstock::v0
