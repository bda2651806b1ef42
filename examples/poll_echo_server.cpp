// SPDX-License-Identifier: BSL-1.0
// The core's connection driven by hand: a line echo server over TCP and Unix sockets on poll(2).
//
//   poll_echo_server [--port N] [--unix PATH] [--limit N] [--once N]
//
// Listens on 127.0.0.1 (port 0: any; no address given: any port). A line of more than --limit
// bytes is answered by "line too long". SIGTERM and SIGINT end it, --once after N connections.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/core.hpp>

#include "listen.hpp"

namespace {

using penstock::read_status;
using penstock::time_point;
using penstock::wire_step;

constexpr std::size_t headroom = 4 * 1024;
constexpr std::size_t arena_size = 128 * 1024;
constexpr penstock::deadlines policy;  // a closing client has 30 s to take its answers

int stop_pipe[2];  // readable once a signal has asked the server to stop

time_point now() { return std::chrono::steady_clock::now(); }

// A client costs this while it is idle; the core holds no memory for it then.
struct client {
  client(int fd, std::size_t limit) : socket(fd), stream({.limit = limit}) { stream.watch(&watch); }
  ~client() { hang_up({}); }

  void hang_up(std::error_code why) {
    if (socket < 0) return;
    const linger reset{1, 0};
    if (stream.aborted()) setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(std::exchange(socket, -1));
    stream.lost(why);
  }
  // Back-pressure: a client that does not take its answers is not asked for more.
  bool wants_input() const { return stream.input_room() != 0 && !stream.out().full(); }

  int socket;
  penstock::connection stream;
  penstock::deadline_watch watch{policy, now()};
  penstock::readline line;  // remembers how far it has looked, so it lives as long as the client
};

// --- one turn: receive, answer, send, settle -------------------------------------------------

// All clients receive here, one after the other: what is unread at the end of a turn moves out.
std::array<char, headroom + arena_size> memory;

void receive(client& c) {
  const std::span<char> arena = std::span(memory).subspan(headroom);
  const ssize_t n = recv(c.socket, arena.data(), std::min(arena.size(), c.stream.input_room()), 0);
  if (n > 0)
    c.stream.lend_input(arena.first(static_cast<std::size_t>(n)), headroom);
  else if (n == 0)
    c.stream.input_ended();
  else if (errno != EAGAIN && errno != EINTR)
    c.hang_up({errno, std::generic_category()});
}

// Answers complete lines; true if it stopped because too many answers have not left yet.
bool answer(client& c) {
  while (!c.stream.out().full()) {
    std::error_code ec;
    const penstock::read_outcome request = c.stream.in().poll(c.line);
    switch (request.status()) {
      case read_status::data: ec = c.stream.write(request.text()); break;
      case read_status::limit_overrun: ec = c.stream.write("line too long\n"); break;
      case read_status::need_more: c.stream.in().await_input(c.line); return false;
      case read_status::eof: c.stream.close(); return false;
      case read_status::incomplete:
      case read_status::failed: ec = request.error(); break;
    }
    if (!ec) continue;
    c.stream.abort();
    return false;
  }
  return true;
}

// Does what the stream asks for; true if it asks for nothing more, false if the socket takes no
// more or is closed.
bool send(client& c) {
  for (;;) {
    std::array<std::string_view, penstock::write_half::useful_segments> segments;
    std::size_t count = 0;
    switch (c.stream.next_output(segments, count)) {
      case wire_step::idle: return true;
      case wire_step::send: {
        std::array<iovec, segments.size()> parts;
        for (std::size_t i = 0; i != count; ++i) parts[i] = {const_cast<char*>(segments[i].data()), segments[i].size()};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = count;
        const ssize_t n = sendmsg(c.socket, &message, MSG_NOSIGNAL);
        if (n >= 0) {
          c.stream.consume_output(static_cast<std::size_t>(n));
        } else if (errno != EINTR) {
          if (errno != EAGAIN) c.hang_up({errno, std::generic_category()});
          return false;
        }
        break;
      }
      case wire_step::shutdown:
        shutdown(c.socket, SHUT_WR);
        c.stream.output_shut_down();
        break;
      case wire_step::close: c.hang_up({}); return false;
    }
  }
}

// The watch is asked behind the answers, so that a close() among them starts its clock.
void take_turn(client& c) {
  if (c.wants_input()) receive(c);
  bool more = true;
  do {
    more = answer(c);
    c.stream.on_time(now());
  } while (send(c) && more);
  c.stream.settle_input();
  if (c.stream.in().error()) c.hang_up(c.stream.close_reason());  // no memory for what is unread
}

// --- all clients -----------------------------------------------------------------------------

class echo_server {
 public:
  // A listener of -1 is none. `most` clients are accepted.
  echo_server(int stop, int tcp, int local, std::size_t limit, std::size_t most)
      : polled_{{stop, POLLIN, 0}, {tcp, 0, 0}, {local, 0, 0}}, limit_(limit), to_come_(most) {}

  // Ends when `stop` is readable, or when `most` clients have come and gone.
  void run() {
    while (to_come_ != 0 || !clients_.empty()) {
      if (poll(polled_.data(), polled_.size(), arm()) < 0) {
        if (errno == EINTR) continue;
        give_up("poll");
      }
      if (polled_[0].revents != 0) return;
      const time_point woken = now();
      for (std::size_t i = clients_.size(); i-- != 0;)
        if (polled_[i + others].revents != 0 || clients_[i]->stream.deadline() <= woken) serve(i);
      for (std::size_t i = 1; i != others; ++i)
        if (polled_[i].revents != 0) accept_from(polled_[i].fd);
    }
  }

 private:
  static constexpr std::size_t others = 3;  // in polled_ in front of the clients

  // Decides what each socket waits for, and answers for how many milliseconds at most: until the
  // earliest deadline, -1 if there is none.
  int arm() {
    const time_point armed = now();
    const bool accepting = to_come_ != 0 && accept_after_ <= armed;
    for (std::size_t i = 1; i != others; ++i) polled_[i].events = accepting ? POLLIN : 0;
    time_point wake = to_come_ != 0 && !accepting ? accept_after_ : time_point::never();
    for (std::size_t i = 0; i != clients_.size(); ++i) {
      const client& c = *clients_[i];
      const int input = c.wants_input() ? POLLIN : 0;
      const int output = c.stream.out().pending() != 0 ? POLLOUT : 0;
      polled_[i + others].events = static_cast<short>(input | output);
      wake = std::min(wake, c.stream.deadline());
    }
    if (wake == time_point::never()) return -1;
    const std::int64_t wait = std::max<std::int64_t>((wake - armed).count(), 0);  // nanoseconds
    return static_cast<int>(std::min<std::int64_t>(wait / 1'000'000 + 1, 60'000));
  }

  void serve(std::size_t i) {
    take_turn(*clients_[i]);
    if (clients_[i]->socket >= 0) return;
    clients_[i] = std::move(clients_.back());
    clients_.pop_back();
    polled_[i + others] = polled_.back();
    polled_.pop_back();
    accept_after_ = {};  // a descriptor is free again
  }

  void accept_from(int listener) {
    for (int budget = 64; budget != 0 && to_come_ != 0; --budget) {
      const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0) {
        clients_.push_back(std::make_unique<client>(socket, limit_));
        polled_.push_back({socket, 0, 0});
        --to_come_;
      } else if (errno == EAGAIN) {
        return;
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        accept_after_ = now() + std::chrono::seconds(1);  // or when a client leaves
        return;
      }  // else this client has gone already
    }
  }

  std::vector<pollfd> polled_;  // stop, the listeners, then a client each, as in clients_
  std::vector<std::unique_ptr<client>> clients_;
  std::size_t limit_;
  std::size_t to_come_;      // clients that are still to be accepted
  time_point accept_after_;  // no descriptor was left for the last one
};

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  return ec == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  std::size_t limit = penstock::read_options().limit;
  std::size_t once = ~std::size_t{0};
  const char* path = nullptr;
  bool tcp = false;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    bool good = false;
    if (name == "--port") good = tcp = parse(value, port);
    if (name == "--unix") good = *(path = value) != '\0';
    if (name == "--limit") good = parse(value, limit) && !check(penstock::read_options{.limit = limit});
    if (name == "--once") good = parse(value, once);
    if (good) continue;
    std::fputs("usage: poll_echo_server [--port N] [--unix PATH] [--limit N] [--once N]\n", stderr);
    return 2;
  }

  if (pipe2(stop_pipe, O_NONBLOCK | O_CLOEXEC) != 0) give_up("pipe");
  struct sigaction action = {};
  action.sa_handler = [](int) {
    const int interrupted = errno;
    if (write(stop_pipe[1], "", 1) < 0) errno = interrupted;  // full: it is readable already
  };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);

  const int tcp_listener = tcp || path == nullptr ? listen_on_port(port) : -1;
  const int unix_listener = path != nullptr ? listen_on_path(path) : -1;
  if (tcp_listener >= 0) std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", unsigned{port});
  if (unix_listener >= 0) std::fprintf(stderr, "listening on %s\n", path);

  echo_server(stop_pipe[0], tcp_listener, unix_listener, limit, once).run();
  if (path != nullptr) unlink(path);
}
