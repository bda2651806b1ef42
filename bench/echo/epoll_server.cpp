// SPDX-License-Identifier: BSL-1.0
// What one writes by hand for speed: recv into the connection's buffer, memchr a line, each line
// copied to what is sent, one send a burst. Level-triggered; nothing is received while a client
// does not take its answers. A line of more than --limit bytes ends its connection. Under TLS the same by
// OpenSSL on the socket: records are read until there are no more, answers leave in as few as there can be.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "channel.hpp"
#include "command_line.hpp"

namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct client {
  client(int fd, bench::secrets* of, std::size_t capacity) : socket(fd, of, true), buffer(new char[capacity]) {}

  bench::channel socket;
  std::unique_ptr<char[]> buffer;
  std::size_t used = 0;  // bytes of an incomplete line
  std::string unsent;    // what the socket did not take
};

class server {
 public:
  explicit server(const bench::server_options& options)
      : lines_(options.lines),
        capacity_(std::max<std::size_t>(options.limit, 64 * 1024)),
        limit_(options.limit),
        out_(new char[capacity_]),
        secrets_(options.key.empty() ? nullptr
                                     : bench::server_secrets(options.certificate, options.key, options.read_ahead)) {
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    sigprocmask(SIG_BLOCK, &end, nullptr);
    signals_ = signalfd(-1, &end, SFD_CLOEXEC);
    poller_ = epoll_create1(EPOLL_CLOEXEC);
    if (signals_ < 0 || poller_ < 0) give_up("epoll");
    listen_on(options.port);
    watch(EPOLL_CTL_ADD, signals_, EPOLLIN, &signals_);
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN, &listener_);
  }

  void run() {
    epoll_event events[256];
    for (;;) {
      const int count = epoll_wait(poller_, events, 256, -1);
      if (count < 0 && errno != EINTR) give_up("epoll_wait");
      for (int i = 0; i < count; ++i) {
        void* const who = events[i].data.ptr;
        if (who == &signals_) return;
        if (who == &listener_)
          accept_all();
        else if (auto* const c = static_cast<client*>(who); !serve(*c))
          delete c;
      }
    }
  }

 private:
  void listen_on(std::uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener_ < 0) give_up("socket");
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // clients inherit it
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) give_up("bind");
    if (listen(listener_, bench::backlog) != 0) give_up("listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    bench::say_listening(ntohs(address.sin_port));
  }

  void watch(int what, int fd, std::uint32_t events, void* who) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = who;
    if (epoll_ctl(poller_, what, fd, &event) != 0) give_up("epoll_ctl");
  }

  void accept_all() const {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0)
        watch(EPOLL_CTL_ADD, fd, EPOLLIN, new client(fd, secrets_, capacity_));
      else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        give_up("accept4");
      else if (errno != EINTR && errno != ECONNABORTED)
        return;
    }
  }

  // False: the connection is over.
  bool serve(client& c) const {
    if (!c.unsent.empty()) {
      const std::string rest = std::exchange(c.unsent, {});
      if (!send_burst(c, rest.data(), rest.size())) return false;
      if (!c.unsent.empty()) return true;
      watch(EPOLL_CTL_MOD, c.socket.fd(), EPOLLIN, &c);
    }
    bool full = true;  // under TLS there may be more that no event tells of
    while (full && c.unsent.empty()) {
      const std::size_t from = c.used;
      const int state = receive(c);
      full = c.socket.secured() && c.used == capacity_;
      if (c.used != from && !(lines_ ? answer_lines(c, from) : answer_bytes(c))) return false;
      if (state == 0) return c.socket.end(), false;  // an incomplete line has no answer
    }
    if (!c.unsent.empty()) watch(EPOLL_CTL_MOD, c.socket.fd(), EPOLLOUT, &c);
    return true;
  }

  // One receive; under TLS a record at a time comes, and on as long as more is likely. 0: the end, or an error.
  int receive(client& c) const {
    ssize_t n = 0;
    do {
      n = c.socket.receive(c.buffer.get() + c.used, capacity_ - c.used);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      if (n == 0) return 0;
      c.used += static_cast<std::size_t>(n);
    } while (c.used != capacity_ && c.socket.goes_on(n));
    return 1;
  }

  // The first `from` bytes have no newline.
  bool answer_lines(client& c, std::size_t from) const {
    char* const begin = c.buffer.get();
    const char* const end = begin + c.used;
    const char* line = begin;
    const char* at = begin + from;
    char* to = out_.get();
    while (at != end) {
      const void* const found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      if (found == nullptr) break;
      at = static_cast<const char*>(found) + 1;
      const auto size = static_cast<std::size_t>(at - line);
      if (size > limit_) return false;
      std::memcpy(to, line, size);
      to += size;
      line = at;
    }
    c.used = static_cast<std::size_t>(end - line);
    if (c.used >= limit_) return false;
    if (line == begin) return true;
    std::memmove(begin, line, c.used);
    return send_burst(c, out_.get(), static_cast<std::size_t>(to - out_.get()));
  }

  static bool answer_bytes(client& c) {
    const std::size_t size = std::exchange(c.used, 0);
    return send_burst(c, c.buffer.get(), size);
  }

  // What the socket does not take is kept in c.unsent, which is empty before.
  static bool send_burst(client& c, const char* bytes, std::size_t size) {
    while (size != 0) {
      const ssize_t n = c.socket.send(bytes, size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EAGAIN) return false;
      if (n < 0) break;
      bytes += n;
      size -= static_cast<std::size_t>(n);
      if (!c.socket.secured()) break;
    }
    if (size != 0) c.unsent.assign(bytes, size);
    return true;
  }

  bool lines_;
  std::size_t capacity_;
  std::size_t limit_;
  std::unique_ptr<char[]> out_;
  bench::secrets* secrets_;
  int signals_ = -1;
  int poller_ = -1;
  int listener_ = -1;
};

}  // namespace

int main(int argc, char** argv) { server(bench::parse_server_options(argc, argv)).run(); }
