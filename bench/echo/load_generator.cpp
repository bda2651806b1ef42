// SPDX-License-Identifier: BSL-1.0
// Lines to an echo server, `depth` of them in flight on each connection, every byte that comes back
// compared. What was measured is one line of JSON on standard output; an error makes the status 1.
//
// Measured is what comes back behind the warm-up, for --seconds, or until --messages lines in all
// were sent. Then what is in flight is awaited, and each connection ends as a client would end it. With
// --lines-each a connection ends behind so many lines, and another one takes its place. With --one-by-one each sends
// one line, and the next is begun when that came back.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "channel.hpp"
#include "command_line.hpp"
#include "process_clock.hpp"
#include "traffic.hpp"

namespace {

constexpr std::size_t most_latencies = std::size_t{1} << 22;
constexpr const char* usage =
    "--port N [--host ADDRESS] [--conns N] [--depth D] [--size S] [--warmup SECONDS]\n"
    "       [--seconds T | --messages M] [--cpu-of PID] [--patience SECONDS] [--tls FILE]\n"
    "       [--lines-each N] [--one-by-one yes]\n"
    "S: bytes of a line, newline included. --cpu-of: the process whose CPU time is measured.\n"
    "--patience: without a byte before it gives up. --tls: over TLS, the authorities to believe";

struct plan {
  const char* host = "127.0.0.1";
  std::uint16_t port = 0;
  std::size_t conns = 1;
  std::size_t depth = 1;
  std::size_t size = 64;
  double warmup = 0;
  double seconds = 1;
  double patience = 10;
  std::uint64_t messages = 0;    // 0: by time
  pid_t process = 0;             // 0: none
  std::uint64_t lines_each = 0;  // of a connection; 0: until the end
  bool one_by_one = false;
  bench::secrets* of = nullptr;
};

struct client {
  bench::channel socket;
  bool waits_to_send = false;
  bool ending = false;  // has sent its FIN
  bench::exchange bytes;
  std::uint64_t sent_at = 0;  // the last line, at depth 1
};

struct snapshot {
  std::uint64_t time = 0, messages = 0, cpu = 0, user = 0, memory = 0;
};

class generator {
 public:
  explicit generator(const plan& p)
      : plan_(p),
        text_(p.size, p.depth),
        buffer_(new char[buffer_size]),
        poller_(epoll_create1(EPOLL_CLOEXEC)),
        clients_(p.conns) {}

  // False: it could not connect.
  bool connect_all() {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(plan_.port);
    if (inet_pton(AF_INET, plan_.host, &address_.sin_addr) != 1) return false;
    if (plan_.process != 0) memory_before_ = bench::memory(plan_.process);
    const std::size_t at_first = plan_.one_by_one ? 1 : clients_.size();
    while (connected_ != at_first)
      if (!connect(clients_[connected_])) return false;
    return true;
  }

  void run() {
    const std::uint64_t began = now_ = bench::now_ns();
    const std::uint64_t measured_from = began + nanoseconds(plan_.warmup);
    const std::uint64_t measured_to = measured_from + nanoseconds(plan_.seconds);
    last_progress_ = began;
    open_ = clients_.size();
    if (plan_.warmup == 0) begin_measuring();
    for (client& c : clients_)
      if (c.socket.open()) go_on(c);
    epoll_event events[256];
    while (open_ != 0) {
      const int count = epoll_wait(poller_, events, 256, 10);
      now_ = bench::now_ns();
      if (!measuring_ && !draining_ && now_ >= measured_from) begin_measuring();
      for (int i = 0; i < count; ++i) serve(*static_cast<client*>(events[i].data.ptr));
      const bool enough = plan_.messages != 0 ? done_ == plan_.messages : now_ >= measured_to;
      if (!draining_ && (enough || errors_ != 0)) end_measuring();
      if (now_ > last_progress_ + nanoseconds(plan_.patience)) give_up();
    }
    if (!draining_) end_measuring();
  }

  // Answers whether all went well.
  bool report() {
    const auto difference = [&](std::uint64_t snapshot::* what) { return to_.*what - from_.*what; };
    const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf("{\"messages\": %llu, \"seconds\": %.6f, \"errors\": %llu, \"sent\": %llu",
                count(difference(&snapshot::messages)), static_cast<double>(difference(&snapshot::time)) * 1e-9,
                count(errors_), count(issued_));
    if (plan_.process != 0)
      std::printf(", \"cpu_ns\": %llu, \"user_ns\": %llu, \"memory\": %llu", count(difference(&snapshot::cpu)),
                  count(difference(&snapshot::user)), count(to_.memory - std::min(to_.memory, memory_before_)));
    if (!latencies_.empty())
      std::printf(", \"latency_p50_ns\": %u, \"latency_p99_ns\": %u", percentile(50), percentile(99));
    std::printf("}\n");
    return errors_ == 0;
  }

 private:
  static constexpr std::size_t buffer_size = std::size_t{256} << 10;

  static std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

  // --- what is measured ----------------------------------------------------------------------

  snapshot look() const {
    snapshot s{bench::now_ns(), done_};
    if (plan_.process == 0) return s;
    s.cpu = bench::cpu_ns(plan_.process);
    s.user = bench::user_ns(plan_.process);
    s.memory = bench::memory(plan_.process);
    return s;
  }
  void begin_measuring() {
    measuring_ = true;
    latencies_.clear();
    from_ = look();
  }
  void end_measuring() {
    to_ = look();
    if (!measuring_) from_ = to_;
    measuring_ = false;
    draining_ = true;
    for (client& c : clients_)
      if (c.socket.open() && !c.waits_to_send) go_on(c);
  }
  std::uint32_t percentile(std::size_t of_hundred) {
    const auto at = latencies_.begin() + static_cast<std::ptrdiff_t>((latencies_.size() - 1) * of_hundred / 100);
    std::nth_element(latencies_.begin(), at, latencies_.end());
    return *at;
  }

  // --- one connection ------------------------------------------------------------------------

  void watch(int what, client& c, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &c;
    epoll_ctl(poller_, what, c.socket.fd(), &event);
  }

  void leave(client& c, const char* error) {
    if (error != nullptr && ++errors_ <= 5)
      std::fprintf(stderr, "connection %td, byte %llu: %s\n", &c - clients_.data(),
                   static_cast<unsigned long long>(c.bytes.received), error);
    c.socket.close();
    --open_;
  }

  void give_up() {
    for (client& c : clients_)
      if (c.socket.open()) leave(c, c.ending ? "the server does not close" : "no answer");
  }

  // The next one takes its place where it has said what it was to say.
  void ended(client& c) {
    if (!c.ending || draining_ || plan_.lines_each == 0) return leave(c, c.ending ? nullptr : "closed by the server");
    c.socket.close();
    if (!connect(c)) return leave(c, std::strerror(errno));
    go_on(c);
  }

  bool connect(client& c) {
    const int on = 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c.socket = bench::channel(fd, plan_.of, false);
    c.ending = c.waits_to_send = false;
    c.bytes = {};
    c.bytes.start = text_.start_of(connected_++);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) return false;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return false;
    watch(EPOLL_CTL_ADD, c, EPOLLIN);
    return true;
  }

  void begin_next() {
    client& next = clients_[connected_];
    if (!connect(next)) return leave(next, std::strerror(errno));
    go_on(next);
  }

  // Under TLS a record at a time comes, and no event tells of the next.
  void serve(client& c) {
    do {
      const ssize_t n = c.socket.receive(buffer_.get(), buffer_size);
      if (n == 0) return ended(c);
      if (n < 0) {
        if (errno != EAGAIN && errno != EINTR) return leave(c, std::strerror(errno));
        break;
      }
      last_progress_ = now_;
      const std::uint64_t lines = c.bytes.received / plan_.size;
      const std::string_view bytes(buffer_.get(), static_cast<std::size_t>(n));
      if (const char* const error = c.bytes.take(text_, bytes)) return leave(c, error);
      count(c, c.bytes.received / plan_.size - lines);
      if (plan_.one_by_one && connected_ != clients_.size()) begin_next();
    } while (c.socket.secured());
    go_on(c);
  }

  void count(client& c, std::uint64_t lines) {
    done_ += lines;
    if (plan_.depth != 1 || lines == 0 || !measuring_ || latencies_.size() == most_latencies) return;
    const std::uint64_t took = bench::now_ns() - c.sent_at;
    latencies_.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(took, UINT32_MAX)));
  }

  // Sends what may be in flight; ends the connection once nothing more is to come.
  void go_on(client& c) {
    bench::exchange& bytes = c.bytes;
    if (!draining_) {
      const std::uint64_t in_flight = bytes.issued - bytes.received;
      std::uint64_t lines = plan_.depth - (in_flight + plan_.size - 1) / plan_.size;
      if (plan_.messages != 0) lines = std::min(lines, plan_.messages - issued_);
      if (plan_.lines_each != 0) lines = std::min(lines, plan_.lines_each - bytes.issued / plan_.size);
      if (plan_.one_by_one && bytes.issued != 0) lines = 0;
      issued_ += lines;
      bytes.issued += lines * plan_.size;
      if (plan_.depth == 1 && lines != 0) c.sent_at = bench::now_ns();
    }
    while (bytes.sent != bytes.issued) {
      const std::string_view part = text_.at(bytes.start + bytes.sent, bytes.issued - bytes.sent);
      const ssize_t n = c.socket.send(part.data(), part.size());
      if (n >= 0) {
        bytes.sent += static_cast<std::uint64_t>(n);
      } else if (errno == EAGAIN) {
        break;
      } else if (errno != EINTR) {
        return leave(c, std::strerror(errno));
      }
    }
    if (const bool blocked = bytes.sent != bytes.issued && !c.socket.wants_input(); blocked != c.waits_to_send) {
      c.waits_to_send = blocked;
      watch(EPOLL_CTL_MOD, c, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
    const bool last = draining_ || (plan_.lines_each != 0 && bytes.issued == plan_.lines_each * plan_.size);
    if (last && c.socket.secured() && bytes.issued == 0) return leave(c, nullptr);  // it has not shaken hands
    if (last && !c.ending && bytes.received == bytes.issued) {
      c.ending = true;
      c.socket.end();
    }
  }

  plan plan_;
  bench::endless_text text_;
  std::unique_ptr<char[]> buffer_;
  int poller_;
  std::vector<client> clients_;
  sockaddr_in address_{};
  std::size_t connected_ = 0;  // ever
  std::uint64_t memory_before_ = 0;
  std::size_t open_ = 0;
  std::uint64_t now_ = 0;
  std::uint64_t last_progress_ = 0;
  bool measuring_ = false;
  bool draining_ = false;
  std::uint64_t issued_ = 0;  // lines
  std::uint64_t done_ = 0;    // lines
  std::uint64_t errors_ = 0;
  snapshot from_, to_;
  std::vector<std::uint32_t> latencies_;
};

}  // namespace

int main(int argc, char** argv) {
  plan p;
  bench::each_option(argc, argv, usage, [&](std::string_view name, const char* value) {
    if (name == "--host") return *(p.host = value) != '\0';
    if (name == "--port") return bench::parse(value, p.port);
    if (name == "--conns") return bench::parse(value, p.conns) && p.conns != 0;
    if (name == "--depth") return bench::parse(value, p.depth) && p.depth != 0;
    if (name == "--size") return bench::parse(value, p.size) && p.size != 0;
    if (name == "--warmup") return bench::parse(value, p.warmup) && p.warmup >= 0;
    if (name == "--seconds") return bench::parse(value, p.seconds) && p.seconds > 0;
    if (name == "--messages") return bench::parse(value, p.messages) && p.messages != 0;
    if (name == "--patience") return bench::parse(value, p.patience) && p.patience > 0;
    if (name == "--lines-each") return bench::parse(value, p.lines_each) && p.lines_each != 0;
    if (name == "--one-by-one") return p.one_by_one = std::string_view(value) == "yes";
    if (name == "--tls") return (p.of = bench::client_secrets(value)) != nullptr;
    return name == "--cpu-of" && bench::parse(value, p.process);
  });
  generator load(p);
  if (!load.connect_all()) {
    std::fprintf(stderr, "cannot connect to %s port %u: %s\n", p.host, unsigned{p.port}, std::strerror(errno));
    return 1;
  }
  load.run();
  return load.report() ? 0 : 1;
}
