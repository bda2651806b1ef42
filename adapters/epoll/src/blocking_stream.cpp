// SPDX-License-Identifier: BSL-1.0
// A turn, poll, a turn, until the answer is there.
#include <penstock/epoll/blocking_stream.hpp>

#include <algorithm>
#include <utility>

#include <penstock/coro/checked_options.hpp>

#include "connected_socket.hpp"
#include "sockets.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

constexpr std::size_t headroom = 4 * 1024;
constexpr std::size_t room = 64 * 1024;

// Connects in a loop of its own, which ends with this call.
template <class Options>
descriptor connected(const Options& options) {
  event_loop loop;
  connected_socket made = loop.run_until(connect_socket(loop, options));
  return std::move(made.socket);
}

}  // namespace

blocking_stream::blocking_stream(int fd, const stream_options& options, kernel& calls)
    : blocking_stream(take_over(calls, fd, AF_UNSPEC), options, calls) {}

blocking_stream::blocking_stream(descriptor socket, const stream_options& options, kernel& calls)
    : memory_(new char[headroom + room]),
      calls_(&calls),
      driver_(socket.release(), {{memory_.get(), headroom + room}, headroom}, calls.now(), options, calls) {}

blocking_stream blocking_stream::connect(const connection_options& options) {
  blocking_stream made(connected(options),
                       penstock::detail::streams_of(options, false, options.server_hostname.value_or(options.host)),
                       system_kernel());
  made.establish();
  return made;
}

blocking_stream blocking_stream::connect(const unix_connection_options& options) {
  blocking_stream made(connected(options),
                       penstock::detail::streams_of(options, false, options.server_hostname.value_or("")),
                       system_kernel());
  made.establish();
  return made;
}

void blocking_stream::establish() {
  wait({}, [this] { return driver_.outer().handshake_done() || inner().is_closing(); });
  if (!driver_.outer().handshake_done()) throw_if_lost();
}

void blocking_stream::turn(std::uint32_t events) {
  const auto nobody = [](connection&) { return false; };
  static_cast<void>(events != 0 ? driver_.on_ready(events, calls_->now(), nobody)
                                : driver_.on_time(calls_->now(), nobody));
}

bool blocking_stream::wait(blocking_limit limit, bool (*done)(void*), void* context) {
  if (done(context)) return true;
  const time_point until = limit.deadline(calls_->now());
  for (std::uint32_t events = 0;;) {
    turn(events);
    if (done(context)) return true;
    const time_point now = calls_->now();
    if (now >= until || driver_.fd() < 0) return false;
    const int milliseconds = poll_timeout(std::min(until, driver_.deadline()), now);
    const int ready = calls_->poll(driver_.fd(), driver_.wants(), milliseconds);
    events = ready < 0 ? 0 : static_cast<std::uint32_t>(ready);
  }
}

std::optional<std::string> blocking_stream::next_line(blocking_limit limit) {
  const read_outcome out = view(penstock::readline(), limit);
  if (out.status() == read_status::eof) return std::nullopt;
  return text(out);
}

void blocking_stream::throw_if_lost() {
  const bool gone = inner().state() >= connection_state::aborting;
  if (!gone && !inner().out().bytes_lost()) return;
  const std::error_code why = inner().close_reason();
  throw_error(why ? why : make_error_code(errc::not_connected));
}

void blocking_stream::write(std::string_view bytes, blocking_limit limit) {
  if (const std::error_code ec = inner().write(bytes)) throw_error(ec);
  turn(0);
  if (!wait(limit, [this] { return !inner().out().full() || driver_.fd() < 0; })) throw_error(errc::timed_out);
  throw_if_lost();
}

void blocking_stream::flush(blocking_limit limit) {
  if (!wait(limit, [this] { return inner().out().pending() == 0 || driver_.fd() < 0; })) throw_error(errc::timed_out);
  throw_if_lost();
}

void blocking_stream::write_eof(blocking_limit limit) {
  if (driver_.outer().handshake_done() && !can_write_eof())
    throw std::system_error(std::make_error_code(std::errc::operation_not_supported), "write_eof");
  if (const std::error_code ec = inner().write_eof()) throw_error(ec);
  turn(0);
  flush(limit);
}

void blocking_stream::close(blocking_limit limit) {
  inner().close();
  turn(0);
  if (!wait(limit, [this] { return driver_.fd() < 0; })) throw_error(errc::timed_out);
  if (inner().out().bytes_lost()) throw_if_lost();
}

void blocking_stream::abort() {
  inner().abort();
  turn(0);
}

}}}  // namespace penstock::v0::epoll
