// SPDX-License-Identifier: BSL-1.0
// Attempts to connect, as connect_race says.
#include <penstock/epoll/connect.hpp>

#include <netdb.h>

#include <cerrno>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include <penstock/coro/exceptions.hpp>
#include <penstock/coro/notification.hpp>
#include <penstock/epoll/socket_transport.hpp>

#include "resolve_all.hpp"
#include "socket_options.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

// One socket on its way. Writable means that the outcome is there.
class attempt final : private watched {
 public:
  attempt(event_loop& loop, notification& changed) noexcept : loop_(loop), changed_(changed), socket_(loop.calls(), -1) {}
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;
  ~attempt() { close(); }

  // Success: under way, or connected already.
  std::error_code start(const address& to, int protocol, std::span<const address> from);
  bool reported() const noexcept { return reported_; }
  std::error_code outcome() noexcept;  // once reported
  int release() noexcept {
    loop_.forget(*this);
    return socket_.release();
  }
  void close() noexcept {
    if (socket_.get() < 0) return;
    loop_.forget(*this);
    socket_.close();
    loop_.closed_one();
  }

 private:
  void on_events(std::uint32_t) noexcept override {
    reported_ = true;
    changed_.notify_all();
  }
  std::error_code bind_to_one_of(std::span<const address> from, int family) noexcept;

  event_loop& loop_;
  notification& changed_;
  descriptor socket_;
  bool reported_ = false;
};

std::error_code attempt::bind_to_one_of(std::span<const address> from, int family) noexcept {
  std::error_code last = std::make_error_code(std::errc::address_family_not_supported);
  for (const address& own : from) {
    if (own.family() != family) continue;
    const int result = loop_.calls().bind(socket_.get(), own.get(), own.size);
    if (result >= 0) return {};
    last = system_error_of(result);
  }
  return last;
}

std::error_code attempt::start(const address& to, int protocol, std::span<const address> from) {
  const int fd = loop_.calls().socket(to.family(), SOCK_STREAM, protocol);
  if (fd < 0) return system_error_of(fd);
  socket_ = descriptor(loop_.calls(), fd);
  if (!from.empty())
    if (const std::error_code ec = bind_to_one_of(from, to.family())) return ec;
  int result = loop_.calls().connect(fd, to.get(), to.size);
  if (result == -EINTR) result = -EINPROGRESS;  // goes on by itself
  if (result < 0 && result != -EINPROGRESS) return system_error_of(result);
  reported_ = result >= 0;
  return loop_.watch(fd, *this, EPOLLOUT);
}

std::error_code attempt::outcome() noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  const int result = loop_.calls().getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (result < 0) return system_error_of(result);
  return error == 0 ? std::error_code() : system_error_of(-error);
}

// The options, and copies of what they only point at.
struct wanted {
  std::string host;
  std::string port;
  std::string local_host;
  std::string local_port;
  connection_options options;
};

struct ring : timer {
  explicit ring(notification& n) noexcept
      : timer([](timer& t) { static_cast<ring&>(t).of.notify_all(); }), of(n) {}
  notification& of;
};

[[noreturn]] void throw_failure(std::span<const race_attempt> states, std::error_code why) {
  std::string text;
  append_failure(text, states);
  throw std::system_error(why, text.empty() ? "connecting" : text);
}

// Which of the addresses connected first; the others are closed.
task<descriptor> race(event_loop& loop, const std::vector<address>& to, const std::vector<address>& from,
                      int protocol, race_options options, address& peer) {
  notification changed(loop);
  ring alarm(changed);
  std::vector<race_attempt> states(to.size());
  std::deque<attempt> attempts;
  for (std::size_t i = 0; i != to.size(); ++i) attempts.emplace_back(loop, changed);
  connect_race race(states, options, loop.now());
  for (;;) {
    for (std::size_t i = 0; i != to.size(); ++i) {
      if (states[i].state != attempt_state::running || !attempts[i].reported()) continue;
      if (const std::error_code ec = attempts[i].outcome()) {
        attempts[i].close();
        race.attempt_failed(i, ec);
      } else {
        race.attempt_succeeded(i);
      }
    }
    const race_step step = race.next(loop.now());
    switch (step.action) {
      case race_action::start:
        race.attempt_started(step.attempt, loop.now());
        if (const std::error_code ec = attempts[step.attempt].start(to[step.attempt], protocol, from)) {
          attempts[step.attempt].close();
          race.attempt_failed(step.attempt, ec);
        }
        break;
      case race_action::close:
        attempts[step.attempt].close();
        race.attempt_closed(step.attempt);
        break;
      case race_action::wait:
        if (step.until != time_point::never()) loop.arm(alarm, step.until);
        co_await changed.wait();
        break;
      case race_action::won:
        peer = to[step.attempt];
        co_return descriptor(loop.calls(), attempts[step.attempt].release());
      case race_action::failed: throw_failure(states, step.error);
    }
  }
}

open_streams streams_over(event_loop& loop, int fd, const address& peer, const stream_options& options) {
  socket_transport& made = socket_transport::adopt(loop, fd, peer, options);
  return {stream_reader(made), stream_writer(made)};
}

open_streams adopt(event_loop& loop, int fd, const stream_options& options) {
  kernel& calls = loop.calls();
  descriptor taken(calls, fd);
  int type = 0;
  socklen_t size = sizeof type;
  if (calls.getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
    throw std::invalid_argument("a stream socket was expected");
  address peer;
  peer.size = sizeof peer.storage;
  if (const int result = calls.getpeername(fd, peer.get(), &peer.size); result < 0)
    throw std::system_error(system_error_of(result), "the socket to adopt is not connected");
  if (const int result = calls.set_nonblocking(fd); result < 0)
    throw std::system_error(system_error_of(result), "adopting a socket");
  set_nodelay(calls, fd, peer.family());
  return streams_over(loop, taken.release(), peer, options);
}

task<open_streams> connect(event_loop& loop, wanted what) {
  const connection_options& options = what.options;
  const stream_options made_with = {{options.limit, options.max_buffered}, options.writing, options.policy};
  if (options.sock >= 0) co_return adopt(loop, options.sock, made_with);
  resolver& names = options.names != nullptr ? *options.names : system_resolver();
  resolve_query query{what.host, what.port, options.family, options.proto, options.flags};
  std::vector<address> to = co_await resolve_all(names, std::move(query));
  std::vector<address> from;
  if (!what.local_host.empty() || !what.local_port.empty()) {
    resolve_query own{what.local_host, what.local_port, options.family, options.proto, AI_PASSIVE};
    from = co_await resolve_all(names, std::move(own));
  }
  const race_options racing = {options.happy_eyeballs_delay, options.connect_timeout};
  interleave(std::span<address>(to), options.interleave.value_or(default_interleave(racing)),
             [](const address& a) { return a.family(); });
  address peer;
  descriptor socket = co_await race(loop, to, from, options.proto, racing, peer);
  set_nodelay(loop.calls(), socket.get(), peer.family());
  co_return streams_over(loop, socket.release(), peer, made_with);
}

task<open_streams> connect_unix(event_loop& loop, address to, stream_options options) {
  const std::vector<address> addresses = {to};
  const std::vector<address> from;
  address peer;
  descriptor socket = co_await race(loop, addresses, from, 0, {}, peer);
  co_return streams_over(loop, socket.release(), peer, options);
}

task<open_streams> adopt_later(event_loop& loop, int fd, stream_options options) { co_return adopt(loop, fd, options); }

void check_common(std::size_t limit, const write_options& writing, const deadlines& policy) {
  if (limit == 0) throw std::invalid_argument("limit must be at least 1");
  if (check(writing)) throw std::invalid_argument("high must be at least low");
  if (check(policy)) throw std::invalid_argument("a deadline must be positive");
}

event_loop& the_loop() {
  auto* const current = dynamic_cast<event_loop*>(scheduler::current());
  if (current == nullptr) throw std::logic_error("outside a task the loop is the first argument");
  return *current;
}

}  // namespace

task<open_streams> open_connection(event_loop& loop, const connection_options& options) {
  check_common(options.limit, options.writing, options.policy);
  const bool address_given = !options.host.empty() || options.port.given();
  if (options.sock >= 0 && address_given)
    throw std::invalid_argument("host/port and sock can not be specified at the same time");
  if (options.sock < 0 && !address_given)
    throw std::invalid_argument("host and port was not specified and no sock specified");
  if (options.port.out_of_range() || options.local_port.out_of_range())
    throw std::invalid_argument("a port must be 0-65535");
  if (check(race_options{options.happy_eyeballs_delay, options.connect_timeout}))
    throw std::invalid_argument("happy_eyeballs_delay and connect_timeout must be positive");
  return connect(loop, {std::string(options.host), options.port.text(), std::string(options.local_host),
                        options.local_port.text(), options});
}

task<open_streams> open_unix_connection(event_loop& loop, const unix_connection_options& options) {
  check_common(options.limit, options.writing, options.policy);
  const stream_options made_with = {{options.limit, options.max_buffered}, options.writing, options.policy};
  if (options.sock >= 0 && !options.path.empty())
    throw std::invalid_argument("path and sock can not be specified at the same time");
  if (options.sock >= 0) return adopt_later(loop, options.sock, made_with);
  if (options.path.empty()) throw std::invalid_argument("no path and sock were specified");
  const std::optional<address> to = address::unix_path(options.path);
  if (!to) throw std::invalid_argument("the path is too long or has a zero byte inside");
  return connect_unix(loop, *to, made_with);
}

task<open_streams> open_connection(const connection_options& options) { return open_connection(the_loop(), options); }
task<open_streams> open_unix_connection(const unix_connection_options& options) {
  return open_unix_connection(the_loop(), options);
}

}}}  // namespace penstock::v0::epoll
