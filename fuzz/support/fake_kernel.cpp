// SPDX-License-Identifier: BSL-1.0
// What a script does to the model kernel, and the other sides of connections.
#include "fake_kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace penstock::fuzz {

void fake_kernel::wrong(std::string_view what, std::string_view expected, std::string observed) noexcept {
  if (!problem_) problem_ = mismatch{std::string(what), std::string(expected), std::move(observed)};
}

void fake_kernel::set_way(way w) noexcept {
  way_ = {std::max<std::size_t>(w.capacity, 1), std::max<std::size_t>(w.most_received, 1),
          std::max<std::size_t>(w.most_sent, 1)};
  // A narrower way takes back the room that was not told of yet.
  for (const descriptor& d : table_)
    if (d.peer != nullptr && d.full && d.peer->taken.size() - d.peer->read >= way_.capacity) d.peer->crowded = true;
  for (remote& each : remotes_) read_by_peer(each, 0);
}

bool fake_kernel::arrive(std::size_t clients) {
  constexpr std::size_t most_waiting = 100;
  for (std::size_t i = table_.size(); i-- != 0;) {
    descriptor& d = table_[i];
    if (d.is != kind::listener) continue;
    d.backlog = std::min(d.backlog + clients, most_waiting);
    d.edge = true;
    return true;
  }
  return false;
}

std::size_t fake_kernel::backlog() const noexcept {
  std::size_t all = 0;
  for (const descriptor& d : table_) all += d.is == kind::listener ? d.backlog : 0;
  return all;
}

fake_kernel::descriptor* fake_kernel::attempt(std::size_t i) noexcept {
  for (descriptor& d : table_)
    if (d.is == kind::connecting && !d.refused && i-- == 0) return &d;
  return nullptr;
}

bool fake_kernel::starving() const noexcept {
  return std::ranges::any_of(table_, [](const descriptor& d) { return d.is == kind::listener && d.lacked; });
}

std::size_t fake_kernel::under_way() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(table_, [](const descriptor& d) { return d.is == kind::connecting && !d.refused; }));
}

void fake_kernel::finish_attempt(std::size_t i, int error) {
  descriptor* const d = attempt(i);
  if (d == nullptr) return;
  if (error == 0) {
    connected(*d, 0, d->port);
  } else {
    d->error = error;
    d->refused = true;
  }
  d->edge = true;
}

void fake_kernel::connected(descriptor& d, std::size_t server, std::size_t port) {
  remote& r = remotes_.emplace_back();
  r.server = server;
  r.port = port;
  r.tag = d.tag;
  d.is = kind::connected;
  d.peer = &r;
  ++progress_;
}

// An edge of each descriptor of the connection.
void fake_kernel::touch(const remote& r) noexcept {
  for (descriptor& d : table_)
    if (d.peer == &r) d.edge = true;
}

void fake_kernel::give(remote& r, std::string_view bytes) {
  if (r.fin || r.reset || !r.open || bytes.empty()) return;
  r.given += bytes;
  touch(r);
}

void fake_kernel::end(remote& r) {
  if (r.fin || r.reset || !r.open) return;
  r.fin = true;
  touch(r);
}

void fake_kernel::reset(remote& r) {
  if (r.reset || !r.open) return;
  r.reset = r.broken = true;
  for (descriptor& d : table_)
    if (d.peer == &r) d.error = ECONNRESET;
  touch(r);
}

// Room tells only those whom it failed.
void fake_kernel::read_by_peer(remote& r, std::size_t n) {
  r.read += std::min(n, r.taken.size() - r.read);
  if (!r.crowded || r.taken.size() - r.read >= way_.capacity) return;
  r.crowded = false;
  touch(r);
}

void fake_kernel::spurious(remote& r, std::uint32_t flags) {
  constexpr std::uint32_t kinds = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR | EPOLLHUP;
  if (!r.open) {
    stale_.emplace_back(r.tag, flags & kinds);
    return;
  }
  for (descriptor& d : table_)
    if (d.peer == &r && d.watched) d.extra |= flags & kinds;
}

int fake_kernel::injected(call c) noexcept {
  for (auto at = next_.begin(); at != next_.end(); ++at) {
    if (at->of != c) continue;
    const int error = at->error;
    if (--at->times == 0) next_.erase(at);
    ++progress_;
    return error;
  }
  return -1;
}

}  // namespace penstock::fuzz
