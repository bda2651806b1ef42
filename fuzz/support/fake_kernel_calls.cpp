// SPDX-License-Identifier: BSL-1.0
// The model kernel's calls, and what of the adapter's manners each one watches.
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "fake_kernel.hpp"

namespace penstock::fuzz {
namespace {

// Numbers of descriptors begin here: 0 to 2 are never ours.
constexpr std::size_t first_fd = 3;

int name_of(sockaddr* into, socklen_t* size, std::uint16_t port) noexcept {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::memcpy(into, &name, sizeof name);
  *size = sizeof name;
  return 0;
}

// What says that the listener is none cannot come.
bool is_of_the_socket(int error) noexcept { return error == EBADF || error == EINVAL || error == ENOTSOCK; }

// It is gone already; any other error is there whoever waits.
bool is_of_a_client(int error) noexcept {
  constexpr std::array errors = {ECONNABORTED, EPROTO,       ENOPROTOOPT, EOPNOTSUPP, ENETDOWN,
                                 ENETUNREACH,  EHOSTUNREACH, EHOSTDOWN,   ENONET};
  return is_of_the_socket(error) || std::ranges::find(errors, error) != errors.end();
}

}  // namespace

fake_kernel::descriptor* fake_kernel::find(int fd, kind k, std::string_view what) noexcept {
  const auto at = static_cast<std::size_t>(fd) - first_fd;
  const bool known = fd >= static_cast<int>(first_fd) && at < table_.size() && table_[at].is != kind::closed;
  if (known && (k == kind::closed || table_[at].is == k)) return &table_[at];
  wrong(std::string("the descriptor of ") + std::string(what), known ? "one of another kind" : "an open one",
        shown(fd));
  return nullptr;
}

int fake_kernel::open(kind k, call c) noexcept {
  if (const int error = injected(c); error > 0) return -error;
  if (lacks()) return -EMFILE;
  const auto free = std::ranges::find(table_, kind::closed, &descriptor::is);
  const auto at = static_cast<std::size_t>(free - table_.begin());
  if (free == table_.end()) table_.emplace_back();
  table_[at] = descriptor();
  table_[at].is = k;
  ++open_;
  return static_cast<int>(at + first_fd);
}

int fake_kernel::close(int fd) noexcept {
  descriptor* const d = find(fd, kind::closed, "close");
  if (d == nullptr) return -EBADF;
  if (d->peer != nullptr) {
    constexpr std::size_t much = 16 * 1024;
    remote& r = *d->peer;
    r.open = false;
    const bool resets = r.given.size() != r.delivered && !r.lingered && !r.broken;
    if (resets && !r.taken.empty() && !d->lied && way_.most_received >= much)
      wrong("close", "behind all input: above some it resets what was sent", shown(r.given.size() - r.delivered));
  }
  if (d->is == kind::timer) alarm_ = time_point::never();
  *d = descriptor();
  --open_;
  ++closes_;
  ++progress_;
  return 0;
}

// --- bytes -------------------------------------------------------------------------------------

// The connection is gone: only closing is left.
long fake_kernel::fail(descriptor& d, int error) noexcept {
  d.told_error = d.peer->broken = true;
  d.error = 0;
  return -error;
}

long fake_kernel::recv(int fd, char* into, std::size_t n) noexcept {
  descriptor* const d = find(fd, kind::connected, "recv");
  if (d == nullptr) return -EBADF;
  remote& r = *d->peer;
  if (d->told_error && !d->send_failed) wrong("recv", "no call after an error", "one");
  if (r.fin_told) wrong("recv", "no call after the end", "one");
  if (d->drained && d->last_look) wrong("recv", "an event after EAGAIN", "none");
  if (n == 0) wrong("recv", "room for something", "none");
  const std::size_t there = r.given.size() - r.delivered;
  const int error = injected(call::recv);
  if (error == EINTR) return -EINTR;
  d->last_look = d->last_look || d->drained;
  d->drained = false;
  if (error > 0 && error != EAGAIN) return fail(*d, error);
  if (error <= 0 && there == 0 && r.reset) return fail(*d, d->error != 0 ? d->error : ECONNRESET);
  if (error == EAGAIN || (there == 0 && !r.fin)) {
    d->drained = true;
    d->edge = d->edge || error == EAGAIN;  // whatever is there has come a moment later
    d->lied = d->lied || error == EAGAIN;
    ++vain_;
    return -EAGAIN;
  }
  ++progress_;
  if (there == 0) {
    r.fin_told = true;
    return 0;
  }
  const std::size_t count = std::min({n, there, way_.most_received});
  if (count < n && count < there) d->edge = true;  // the rest as well
  std::memcpy(into, r.given.data() + r.delivered, count);
  r.delivered += count;
  return static_cast<long>(count);
}

long fake_kernel::peek(int fd) noexcept {
  descriptor* const d = find(fd, kind::connected, "peek");
  if (d == nullptr) return -EBADF;
  const remote& r = *d->peer;
  if (d->told_error) wrong("peek", "no call after an error", "one");
  if (r.given.size() != r.delivered) return 1;
  if (r.reset) return fail(*d, d->error != 0 ? d->error : ECONNRESET);
  return r.fin ? 0 : -EAGAIN;
}

long fake_kernel::take(descriptor& d, std::span<const std::string_view> parts) noexcept {
  remote& r = *d.peer;
  if (d.told_error) wrong("send", "no call after an error", "one");
  if (r.shut) wrong("send", "no call after the own end", "one");
  if (d.last_look) wrong("send", "closing behind a receive without an event", "a send");
  if (d.full) wrong("send", "an event after EAGAIN", "none");
  const int error = injected(call::send);
  if (error == EINTR) return -EINTR;
  d.send_failed = r.reset || (error > 0 && error != EAGAIN);
  if (error > 0 && error != EAGAIN) return fail(d, error);
  if (r.reset) return fail(d, d.error != 0 ? d.error : EPIPE);
  const std::size_t used = r.taken.size() - r.read;
  std::size_t room = std::min(way_.capacity - std::min(used, way_.capacity), way_.most_sent);
  if (error == EAGAIN || room == 0) {
    d.full = true;
    r.crowded = used >= way_.capacity;
    d.edge = d.edge || !r.crowded;  // room has come a moment later
    ++vain_;
    return -EAGAIN;
  }
  long count = 0;
  for (const std::string_view part : parts) {
    const std::string_view some = part.substr(0, room);
    r.taken += some;
    room -= some.size();
    count += static_cast<long>(some.size());
  }
  if (count == 0) wrong("send", "some bytes", "none");
  r.crowded = r.crowded || r.taken.size() - r.read >= way_.capacity;
  ++progress_;
  return count;
}

long fake_kernel::send(int fd, const char* from, std::size_t n) noexcept {
  descriptor* const d = find(fd, kind::connected, "send");
  const std::string_view one(from, n);
  return d == nullptr ? -EBADF : take(*d, {&one, 1});
}

long fake_kernel::sendmsg(int fd, const msghdr* message) noexcept {
  constexpr std::size_t most = 64;
  descriptor* const d = find(fd, kind::connected, "sendmsg");
  if (d == nullptr) return -EBADF;
  std::array<std::string_view, most> parts;
  const std::size_t count = std::min<std::size_t>(message->msg_iovlen, most);
  for (std::size_t i = 0; i != count; ++i)
    parts[i] = {static_cast<const char*>(message->msg_iov[i].iov_base), message->msg_iov[i].iov_len};
  return take(*d, std::span(parts).first(count));
}

int fake_kernel::shutdown_writing(int fd) noexcept {
  descriptor* const d = find(fd, kind::connected, "shutdown");
  if (d == nullptr) return -EBADF;
  if (d->told_error) wrong("shutdown", "no call after an error", "one");
  if (d->peer->shut) wrong("shutdown", "once", "again");
  d->peer->shut = true;
  if (const int error = injected(call::shutdown); error > 0) {
    d->peer->broken = true;
    return -error;
  }
  d->edge = true;
  return d->peer->reset ? -ENOTCONN : 0;
}

// --- sockets -----------------------------------------------------------------------------------

int fake_kernel::socket(int, int, int) noexcept { return open(kind::socket, call::socket); }

int fake_kernel::bind(int fd, const sockaddr*, socklen_t) noexcept {
  if (find(fd, kind::socket, "bind") == nullptr) return -EBADF;
  const int error = injected(call::bind);
  return error > 0 ? -error : 0;
}

int fake_kernel::listen(int fd, int) noexcept {
  descriptor* const d = find(fd, kind::socket, "listen");
  if (d == nullptr) return -EBADF;
  if (const int error = injected(call::listen); error > 0) return -error;
  d->is = kind::listener;
  d->server = ++servers_;
  return 0;
}

// While descriptors are short and a client waits: one try in 100 ms, and one whenever something was closed (I-34).
int fake_kernel::starve(descriptor& d, int error) noexcept {
  constexpr duration pause = duration::nanoseconds(100'000'000);
  if (d.lacked && d.closes_then == closes_ && now_ - d.lacked_at < pause)
    wrong("accepts while descriptors are short (I-34)", "100 ms apart", shown((now_ - d.lacked_at).count()) + " ns");
  d.lacked = d.backlog != 0;
  d.lacked_at = now_;
  d.closes_then = closes_;
  return -error;
}

int fake_kernel::accept(int fd, sockaddr* address, socklen_t* size) noexcept {
  descriptor* const d = find(fd, kind::listener, "accept");
  if (d == nullptr) return -EBADF;
  const int error = injected(call::accept);
  if (error == EINTR) return -EINTR;
  if (error > 0 && error != EAGAIN && !is_of_a_client(error)) return starve(*d, error);
  if (error <= 0 && lacks()) return starve(*d, EMFILE);
  d->lacked = false;
  if (error == EAGAIN || d->backlog == 0) {
    d->edge = d->edge || d->backlog != 0;
    ++vain_;
    return -EAGAIN;
  }
  --d->backlog;
  if (error > 0) return is_of_the_socket(error) ? -ECONNABORTED : -error;
  const std::size_t server = d->server;
  const int made = open(kind::socket, call::count);
  connected(*find(made, kind::socket, "accept"), server, 0);
  return name_of(address, size, 1024), made;
}

int fake_kernel::connect(int fd, const sockaddr* address, socklen_t) noexcept {
  descriptor* const d = find(fd, kind::socket, "connect");
  if (d == nullptr) return -EBADF;
  sockaddr_in to;
  std::memcpy(&to, address, sizeof to);
  d->port = ntohs(to.sin_port);
  const int error = injected(call::connect);
  if (error == 0) return connected(*d, 0, d->port), 0;
  if (error > 0 && error != EINTR && error != EINPROGRESS) return -error;
  d->is = kind::connecting;
  return error == EINTR ? -EINTR : -EINPROGRESS;
}

int fake_kernel::getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  if (find(fd, kind::closed, "getsockname") == nullptr) return -EBADF;
  const int error = injected(call::getsockname);
  return error > 0 ? -error : name_of(address, size, 80);
}

int fake_kernel::getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  return find(fd, kind::connected, "getpeername") == nullptr ? -EBADF : name_of(address, size, 1024);
}

int fake_kernel::getsockopt(int fd, int, int name, void* value, socklen_t*) noexcept {
  descriptor* const d = find(fd, kind::closed, "getsockopt");
  if (d == nullptr) return -EBADF;
  if (const int error = injected(call::getsockopt); error > 0) {
    if (d->peer != nullptr) return static_cast<int>(fail(*d, error));
    return -error;
  }
  const int answer = name == SO_TYPE ? SOCK_STREAM : std::exchange(d->error, 0);
  std::memcpy(value, &answer, sizeof answer);
  if (name == SO_ERROR && answer != 0 && d->peer != nullptr) d->told_error = true;
  return 0;
}

int fake_kernel::setsockopt(int fd, int, int name, const void*, socklen_t) noexcept {
  descriptor* const d = find(fd, kind::closed, "setsockopt");
  if (d == nullptr) return -EBADF;
  if (name == SO_LINGER && d->peer != nullptr) d->peer->lingered = true;
  const int error = injected(call::setsockopt);
  return error > 0 ? -error : 0;
}

int fake_kernel::poll(int fd, short events, int) noexcept {
  const descriptor* const d = find(fd, kind::closed, "poll");
  return d == nullptr ? -EBADF : static_cast<int>(level(*d)) & events;
}

int fake_kernel::set_nonblocking(int fd) noexcept { return find(fd, kind::closed, "fcntl") == nullptr ? -EBADF : 0; }

}  // namespace penstock::fuzz
