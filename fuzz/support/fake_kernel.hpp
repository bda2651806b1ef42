// SPDX-License-Identifier: BSL-1.0
// A kernel that is a model: descriptors, sockets whose peers are the script's, edges, and a clock that
// only the script moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <penstock/epoll/kernel.hpp>

#include "check.hpp"

namespace penstock::fuzz {

// The other side of a connection, and what passed between it and us. It outlives our descriptor.
struct remote {
  std::string given;          // what it sent
  std::size_t delivered = 0;  // of that, received by us
  std::string taken;          // what we sent
  std::size_t read = 0;       // of that, read by it: the rest fills the way
  bool fin = false;           // it sent its end
  bool fin_told = false;
  bool reset = false;
  bool broken = false;                 // some call of ours failed, or it was reset
  bool shut = false;                   // we sent our end
  bool lingered = false;               // we closed with a reset
  bool crowded = false;                // a send found no room: room is an event
  bool open = true;                    // our descriptor
  std::size_t owed = ~std::size_t{0};  // of what it is to be sent, where the loop ends before the connection
  std::size_t server = 0;              // which listener accepted it, from 1; 0: connected by us,
  std::size_t port = 0;                // to there
  std::uint64_t tag = 0;               // of our descriptor's events
};

enum class call : std::uint8_t {
  recv,
  send,
  shutdown,
  accept,
  connect,
  epoll_ctl,
  getsockopt,
  setsockopt,
  socket,
  bind,
  listen,
  epoll_wait,
  epoll_create,
  timerfd_create,
  eventfd,
  getsockname,
  count
};

class fake_kernel final : public epoll::kernel {
 public:
  // --- for the script ----------------------------------------------------------------------

  struct answers {
    call of;
    int error;
    unsigned times;
  };
  struct way {
    std::size_t capacity = 64 * 1024;
    std::size_t most_received = ~std::size_t{0};
    std::size_t most_sent = ~std::size_t{0};
  };

  void answer_next(answers next) { next_.push_back(next); }
  void forget_answers() { next_.clear(); }
  void set_way(way w) noexcept;
  void set_room(std::size_t more) noexcept { most_open_ = more > 1000 ? 1000 : open_ + more; }
  void pass(duration d) noexcept { now_ = now_ + d; }
  void begin_step() noexcept { rounds_in_vain_ = 0; }
  time_point alarm() const noexcept { return alarm_; }
  bool arrive(std::size_t clients);  // false: nobody listens
  std::size_t backlog() const noexcept;
  std::size_t under_way() const noexcept;  // attempts to connect
  void finish_attempt(std::size_t i, int error);
  void give(remote&, std::string_view bytes);
  void end(remote&);
  void reset(remote&);
  void read_by_peer(remote&, std::size_t n);
  void spurious(remote&, std::uint32_t flags);

  std::deque<remote>& remotes() noexcept { return remotes_; }
  std::size_t open_descriptors() const noexcept { return open_; }
  bool readable() const noexcept;  // epoll_wait would tell something
  std::uint64_t progress() const noexcept { return progress_; }
  std::uint64_t vain() const noexcept { return vain_; }  // calls that found nothing to do
  std::size_t servers() const noexcept { return servers_; }
  bool starving() const noexcept;  // a listener found no descriptor
  // What was wrong first is thrown here: no call of a kernel throws.
  void check() const {
    if (problem_) throw *problem_;
  }
  std::function<void()> on_idle;  // a wait without end found nothing

  // --- for the adapter: see kernel.cpp -----------------------------------------------------

  long recv(int fd, char* into, std::size_t n) noexcept override;
  long peek(int fd) noexcept override;
  long send(int fd, const char* from, std::size_t n) noexcept override;
  long sendmsg(int fd, const msghdr* message) noexcept override;
  int shutdown_writing(int fd) noexcept override;
  int socket(int family, int type, int protocol) noexcept override;
  int bind(int fd, const sockaddr* address, socklen_t size) noexcept override;
  int listen(int fd, int backlog) noexcept override;
  int accept(int fd, sockaddr* address, socklen_t* size) noexcept override;
  int connect(int fd, const sockaddr* address, socklen_t size) noexcept override;
  int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept override;
  int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept override;
  int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept override;
  int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept override;
  int poll(int fd, short events, int milliseconds) noexcept override;
  int set_nonblocking(int fd) noexcept override;
  int close(int fd) noexcept override;
  int epoll_create() noexcept override;
  int epoll_ctl(int epfd, int operation, int fd, epoll_event* event) noexcept override;
  int epoll_wait(int epfd, std::span<epoll_event> events, int milliseconds) noexcept override;
  int timerfd_create() noexcept override;
  int timerfd_settime(int fd, time_point when) noexcept override;
  int eventfd() noexcept override;
  int eventfd_write(int fd) noexcept override;
  int eventfd_read(int fd) noexcept override;
  time_point now() noexcept override { return now_; }

 private:
  enum class kind : std::uint8_t { closed, epoll, timer, event, socket, listener, connecting, connected };
  struct descriptor {
    kind is = kind::closed;
    remote* peer = nullptr;  // of a connection
    int error = 0;           // SO_ERROR
    bool refused = false;    // the attempt has failed
    bool watched = false;
    bool edge = false;  // something happened since the last wait
    std::uint32_t interest = 0;
    std::uint32_t extra = 0;  // spurious flags
    std::uint64_t tag = 0;
    bool told_error = false;   // of a connection: only closing is left
    bool send_failed = false;  // by a send: what came before may still be received
    bool last_look = false;    // a receive without an event: what came meanwhile, in front of closing
    bool lied = false;         // a receive was told EAGAIN by the script
    bool drained = false;      // a receive found nothing, and no event since,
    bool full = false;         // a send no room
    std::size_t server = 0;    // number of a listener, from 1
    std::size_t backlog = 0;
    std::size_t port = 0;  // of an attempt: where to
    bool lacked = false;   // the last accept found no descriptor,
    time_point lacked_at;  // then,
    std::uint64_t closes_then = 0;
  };

  void wrong(std::string_view what, std::string_view expected, std::string observed) noexcept;
  descriptor* find(int fd, kind k, std::string_view what) noexcept;
  int open(kind k, call c) noexcept;
  int injected(call c) noexcept;
  long fail(descriptor& d, int error) noexcept;
  int starve(descriptor& d, int error) noexcept;
  std::uint32_t level(const descriptor& d) const noexcept;
  void touch(const remote& r) noexcept;
  long take(descriptor& d, std::span<const std::string_view> parts) noexcept;
  descriptor* attempt(std::size_t i) noexcept;
  void connected(descriptor& d, std::size_t server, std::size_t port);
  bool due(const descriptor& d) const noexcept;
  bool lacks() const noexcept { return open_ >= most_open_; }

  std::vector<descriptor> table_;
  std::deque<remote> remotes_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> stale_;  // to be told once
  std::vector<answers> next_;
  way way_;
  std::size_t open_ = 0;
  std::size_t most_open_ = 1000;
  std::size_t servers_ = 0;
  time_point now_{duration::nanoseconds(1'000'000'000)};
  time_point alarm_ = time_point::never();
  std::uint64_t signals_ = 0;  // in the eventfd
  std::uint64_t closes_ = 0;
  std::uint64_t progress_ = 0;
  std::uint64_t vain_ = 0;
  std::uint64_t progress_seen_ = 0;
  unsigned rounds_in_vain_ = 0;  // one after another
  std::optional<mismatch> problem_;
};

}  // namespace penstock::fuzz
